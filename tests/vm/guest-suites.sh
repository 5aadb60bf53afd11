# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034
#
# Every test that needs the real module, in the order in which a module lives. Sourced after
# guest-tap.sh and guest-samples.sh.

# names_the_remedy PROGRAM: fails, and says what to do about it.
names_the_remedy() {
	timeout 5 "$SKO_BIN/$1" >"$dir/remedy" 2>&1 && return 1
	cat "$dir/remedy"
	grep -q 'modprobe sockopt' "$dir/remedy"
}

# Those who say so when they have no memory, for it was made to fail. The hostile callers in the
# same machine must not: job check looks at them without it.
faults_expected='warn_alloc|pcpu_alloc|kmem_cache_create|__register_sysctl_table'

# all_suites [PART]: regular; hostile, with those that make memory fail; or debug: both. Without
# one, both but for those that make memory fail, which a kernel of Debian cannot.
all_suites() {
	case ${1-} in debug|hostile) log_expected=$faults_expected ;; esac
	check 'roundtrip names the remedy when the module is absent' names_the_remedy roundtrip
	check 'icmp-watch names the remedy when the module is absent' names_the_remedy icmp-watch
	samples_without_module
	check 'three hosts stand' hosts_up
	check 'the module loads' load
	samples_at_work
	suite "$@"
	check 'the suite runs to its end' suite_ended
	check 'the hosts go away while the module stays' hosts_down
	check 'the module unloads' unload
	check 'the kernel log is clean' log_is_clean
	check 'the kernel has no new taint' taint_is_ours
}
