#!/bin/bash
# SPDX-License-Identifier: MIT
#
# install.sh BUILD: installs into an empty directory and uses what is there as a user would:
# with pkg-config, from C and from C++. Prints TAP.

set -u

build=$(cd "$1" && pwd) || exit 1
work=$(mktemp -d "$build/install.XXXXXX")
trap 'rm -rf "$work"' EXIT
dest=$work/dest
layer=install
. "$(dirname "$0")/tap.sh"

make_install() {
	make -C "$build" install DESTDIR="$dest" >"$work/install.log" 2>&1 ||
		{ cat "$work/install.log"; return 1; }
}

# installed PATTERN: one file at least has such a path.
installed() {
	find "$dest" -path "*$1" | grep .
}

flags() {
	PKG_CONFIG_SYSROOT_DIR=$dest PKG_CONFIG_PATH=$(dirname "$(installed /libsockopt.pc)") \
		pkg-config "$@" libsockopt
}

# A program that includes nothing but our header.
own_program() {
	cat <<'END'
#include <sockopt/sockopt.h>

int main(void)
{
	struct sockopt *so;
	int err = sockopt_open(&so);

	sockopt_close(so);
	return err < 0;
}
END
}

# The one that stands in the README.
readme_program() {
	# shellcheck disable=SC2016 # not meant to expand
	sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d'
}

# compiles PROGRAM COMPILER SUFFIX [OPTION...]: no warning, and no option but pkg-config's.
compiles() {
	local program=$1 compiler=$2 suffix=$3

	shift 3
	"${program}_program" >"$work/$program.$suffix"
	# shellcheck disable=SC2046
	"$compiler" -Wall -Wextra -Werror "$@" -o "$work/$program-$suffix" \
		"$work/$program.$suffix" $(flags --cflags --libs)
}

library_path() {
	dirname "$(find "$dest" -name 'libsockopt.so*' -print -quit)"
}

# names_the_remedy COMMAND...: without module or rights it fails and says what to do; where
# the module is loaded it may also work.
names_the_remedy() {
	if LD_LIBRARY_PATH=$(library_path) timeout 5 "$@" >"$work/out" 2>&1; then
		[ -d /sys/module/sockopt ]
		return
	fi
	cat "$work/out"
	grep -qE 'modprobe sockopt|CAP_NET_RAW' "$work/out"
}

# The sample module, by its own Kbuild, with nothing of this tree but its own files.
module_builds() {
	local kernel

	kernel=$(sed -n 's/^KERNEL = //p' "$build/Makefile")
	mkdir "$work/module" &&
	cp samples/kernel-module/{Kbuild,thermometer.c,thermometer.h} "$work/module/" &&
	make -C "$kernel" M="$work/module" SOCKOPT="$(dirname "$(installed /sockopt.mk)")" \
		modules >"$work/module.log" 2>&1 &&
	! grep -iE 'warning|undefined' "$work/module.log" &&
	[ -f "$work/module/thermometer.ko" ] && return
	cat "$work/module.log"
	return 1
}

module_program() {
	cat samples/kernel-module/watch.c
}

# The sample's program has a header of its own.
module_program_compiles() {
	cp samples/kernel-module/thermometer.h "$work/" && compiles module cc c
}

# A page, or a link to one, for each function of the map, and no link that leads nowhere.
functions_have_pages() {
	local pages name

	pages=$(dirname "$(installed /man3/libsockopt.3)")
	sed -n 's/^[[:space:]]*\(sockopt_[a-z0-9_]*\);$/\1/p' libsockopt/libsockopt.map \
		>"$work/functions"
	while read -r name; do
		grep -q "^\\.Nm $name\\b" "$pages/$name.3" || { echo "no page of $name"; return 1; }
	done <"$work/functions"
	echo "$(wc -l <"$work/functions") functions"
	[ "$(wc -l <"$work/functions")" -gt 30 ] && ! find "$pages" -xtype l | grep .
}

command_runs() {
	LD_LIBRARY_PATH=$(library_path) "$(installed /bin/sockopt)" --version
}

uninstall() {
	make -C "$build" uninstall DESTDIR="$dest" >"$work/uninstall.log" 2>&1
}

# Of a kernel that stays.
other_kernel_stays() {
	local kernels

	kernels=$(dirname "$(installed /sockopt.mk)")
	mkdir "$kernels/1.2.3" && : >"$kernels/1.2.3/Module.symvers" &&
	uninstall && installed /include/sockopt/channel.h && installed /sockopt.mk &&
	[ "$(find "$kernels" -name Module.symvers)" = "$kernels/1.2.3/Module.symvers" ] &&
	make_install && rm -r "$kernels/1.2.3"
}

uninstalls() {
	uninstall && ! find "$dest" ! -type d | grep .
}

check 'make install works with DESTDIR' make_install
check 'the header is installed' installed /include/sockopt/sockopt.h
check 'the ABI header is installed' installed /include/sockopt/uapi.h
check 'the shared library is installed' installed /libsockopt.so
check 'the static library is installed' installed /libsockopt.a
check 'pkg-config knows the library' flags --modversion
check 'a C program that includes only our header compiles' compiles own cc c -std=c99
check 'a C++ program that includes only our header compiles' compiles own c++ cc
check 'the program in the README compiles' compiles readme cc c
check 'the program in the README compiles as C++' compiles readme c++ cc
check 'the program in the README names the remedy' names_the_remedy "$work/readme-c"
check 'the same in C++ names the remedy' names_the_remedy "$work/readme-cc"
check 'roundtrip names the remedy' names_the_remedy "$build/samples/roundtrip"
check 'icmp-watch names the remedy' names_the_remedy "$build/samples/icmp-watch"
check 'the module of somebody else builds against what is installed, without a warning' module_builds
check 'its program compiles' module_program_compiles
check 'each function has a page' functions_have_pages
check 'the module has a page' installed /man4/sockopt.4
check 'the ideas have a page' installed /man7/sockopt.7
check 'the command has a page' installed /man8/sockopt.8
check 'bash completes the command' installed /bash-completion/completions/sockopt
check 'zsh completes the command' installed /site-functions/_sockopt
check 'the command runs' command_runs
check 'make uninstall for one kernel leaves what another one needs' other_kernel_stays
check 'make uninstall leaves no file' uninstalls
