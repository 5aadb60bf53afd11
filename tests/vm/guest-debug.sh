#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same tests as job check, on a kernel that watches: kasan or kcsan, as the word
# 'detectors' says. At the end nothing must be left that nobody can reach. With the word
# 'planted' the module has a bug, and only the suite that sets it off is run.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/guest-suites.sh"

leaks=/sys/kernel/debug/kmemleak

# Each leaves a trace that only a kernel with it has.
detectors_are_on() {
	mount -t debugfs debug /sys/kernel/debug &&
	[ -e /proc/lockdep_stats ] && [ -e /proc/self/fail-nth ] &&
	case ${detectors-} in
	kasan) grep -q ' kasan_report$' /proc/kallsyms && [ -e "$leaks" ] ;;
	kcsan) [ -e /sys/kernel/debug/kcsan ] ;;
	*) false ;;
	esac
}

# Lockdep turns itself off at its first report, and when its tables are full.
lockdep_is_still_on() {
	grep -q '^ debug_locks: *1$' /proc/lockdep_stats
}

jiffies() {
	sed -n 's/^jiffies: //p' /proc/timer_list | head -n 1
}

# What boot left behind (firmware tables) is not ours. kmemleak tells only of what is five
# seconds old, and was the same in two scans.
nothing_leaked() {
	sleep 6
	echo scan >"$leaks"
	echo scan >"$leaks"
	awk -v begun="$begun" '
		/^unreferenced/ { head = $0; next }
		match($0, / jiffies [0-9]+/) { is_new = substr($0, RSTART + 9, RLENGTH - 9) >= begun + 0
			if (is_new) { print head; found = 1 } }
		is_new { print }
		END { exit found }' "$leaks"
}

planted_suite() {
	check 'three hosts stand' hosts_up
	check 'the module loads' load
	# shellcheck disable=SC2119 # no argument: the one that was named
	suite
	check 'the module unloads' unload
}

check 'the detectors are on' detectors_are_on
begun=$(jiffies)
log_start
if [ -z "${planted-}" ]; then all_suites; else planted_suite; fi
check 'lockdep is still on' lockdep_is_still_on
[ ! -e "$leaks" ] || check 'nothing leaked' nothing_leaked
verdict
