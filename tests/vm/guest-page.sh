#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The page 'write a channel', followed as it is printed, in a Debian system in which sockopt
# is installed.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"

system=/system

in_system() {
	chroot $system /usr/bin/env -i HOME=/root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

enter() {
	for _at in proc sys dev; do
		mount -o bind /$_at $system/$_at || return 1
	done
}

has_no_module() {
	! in_system modinfo thermometer >/dev/null 2>&1 &&
		! grep -qE '^(sockopt|thermometer) ' /proc/modules
}

# Each line is shown as it comes: a compiler takes its time here.
follow() {
	in_system sh -c 'cd && sh -ex page/script && echo followed' 2>&1 | while IFS= read -r _line; do
		echo "$_line" >>"$dir/page"
		result "# $_line"
	done
	[ "$(tail -n 1 "$dir/page")" = followed ]
}

# The first eight, and the last three of the second run.
readings_are_shown() {
	_readings=$(grep -E '^[0-9]+: 20\.[0-9]{3} degrees$' "$dir/page" | cut -d: -f1)
	[ "$(echo "$_readings" | wc -l)" -eq 11 ] || { echo "$_readings"; return 1; }
	_first=$(echo "$_readings" | head -n 1)
	for _n in 0 1 2 3 4 5 6 7; do
		[ "$(echo "$_readings" | sed -n "$((_n + 1))p")" -eq $((_first + _n)) ] || return 1
	done
}

nothing_is_lost() {
	grep -E '^thermometer 1 2 [0-9]+ [0-9]+ [0-9]+ 0 0 ' "$dir/page"
}

# Where make install put it, and built for this kernel.
installed_module_is_used() {
	_file=$(in_system modinfo -n sockopt)
	echo "$_file"
	case $_file in
	/lib/modules/$(uname -r)/*) ;;
	*) return 1 ;;
	esac
	in_system sh -c 'cd && modprobe --dump-modversions ./thermometer/thermometer.ko' |
		grep -q sko_channel_register
}

main() {
	log_start
	check 'a system with sockopt installed is there' enter
	check 'it has no module of the page, and none is loaded' has_no_module
	check 'the page is followed to its end' follow
	check 'eight readings come in a row, and three are the last ones' readings_are_shown
	check 'nothing was lost' nothing_is_lost
	check 'the module was the installed one' installed_module_is_used
	check 'sockopt can be removed' in_system modprobe -r sockopt
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
	verdict
}

main
