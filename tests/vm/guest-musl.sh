#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The samples, linked with another C library: see tests/compilers.sh.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"

are_those_of_musl() {
	(cd / && sha256sum -c samples.sums)
}

icmp_watch() {
	start watch "$SKO_B" icmp-watch || return 1
	pings 5
	until_true lines watch 10 ' echo re' && end $pid
}

log_start
check 'the samples are those of musl' are_those_of_musl
samples_without_module
check 'three hosts stand' hosts_up
check 'the module loads' load
check 'roundtrip brings a text each way' "$SKO_BIN/roundtrip"
samples_at_work
check 'icmp-watch shows every packet' icmp_watch
check 'the hosts go away while the module stays' hosts_down
check 'the module unloads' unload
check 'the kernel log is clean' log_is_clean
verdict
