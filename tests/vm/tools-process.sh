# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Whose socket an error hits: sockets of a program of ours, whose packets end at the first
# router. Sourced after tools-lib.sh.

# open_victim NAME PID PROTOCOL LOCAL PORT REMOTE PORT: in the background, ready; a line to
# NAME.in sends a packet. Its process is $victim.
open_victim() {
	_victim=$dir/$1 _net=$2
	shift 2
	rm -f "$_victim.in" && mkfifo "$_victim.in" || return 1
	(exec nsenter -t "$_net" -n victim "$@") <"$_victim.in" >"$_victim.log" 2>&1 &
	victim=$!
	exec 3>"$_victim.in"
	until_true grep -q ready "$_victim.log" || { cat "$_victim.log"; return 1; }
}

close_victim() {
	exec 3>&-
	until_true has_ended "$victim" || kill -KILL "$victim"
	wait "$victim"
}

# Its sockets were looked at since: its own too, then. The look is told by nothing, so we
# send until there is a name.
names_it() {
	echo >&3
	grep -Eq "$1" "$dir/process.out"
}

# named PROTOCOL LOCAL PORT REMOTE PORT FLOW: the error is shown with our program's name.
named() {
	_flow=$5
	begin process $$ icmp --errors || return 1
	_sockopt="$pid"
	open_victim one $$ "$1" "$2" "$3" "$4" 9 || { end "$_sockopt"; return 1; }
	until_true names_it "time exceeded        from [^ ]* for $_flow \(victim $victim\)\$"
	_ret=$?
	close_victim
	end "$_sockopt"
	[ $_ret -eq 0 ] || cat "$dir/process.out" "$dir/process.err"
	return $_ret
}

is_listening() {
	in_net "$SKO_C" cat /proc/net/tcp /proc/net/tcp6 | grep -q ':0009 .* 0A '
}

listener() {
	(exec nsenter -t "$SKO_C" -n nc -ll -p 9 -e cat) >/dev/null 2>&1 </dev/null &
	listener=$!
	until_true is_listening
}

end_listener() {
	kill "$listener" 2>/dev/null
	wait "$listener"
	return 0
}

names_tcp() {
	listener && named tcp 10.9.0.1 4001 10.9.1.2 'tcp 10\.9\.0\.1:4001 > 10\.9\.1\.2:9'
	_named=$?
	end_listener
	return $_named
}

names_tcp6() {
	listener &&
		named tcp fd00:9::1 4002 fd00:9:1::2 'tcp \[fd00:9::1\]:4002 > \[fd00:9:1::2\]:9'
	_named=$?
	end_listener
	return $_named
}

names_udp() {
	named udp 10.9.0.1 4003 10.9.1.2 'udp 10\.9\.0\.1:4003 > 10\.9\.1\.2:9'
}

names_udp6() {
	named udp fd00:9::1 4004 fd00:9:1::2 'udp \[fd00:9::1\]:4004 > \[fd00:9:1::2\]:9'
}

names_ping() {
	named ping 10.9.0.1 4005 10.9.1.2 'icmp 10\.9\.0\.1 > 10\.9\.1\.2 id 4005'
}

names_ping6() {
	named ping fd00:9::1 4006 fd00:9:1::2 'icmpv6 fd00:9::1 > fd00:9:1::2 id 4006'
}

json_has_the_process() {
	begin process $$ icmp --errors --json || return 1
	_sockopt="$pid"
	open_victim one $$ udp 10.9.0.1 4010 10.9.1.2 9 || return 1
	until_true names_it '"process":'
	_inode=$(for _fd in /proc/$victim/fd/*; do readlink "$_fd"; done |
		sed -n 's/socket:\[\(.*\)\]/\1/p')
	close_victim
	end "$_sockopt"
	jq -e "select(.process).process | .pid == $victim and .command == \"victim\" and
		.inode == $_inode and .others == 0" "$dir/process.out" | tail -n 1 | grep -qx true
}

# Its packet came while we were stopped; then it went, and another one has its port.
another_one_has_no_name() {
	begin process $$ icmp --errors || return 1
	_sockopt="$pid"
	open_victim one $$ udp 10.9.0.1 4020 10.9.1.2 9 || return 1
	until_true names_it "\(victim $victim\)\$" || { cat "$dir/process.out"; return 1; }
	halt "$_sockopt"
	_before=$(awk '$1 == "icmp" { print $4 }' /proc/net/sockopt/stats)
	echo >&3
	until_true came_since "$_before"
	close_victim
	open_victim two $$ udp 10.9.0.1 4020 10.9.1.2 9 || return 1
	_shown=$(wc -l <"$dir/process.out")
	kill -CONT "$_sockopt"
	until_true has process.out $((_shown + 1)) .
	close_victim
	end "$_sockopt"
	tail -n 1 "$dir/process.out"
	tail -n 1 "$dir/process.out" | grep -q 'for udp 10\.9\.0\.1:4020 > 10\.9\.1\.2:9$'
}

came_since() {
	[ "$(awk '$1 == "icmp" { print $4 }' /proc/net/sockopt/stats)" -gt "$1" ]
}

# An error for a host behind the router passes it; the router has a socket of that port.
another_namespace_has_no_name() {
	begin process "$SKO_B" icmp --errors || return 1
	_sockopt="$pid"
	open_victim one "$SKO_B" udp 0.0.0.0 4030 10.9.0.1 9 || return 1
	closed_port "$SKO_C" 10.9.1.2 10.9.0.1 4030
	until_true has process.out 1 'for udp 10\.9\.1\.2:4030'
	_ret=$?
	# the last of them come when all sockets have been looked at for sure
	until_true again
	close_victim
	end "$_sockopt"
	cat "$dir/process.out"
	[ $_ret -eq 0 ] && ! grep -q '(' "$dir/process.out"
}

again() {
	closed_port "$SKO_C" 10.9.1.2 10.9.0.1 4030
	has process.out 20 'for udp 10\.9\.1\.2:4030'
}

# It has a name without the option: the test above it shows that.
no_process() {
	begin process $$ icmp --errors --no-process || return 1
	_sockopt="$pid"
	open_victim one $$ udp 10.9.0.1 4040 10.9.1.2 9 || return 1
	until_true sends_until 8
	close_victim
	end "$_sockopt"
	! grep -q '(' "$dir/process.out"
}

sends_until() {
	echo >&3
	has process.out "$1" .
}

tools_process() {
	check 'an error names the program that has the TCP connection' names_tcp
	check 'and that of IPv6' names_tcp6
	check 'an error names the program that has the UDP socket' names_udp
	check 'and that of IPv6' names_udp6
	check 'an error names the program that pings' names_ping
	check 'and that of IPv6' names_ping6
	check 'JSON has pid, command and inode' json_has_the_process
	check 'who has the port of somebody who went has no name' another_one_has_no_name
	check 'a socket of another namespace has no name' another_namespace_has_no_name
	check '--no-process names nobody' no_process
}
