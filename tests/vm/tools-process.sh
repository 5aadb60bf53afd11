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

# open_other ARGUMENT...: a second one, on host A.
open_other() {
	rm -f "$dir/other.in" && mkfifo "$dir/other.in" || return 1
	victim "$@" <"$dir/other.in" >"$dir/other.log" 2>&1 &
	other=$!
	exec 4>"$dir/other.in"
	until_true grep -q ready "$dir/other.log" || { cat "$dir/other.log"; return 1; }
}

close_other() {
	exec 4>&-
	wait "$other"
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

names_udp_mapped() {
	named udp ::ffff:10.9.0.1 4008 ::ffff:10.9.1.2 'udp 10\.9\.0\.1:4008 > 10\.9\.1\.2:9'
}

# Another one pings from the same address.
names_ping() {
	open_other ping 10.9.0.1 4999 10.9.1.2 9 || return 1
	named ping 10.9.0.1 4005 10.9.1.2 'icmp 10\.9\.0\.1 > 10\.9\.1\.2 id 4005'
	_named=$?
	close_other
	return $_named
}

names_ping6() {
	named ping fd00:9::1 4006 fd00:9:1::2 'icmpv6 fd00:9::1 > fd00:9:1::2 id 4006'
}

json_has_the_process() {
	begin process $$ icmp --errors --json || return 1
	_sockopt="$pid"
	open_victim one $$ udp 10.9.0.1 4010 10.9.1.2 9 || { end "$_sockopt"; return 1; }
	until_true names_it '"process":'
	_inode=$(for _fd in "/proc/$victim/fd"/*; do readlink "$_fd"; done |
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
	open_victim one $$ udp 10.9.0.1 4020 10.9.1.2 9 || { end "$_sockopt"; return 1; }
	until_true names_it "\(victim $victim\)\$" || { cat "$dir/process.out"; return 1; }
	halt "$_sockopt"
	_before=$(awk '$1 == "icmp" { print $4 }' /proc/net/sockopt/stats)
	echo >&3
	until_true came_since "$_before"
	close_victim
	open_victim two $$ udp 10.9.0.1 4020 10.9.1.2 9 || return 1
	_shown=$(grep -c :4020 "$dir/process.out")
	_time=$(now)
	until_true is_later
	kill -CONT "$_sockopt"
	until_true has process.out $((_shown + 1)) :4020
	close_victim
	end "$_sockopt"
	last_has_no_name 4020
}

# last_has_no_name PORT: the last line of it. (Connections that were closed still send.)
last_has_no_name() {
	grep ":$1 " "$dir/process.out" | tail -n 1 | tee "$dir/last"
	grep -q ' 10\.9\.1\.2:9$' "$dir/last"
}

now() {
	cut -d. -f1 /proc/uptime
}

# Sockets and processes may be looked at again: a name is not missing for want of that.
is_later() {
	[ "$(now)" -ge $((_time + 3)) ]
}

came_since() {
	[ "$(awk '$1 == "icmp" { print $4 }' /proc/net/sockopt/stats)" -gt "$1" ]
}

# An error for a host behind the router passes it; the router has a socket of that port. (A
# router names no such socket at all; so it is one no more when it looks.)
another_namespace_has_no_name() {
	begin process "$SKO_B" icmp --errors || return 1
	_sockopt=$pid
	open_victim one "$SKO_B" udp 0.0.0.0 4030 - 0 || { end "$_sockopt"; return 1; }
	_time=$(now)
	until_true is_later
	halt "$_sockopt" && closed_port "$SKO_C" 10.9.1.2 10.9.0.1 4030
	set_host "$SKO_B" ipv4/ip_forward 0
	kill -CONT "$_sockopt"
	until_true has process.out 1 'for udp 10\.9\.1\.2:4030'
	_ret=$?
	set_host "$SKO_B" ipv4/ip_forward 1
	close_victim
	end "$_sockopt"
	cat "$dir/process.out"
	[ $_ret -eq 0 ] && ! grep -q '(' "$dir/process.out"
}

# shows_next PORT: one packet more of this port is sent, and shown.
shows_next() {
	_shown=$(grep -c ":$1 " "$dir/process.out")
	echo >&3
	until_true has process.out $((_shown + 1)) ":$1 "
}

# A free socket is named, unless its host might have sent the packet for others.
router_names_no_free_socket() {
	begin process $$ icmp --errors || return 1
	_sockopt=$pid
	open_victim one $$ free 10.9.0.1 4060 10.9.1.2 9 || { end "$_sockopt"; return 1; }
	until_true names_it "\(victim $victim\)\$"
	_ret=$?
	set_host $$ ipv4/ip_forward 1
	shows_next 4060
	set_host $$ ipv4/ip_forward 0
	close_victim
	end "$_sockopt"
	[ $_ret -eq 0 ] && last_has_no_name 4060
}

shared_port_has_no_name() {
	begin process $$ icmp --errors || return 1
	_sockopt=$pid
	open_victim one $$ free 10.9.0.1 4070 10.9.1.2 9 || { end "$_sockopt"; return 1; }
	until_true names_it "\(victim $victim\)\$"
	_ret=$?
	open_other free 0.0.0.0 4070 - 0
	_time=$(now)
	until_true is_later
	shows_next 4070
	close_other
	close_victim
	end "$_sockopt"
	[ $_ret -eq 0 ] && last_has_no_name 4070
}

# It has a name without the option: the test above it shows that.
no_process() {
	begin process $$ icmp --errors --no-process || return 1
	_sockopt="$pid"
	open_victim one $$ udp 10.9.0.1 4040 10.9.1.2 9 || { end "$_sockopt"; return 1; }
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
	check 'and that of IPv4 over a socket of IPv6' names_udp_mapped
	check 'an error names the program that pings' names_ping
	check 'and that of IPv6' names_ping6
	check 'JSON has pid, command and inode' json_has_the_process
	check 'who has the port of somebody who went has no name' another_one_has_no_name
	check 'a socket of another namespace has no name' another_namespace_has_no_name
	check 'a socket that is not connected has a name, but on a router' router_names_no_free_socket
	check 'sockets that share a port have no name' shared_port_has_no_name
	check '--no-process names nobody' no_process
}
