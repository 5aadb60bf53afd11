# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# The checkers, a function each: it takes files, prints what it finds in them, and fails if
# that is anything, or if it has looked at none. Sourced by bites.sh and tree.sh, which run
# at the top of the tree; needs $build, where configure was, and $sources, where
# checkpatch.pl is.

lint=$build/lint
config=tests/lint

# some FILE...: silence about no file is no praise.
some() {
	[ $# -gt 0 ] && return
	echo 'there is no file to look at'
	return 1
}

make_variable() {
	sed -n "s/^$1 = //p" "$build/Makefile"
}

# ---- Programs -------------------------------------------------------------------------

# One set of flags for all. The empty _GNU_SOURCE is that of the files which define it.
clang_flags() {
	local name

	for name in DEFS WARN_CFLAGS TOOLS_CPPFLAGS PCAP_CFLAGS MNL_CFLAGS NCURSES_CFLAGS \
		JANSSON_CFLAGS CHECK_CFLAGS; do
		make_variable $name
	done | xargs -n 1
	printf '%s\n' -D_GNU_SOURCE= "-I$PWD/include" "-I$PWD/tools"
}

# One file a process: behind another file, clang 14 takes every va_list for one not begun.
ask_clang_tidy() {
	some "$@" && clang_flags >"$lint/compile_flags.txt" &&
	printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$lint" 2>&1 |
		sed '/^[0-9]* warnings\? .*generated\.$/d'
}

# cppcheck_with OPTION... -- FILE...
cppcheck_with() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	some "$@" && cppcheck -q -j "$(nproc)" --enable=warning,style,performance,portability \
		--inconclusive --error-exitcode=1 --suppressions-list=$config/cppcheck.suppress \
		--template=gcc -I include "${options[@]}" "$@"
}

ask_cppcheck() {
	local defines

	read -ra defines <<<"$(make_variable TOOLS_CPPFLAGS)"
	cppcheck_with --std=c99 --library=posix --library=gnu -D_GNU_SOURCE "${defines[@]}" -- "$@"
}

# ---- The kernel -----------------------------------------------------------------------

ask_cppcheck_kernel() {
	cppcheck_with --std=c11 --library=gnu -I kernel --include=$config/kernel.h -- "$@"
}

# sparse_log DIR MAKE-VARIABLE...: what sparse, and the compiler with the kernel's further
# warnings, say of a module's sources.
sparse_log() {
	local dir=$1

	shift
	make -C "$(make_variable KERNEL)" M="$dir" "$@" C=2 CF=-D__CHECK_ENDIAN__ W=1 modules 2>&1
}

# ask_sparse DIR MAKE-VARIABLE...: sparse itself succeeds whatever it finds.
ask_sparse() {
	local files=()

	[ $# -eq 0 ] || mapfile -t files < <(find "$1/" -name '*.c' ! -name '*.mod.c')
	some "${files[@]}" || return
	sparse_log "$@" >"$1/log" && ! grep -qE '(warning|error):' "$1/log" &&
		[ "$(grep -c '^  CHECK ' "$1/log")" -eq ${#files[@]} ] && return
	grep -v '^  ' "$1/log"
	return 1
}

# Prints them as checkpatch wants them.
ignored_types() {
	local pattern type

	while read -r pattern type; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in
		$pattern) printf '%s,' "$type" ;;
		esac
	done < <(grep -v '^#' $config/checkpatch.ignore)
}

# Elsewhere, for it leaves a file where it runs.
checkpatch() (
	file=$(realpath "$1") types=$(ignored_types "$1")
	cd "$lint" &&
	perl "$sources/checkpatch.pl" --no-tree --file --strict --max-line-length=100 --terse \
		--show-types --no-summary --ignore "$types" "$file"
)

ask_checkpatch() {
	local file status=0

	some "$@" || return
	for file in "$@"; do
		checkpatch "$file" || status=1
	done
	return $status
}

# ---- Everything -------------------------------------------------------------------------

ask_shellcheck() {
	some "$@" && printf '%s\0' "$@" | xargs -0 -n 8 -P "$(nproc)" shellcheck --format=gcc
}

ask_codespell() {
	some "$@" && codespell "$@"
}

# As ./run mutants will.
ask_patch() {
	local file status=0

	some "$@" || return
	for file in "$@"; do
		patch -p1 -F0 -s -f --dry-run <"$file" && continue
		echo "$file does not apply"
		status=1
	done
	return $status
}
