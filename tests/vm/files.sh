#!/bin/bash
# SPDX-License-Identifier: MIT
#
# files.sh TAR BUILD: what programs of this machine say of the files that the virtual machine
# has sent. Prints TAP.

set -u

tar=$1 build=$2
work=$(mktemp -d "$build/files.XXXXXX")
trap 'rm -rf "$work"' EXIT
layer=files
. "$(dirname "$0")/../tap.sh"

unpack() {
	tar -xf "$tar" -C "$work" && ls -l "$work"
}

# Not one line to standard error; as many packets as there are objects of JSON.
tshark_reads() {
	local packets

	packets=$(tshark -r "$work/sockopt.pcap" -n 2>"$work/complaints" | wc -l)
	grep -v 'Running as user "root"' "$work/complaints" && return 1
	echo "$packets packets"
	[ "$packets" -gt 0 ] && [ "$packets" -eq "$(wc -l <"$work/sockopt.json")" ]
}

# agrees FAMILY FILTER SOURCE DESTINATION TYPE CODE: tshark's fields of all packets of a family
# that have a type. Each fragment for itself, as they came.
agrees() {
	tshark -r "$work/sockopt.pcap" -n -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
		-Y "$2" -T fields -E occurrence=f -e "$3" -e "$4" -e "$5" -e "$6" \
		2>/dev/null >"$work/tshark"
	jq -r "select(.family == \"$1\" and .type != null) | [.src, .dst, .type, .code] | @tsv" \
		"$work/sockopt.json" >"$work/ours"
	wc -l "$work/tshark" "$work/ours"
	[ -s "$work/ours" ] && cmp "$work/tshark" "$work/ours"
}

check 'they have come whole' unpack
check 'tshark reads the packets without a complaint' tshark_reads
check 'tshark finds the same addresses, types and codes of IPv4' \
	agrees ipv4 'ip.version == 4 and icmp' ip.src ip.dst icmp.type icmp.code
check 'tshark finds the same addresses, types and codes of IPv6' \
	agrees ipv6 'ipv6 and icmpv6' ipv6.src ipv6.dst icmpv6.type icmpv6.code
"$(dirname "$0")/../tools/prometheus.sh" "$work/sockopt.openmetrics" "$build/vm/prometheus"
