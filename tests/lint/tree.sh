#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tree.sh BUILD SOURCES: asks every checker about every file of the tree. BUILD is where
# configure was, SOURCES has the kernel's checkpatch.pl. Prints TAP.

set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1

build=$1 sources=$2
layer=lint
. tests/tap.sh
. tests/lint/checkers.sh

# ---- Files ------------------------------------------------------------------------------

# All that people wrote; licences are not ours to spell, and what a fuzzer made up is no text.
texts() {
	find .ci .clang-format .clang-tidy .codespellrc .editorconfig .gitignore .shellcheckrc \
		CONTRIBUTING.md Makefile.am NEWS README.md SECURITY.md configure.ac doc include kernel \
		libsockopt run samples tests tools -type f ! -name '*.mod.c' \
		! -path 'tests/fuzz/corpus/*' -print0 |
		xargs -0 grep -lI ''
}

# By their names, or by what is to run them.
scripts() {
	texts | xargs awk '
		FNR == 1 && (FILENAME ~ /\.(sh|bash)$/ || /^#!.*sh$/) { print FILENAME }'
}

# Of programs: those of the tests' modules are the kernel's; those of libFuzzer are compiled by
# clang alone, with sanitizers, and include what they wrap by names of the linker's.
test_sources() {
	find tests -name '*.c' ! -path 'tests/vm/publisher/*' ! -path 'tests/bench/peers/*' \
		\( ! -path 'tests/fuzz/*' -o -name 'call_*' \)
}

# files CHECKER COMMAND...: asks about the files that COMMAND lists.
files() {
	local checker=$1 list

	shift
	"$@" >"$lint/list" || return
	mapfile -t list <"$lint/list"
	"$checker" "${list[@]}"
}

# ---- Modules ----------------------------------------------------------------------------

# module NAME FILE...: a directory for kbuild, with links to these.
module() {
	local dir=$lint/$1

	shift
	mkdir -p "$dir" && ln -s "${@/#/$PWD/}" "$dir/"
}

sparse_kernel() {
	module kernel kernel/*.[ch] kernel/Kbuild kernel/probes.mk &&
	ask_sparse "$lint/kernel" SOCKOPT_INCLUDE="$PWD/include"
}

# With what only a kernel that injects faults has.
sparse_publisher() {
	module publisher tests/vm/publisher/*.[ch] tests/vm/publisher/Kbuild &&
	ask_sparse "$lint/publisher" SOCKOPT_INCLUDE="$PWD/include" \
		KBUILD_EXTRA_SYMBOLS="$lint/kernel/Module.symvers" \
		CONFIG_FAULT_INJECTION=y CFLAGS_injector.o=-DCONFIG_FAULT_INJECTION
}

sparse_peers() {
	module peers tests/bench/peers/*.[ch] tests/bench/peers/Kbuild &&
	ask_sparse "$lint/peers" SOCKOPT_INCLUDE="$PWD/include" \
		KBUILD_EXTRA_SYMBOLS="$lint/kernel/Module.symvers"
}

# With our module as if it was installed.
sparse_sample() {
	module thermometer samples/kernel-module/{thermometer.c,thermometer.h,Kbuild} &&
	module installed kernel/sockopt.mk include &&
	mkdir "$lint/installed/$(make_variable KERNEL_RELEASE)" &&
	cp "$lint/kernel/Module.symvers" "$lint/installed/$(make_variable KERNEL_RELEASE)/" &&
	ask_sparse "$lint/thermometer" SOCKOPT="$lint/installed"
}

# ---- Questions --------------------------------------------------------------------------

rm -rf "$lint" && mkdir -p "$lint" || exit 1
check 'sparse finds nothing in the module' sparse_kernel
check "sparse finds nothing in the tests' module" sparse_publisher
check "sparse finds nothing in the benchmark's modules" sparse_peers
check "sparse finds nothing in the sample's module" sparse_sample
check "checkpatch finds nothing in the modules and the headers" ask_checkpatch \
	kernel/*.[ch] include/sockopt/*.h tests/vm/publisher/*.[ch] \
	tests/bench/peers/*.[ch] samples/kernel-module/thermometer.[ch]
check 'cppcheck finds nothing in the modules' ask_cppcheck_kernel \
	kernel/*.c tests/vm/publisher/*.c tests/bench/peers/*.c samples/kernel-module/thermometer.c
check 'cppcheck finds nothing in the library' ask_cppcheck libsockopt/*.c
check 'cppcheck finds nothing in the command' ask_cppcheck tools/*.c
check 'cppcheck finds nothing in the samples' ask_cppcheck samples/*.c \
	samples/kernel-module/watch.c
check 'clang-tidy finds nothing in the library' ask_clang_tidy libsockopt/*.c
check 'clang-tidy finds nothing in the command' ask_clang_tidy tools/*.c
check 'clang-tidy finds nothing in the samples' ask_clang_tidy samples/*.c \
	samples/kernel-module/watch.c
check 'clang-tidy finds nothing in the tests' files ask_clang_tidy test_sources
check 'shellcheck finds nothing in any script' files ask_shellcheck scripts
check 'codespell finds nothing in any text' files ask_codespell texts
check 'each mutant applies to the tree' ask_patch tests/mutants/*.patch
check 'each planted bug applies to the tree' ask_patch tests/debug/bugs/*.patch \
	tests/fuzz/bugs/*.patch
