# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# The detectors of a debug kernel: kasan or kcsan, as the word 'detectors' says. Sourced after
# guest-lib.sh.

leaks=/sys/kernel/debug/kmemleak

# Each leaves a trace that only a kernel with it has.
detectors_are_on() {
	mount -t debugfs debug /sys/kernel/debug &&
	[ -e /proc/lockdep_stats ] && [ -e /proc/self/fail-nth ] &&
	case $detectors in
	kasan) grep -q ' kasan_report$' /proc/kallsyms && [ -e "$leaks" ] ;;
	kcsan) [ -e /sys/kernel/debug/kcsan ] ;;
	*) false ;;
	esac
}

# Lockdep turns itself off at its first report, and when its tables are full.
lockdep_is_still_on() {
	grep -q '^ debug_locks: *1$' /proc/lockdep_stats
}

# From here on what is allocated may be ours.
leaks_start() {
	begun=$(sed -n 's/^jiffies: //p' /proc/timer_list | head -n 1)
}

# What boot left behind (firmware tables) is not ours. kmemleak tells only of what is five
# seconds old, and was the same in two scans; it scans no more once it had no memory itself.
# One leak is the kernel's own: a cache that cannot be shown in sysfs leaves its name.
nothing_leaked() {
	sleep 6
	echo scan >"$leaks" && echo scan >"$leaks" || return 1
	awk -v begun="$begun" '
		function tell() {
			if (is_new && object !~ /sysfs_slab_add/) { print object; found = 1 }
			is_new = 0
			object = ""
		}
		/^unreferenced/ { tell() }
		match($0, / jiffies [0-9]+/) { is_new = substr($0, RSTART + 9, RLENGTH - 9) >= begun + 0 }
		{ object = object $0 "\n" }
		END { tell(); exit found }' "$leaks"
}
