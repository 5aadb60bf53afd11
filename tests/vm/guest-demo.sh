#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The demonstration: a message each way, then ICMP packets as they arrive at a router.
# Result lines are what the user sees; the verdict comes last.

. "${0%/*}/guest-lib.sh"

reasons=''

show() {
	echo "$1"
	result "$1"
}

fail() {
	echo "demo: $1"
	reasons="$reasons; $1"
}

# must_show TEXT FILE: a line of FILE holds TEXT, a regular expression.
must_show() {
	grep -Eq "$1" "$2" || fail "no line with '$1'"
}

messages() {
	show ''
	show 'A message each way (samples/roundtrip)'
	"$SKO_BIN/roundtrip" >"$dir/roundtrip" 2>&1 || fail 'roundtrip failed'
	sed 's/^/  /' "$dir/roundtrip" | tee -a "$SKO_RESULT"
	must_show 'a message from userspace' "$dir/roundtrip"
	must_show 'a message from kernel' "$dir/roundtrip"
}

# icmp-watch on host B. Its lines go to the user as they come, and to a file.
watch_start() {
	: >"$dir/watch"
	mkfifo "$dir/pipe"
	while IFS= read -r line; do
		echo "$line" >>"$dir/watch"
		show "  $line"
	done <"$dir/pipe" &
	lines=$!
	nsenter -t "$SKO_B" -n "$SKO_BIN/icmp-watch" >"$dir/pipe" 2>&1 &
	watch=$!
	until_true in_net "$SKO_B" grep -q icmp /proc/net/sockopt/streams ||
		fail 'icmp-watch opened no stream'
}

# Ctrl-C. It has five seconds to print its sums.
watch_stop() {
	kill -INT "$watch"
	{ sleep 5; kill -KILL "$watch"; } 2>/dev/null &
	wait "$watch" || fail 'icmp-watch did not end well'
	kill $! 2>/dev/null
	wait "$lines"
}

random() {
	od -An -N2 -tu2 /dev/urandom | tr -d ' '
}

# ping's identifier is its process id: we draw the id and let the kernel give it to the next
# process, if it can; whatever it gave is what we look for.
ping_with_random_id() {
	echo $((2000 + $(random) % 28000)) 2>/dev/null >/proc/sys/kernel/ns_last_pid
	ping -c 2 10.9.1.2 >"$dir/ping" 2>&1 &
	ping=$!
	id=$((ping & 65535))
	show "  A pings C, identifier $id"
	wait $ping || fail 'ping got no answer'
	until_true grep -q "reply id $id seq 1" "$dir/watch"
}

# tftp is what busybox has to send a UDP datagram to any port; one is enough.
closed_port() {
	port=$((20000 + $(random) % 10000))
	show "  A sends a datagram to C, UDP port $port, where nobody listens"
	tftp -g -l /dev/null -r nothing 10.9.1.2 "$port" >/dev/null 2>&1 &
	until_true grep -q 'type 3 code 3' "$dir/watch"
	kill $!
}

packets() {
	show ''
	show 'ICMP, live, on router B between the hosts A and C (samples/icmp-watch)'
	watch_start
	ping_with_random_id
	closed_port
	watch_stop
	must_show "10\.9\.0\.1 > 10\.9\.1\.2 .* id $id seq .*type 8 code 0" "$dir/watch"
	must_show "10\.9\.1\.2 > 10\.9\.0\.1 .* id $id seq .*type 0 code 0" "$dir/watch"
	must_show "10\.9\.1\.2 > 10\.9\.0\.1 .*:$port .*type 3 code 3" "$dir/watch"
	must_show ' seen, .* shown, 0 lost' "$dir/watch"
}

verdict() {
	show ''
	if [ -z "$reasons" ]; then
		result 'verdict: pass'
	else
		result "verdict: fail ${reasons#; }"
	fi
}

main() {
	log_start
	hosts_up || fail 'the hosts could not be made'
	load || fail 'the module did not load'
	messages
	packets
	hosts_down || fail 'the hosts did not go away'
	unload || fail 'the module did not unload'
	log_is_clean || fail 'the kernel log has a warning'
	taint_is_ours || fail 'the kernel is tainted'
	verdict
}

main
