# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# 10,000 packets of all sorts pass the router B, and tcpdump and sockopt watch side by side.
# Sourced after tools-lib.sh.

count=10000

# First fragments and whole packets: the channel has no others. tcpdump's own 'icmp6' knows
# no extension headers.
tcpdump_filter='(icmp and ip[6:2] & 0x1fff = 0) or ip6[6] = 58 or
	((ip6[6] = 0 or ip6[6] = 60) and ip6[40] = 58) or
	(ip6[6] = 44 and ip6[40] = 58 and ip6[42:2] & 0xfff8 = 0)'

start_tcpdump() {
	(exec nsenter -t "$SKO_B" -n tcpdump -U -Z root -B 65536 -i any -Q in -s 65535 -w "$files/tcpdump.pcap" \
		"$tcpdump_filter") 2>"$dir/tcpdump.err" &
	tcpdump=$!
	until_true grep -q 'listening on' "$dir/tcpdump.err"
}

start_all() {
	start_tcpdump || { cat "$dir/tcpdump.err"; return 1; }
	begin file "$SKO_B" icmp -s MAX -w "$files/sockopt.pcap" || return 1
	file="$pid"
	begin json "$SKO_B" icmp --json -x -s 1500 || return 1
	json="$pid"
}

mac() {
	in_net "$SKO_B" cat /sys/class/net/vb/address 2>/dev/null ||
		in_net "$SKO_B" ip link show vb | sed -n 's/.*link\/ether \([0-9a-f:]*\).*/\1/p'
}

send_load() {
	mixed_load $count va "$(mac)" 10.9.0.1 fd00:9::1 10.9.0.2 fd00:9::2 10.9.1.2 \
		fd00:9:1::2 "/proc/$SKO_B/net/sockopt/stats"
}

size() {
	wc -c <"$files/$1.pcap"
}

# tcpdump forgets what it has not read yet when it is told to end. Its link headers have 20
# bytes, ours none.
tcpdump_has_all() {
	[ "$(size tcpdump)" -eq $(($(size sockopt) + 20 * $(wc -l <"$dir/json.out"))) ]
}

json_has_all() {
	[ "$(wc -l <"$dir/json.out")" -eq "$(seen_since before)" ]
}

# seen_since FILE: packets that the channel has had since FILE.stats was read.
seen_since() {
	_first=$(awk '$1 == "icmp" { print $4 }' "$dir/$1.stats")
	# shellcheck disable=SC2016 # awk's own
	_last=$(in_net "$SKO_B" awk '$1 == "icmp" { print $4 }' /proc/net/sockopt/stats)
	echo $((_last - ${_first:-0}))
}

# in_time COMMAND...: true as soon as COMMAND is, false after half a minute: there is much to read.
in_time() {
	for _round in 1 2 3 4 5 6; do
		until_true "$@" && return
	done
	return 1
}

# Nothing comes any more, so it does not matter who ends last.
end_all() {
	in_time json_has_all
	in_time tcpdump_has_all
	in_net "$SKO_B" cat /proc/net/sockopt/stats >"$dir/load.stats"
	end "$file" && end "$json" && kill -INT "$tcpdump" && wait "$tcpdump" &&
		cat "$dir/tcpdump.err" "$dir/file.err" "$dir/json.err" &&
		cp "$dir/json.out" "$files/sockopt.json"
}

tcpdump_lost_nothing() {
	grep -q '^0 packets dropped by kernel' "$dir/tcpdump.err"
}

nothing_is_lost() {
	grep -Eq ' 0 filtered, 0 lost$' "$dir/file.err" &&
		grep -Eq ' 0 filtered, 0 lost$' "$dir/json.err"
}

# Echo requests to C come back as replies; later fragments do not count.
there_are_enough() {
	_packets=$(jq -s 'length' "$dir/json.out")
	echo "$_packets packets"
	[ "$_packets" -gt $((count * 85 / 100)) ]
}

all_types_are_there() {
	[ "$(jq -r 'select(.family == "ipv4") | .type' "$dir/json.out" | sort -u | wc -l)" -eq 256 ] &&
	[ "$(jq -r 'select(.family == "ipv6") | .type' "$dir/json.out" | sort -u | wc -l)" -eq 256 ] &&
	[ "$(jq -r 'select(.interface == "vbc") | .dst' "$dir/json.out" | sort -u | wc -l)" -ge 2 ]
}

json_is_valid() {
	jq -e . "$dir/json.out" >/dev/null && [ "$(wc -l <"$dir/json.out")" -eq "$(jq -s length "$dir/json.out")" ]
}

json_agrees_with_stats() {
	_seen=$(jq -s length "$dir/json.out")
	_first=$(awk '$1 == "icmp" { print $4 }' "$dir/before.stats")
	_last=$(awk '$1 == "icmp" { print $4 }' "$dir/load.stats")
	echo "json $_seen, stats $_first to $_last"
	[ "$_seen" -eq $((_last - _first)) ] && grep -q "^$_seen seen, $_seen shown," "$dir/json.err" &&
		grep -q "^$_seen seen, $_seen written," "$dir/file.err"
}

# Every record of the file is an object of JSON, with the same bytes.
json_agrees_with_the_file() {
	sockopt icmp -q -r "$files/sockopt.pcap" --json -x >"$dir/file.json" || return 1
	for _side in "$dir/json.out" "$dir/file.json"; do
		jq -c 'del(.seq, .ifindex, .interface, .process)' "$_side" >"$_side.same"
	done
	cmp "$dir/json.out.same" "$dir/file.json.same"
}

# What tcpdump wrote, of another link type and without an offset, is read as the same packets.
json_agrees_with_tcpdump() {
	sockopt icmp -q -r "$files/tcpdump.pcap" --json -x >"$dir/tcpdump.json" || return 1
	for _side in "$dir/json.out" "$dir/tcpdump.json"; do
		jq -c 'del(.time, .time_ns, .seq, .ifindex, .interface, .process)' "$_side" >"$_side.same"
	done
	cmp "$dir/json.out.same" "$dir/tcpdump.json.same"
}

tools_load() {
	in_net "$SKO_B" cat /proc/net/sockopt/stats >"$dir/before.stats"
	check 'tcpdump and two of sockopt listen' start_all
	check 'packets of all sorts are sent, and read' send_load
	check 'all three end well' end_all
	check 'tcpdump lost nothing' tcpdump_lost_nothing
	check 'sockopt lost nothing and left nothing out' nothing_is_lost
	check 'tcpdump and sockopt have the same packets in the same order' \
		same_packets "$files/tcpdump.pcap" "$files/sockopt.pcap"
	check 'most of them came through' there_are_enough
	check 'all types of both families were there, forwarded too' all_types_are_there
	check 'each line of JSON is valid' json_is_valid
	check 'JSON agrees with the counters' json_agrees_with_stats
	check 'JSON of the file is JSON of the packets' json_agrees_with_the_file
	check 'JSON of the file of tcpdump is the same' json_agrees_with_tcpdump
}
