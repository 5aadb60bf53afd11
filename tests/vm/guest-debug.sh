#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154
#
# The same tests as job check, and those that make memory fail, on a kernel that watches:
# kasan or kcsan, as the word 'detectors' says. The word 'part' says which of them: see
# all_suites(). At the end nothing must be left that nobody can reach. With the word 'planted'
# the module has a bug, and only the suite that sets it off is run.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-detectors.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/guest-suites.sh"

planted_suite() {
	check 'three hosts stand' hosts_up
	check 'the module loads' load
	# shellcheck disable=SC2119 # no argument: the one that was named
	suite
	check 'the module unloads' unload
}

check 'the detectors are on' detectors_are_on
leaks_start
log_start
if [ -n "${planted-}" ]; then planted_suite; else all_suites "${part:?}"; fi
[ ! -e "$leaks" ] || check 'nothing leaked' nothing_leaked
check 'lockdep is still on' lockdep_is_still_on
check 'the kernel log is clean to the end' log_is_clean
verdict
