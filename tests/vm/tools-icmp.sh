# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt icmp: what it shows, and how it ends. Sourced after tools-lib.sh.

shows_live_packets() {
	begin live "$SKO_B" icmp || return 1
	pings 3
	until_true has live.out 6 echo
	end "$pid" || return 1
	lines live.out 3 '^[0-9:.]{15} vb     echo request         from 10\.9\.0\.1 to 10\.9\.1\.2 id [0-9]+ seq [0-9]+$' &&
	lines live.out 3 '^[0-9:.]{15} vbc    echo reply           from 10\.9\.1\.2 to 10\.9\.0\.1 id [0-9]+ seq [0-9]+$' &&
	lines live.out 6 . && says live.err '6 seen, 6 shown, 0 filtered, 0 lost'
}

filters_in_the_kernel() {
	begin some "$SKO_B" icmp icmp and src host 10.9.1.2 || return 1
	pings 3
	until_true has some.out 3 reply
	end "$pid" && lines some.out 3 'echo reply' && lines some.out 3 . &&
		says some.err '6 seen, 3 shown, 3 filtered, 0 lost'
}

errors_only() {
	begin errors $$ icmp --errors || return 1
	pings 2
	closed_port $$ 10.9.0.1 10.9.1.2
	until_true has errors.out 1 .
	end "$pid" && lines errors.out 1 . &&
	lines errors.out 1 ' va     port unreachable     from 10\.9\.1\.2 for udp 10\.9\.0\.1:[0-9]+ > 10\.9\.1\.2:9' &&
	says errors.err '3 seen, 1 shown, 2 filtered, 0 lost'
}

one_interface() {
	begin one "$SKO_B" icmp -i vbc || return 1
	pings 2
	until_true has one.out 2 .
	end "$pid" && lines one.out 2 ' vbc ' && lines one.out 2 .
}

ends_by_count() {
	begin count "$SKO_B" icmp -c 3 || return 1
	pings 5
	ended_with 0 && lines count.out 3 . && has count.err 1 ', 3 shown,'
}

ends_by_time() {
	in_net "$SKO_B" timeout 10 sockopt icmp --duration 0.3 >"$dir/time.out" 2>"$dir/time.err" &&
		says time.err '0 seen, 0 shown, 0 filtered, 0 lost'
}

is_quiet() {
	in_net "$SKO_B" timeout 10 sockopt icmp -q --duration 0.2 >"$dir/quiet.out" 2>&1 &&
		[ ! -s "$dir/quiet.out" ]
}

counts_what_is_lost() {
	begin lost "$SKO_B" icmp -B 16 || return 1
	halt "$pid" && pings 20
	kill -CONT "$pid"
	end "$pid" && lines lost.out 16 . && says lost.err '40 seen, 16 shown, 0 filtered, 24 lost'
}

names_of_hosts() {
	begin names $$ icmp --names --errors || return 1
	closed_port $$ 10.9.0.1 10.9.1.2
	until_true has names.out 1 .
	end "$pid" && lines names.out 1 'from far\.example for udp [^ ]* > far\.example:discard'
}

closed_pipe() {
	{ in_net "$SKO_B" sockopt icmp -l 2>"$dir/pipe.err"; echo $? >"$dir/pipe.status"; } | head -n 1 >"$dir/pipe.out" &
	_pipe=$!
	until_true has_streams "$SKO_B" 1 && pings 3
	until_true has_ended "$_pipe"
	pings 1
	until_true test -s "$dir/pipe.status"
	cat "$dir/pipe.err"
	lines pipe.out 1 echo && [ "$(cat "$dir/pipe.status")" -eq 1 ] &&
		grep -q 'standard output: Broken pipe' "$dir/pipe.err" &&
		grep -q ' seen, ' "$dir/pipe.err"
}

interface_goes() {
	in_net "$SKO_B" ip link add name gone type dummy 2>/dev/null ||
		in_net "$SKO_B" ip link add name gone type veth || return 1
	begin gone "$SKO_B" icmp -i gone || return 1
	in_net "$SKO_B" ip link del gone
	ended_with 1 && cat "$dir/gone.err" && grep -q 'interface gone has gone' "$dir/gone.err"
}

drops_privileges() {
	begin user "$SKO_B" icmp -Z nobody || return 1
	pings 1
	until_true has user.out 2 .
	cat "/proc/$pid/status" >"$dir/user.status"
	end "$pid" && lines user.out 2 echo || return 1
	grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs):' "$dir/user.status" | tr '\t' ' '
	lines user.status 1 '^Uid:.65534.65534.65534.65534$' &&
	lines user.status 1 '^Gid:.65534.65534.65534.65534$' &&
	lines user.status 4 '^Cap(Inh|Prm|Eff|Amb):.0+$' && lines user.status 1 '^Groups:.65534 ?$' && lines user.status 1 '^NoNewPrivs:.1$'
}

tools_icmp() {
	check 'icmp shows each packet in columns, and the sum at Ctrl-C' shows_live_packets
	check 'a filter of tcpdump runs in the kernel' filters_in_the_kernel
	check '--errors shows errors, with the flow that they hit' errors_only
	check '-i shows what came in by one interface' one_interface
	check '-c ends after so many packets' ends_by_count
	check '--duration ends after so long' ends_by_time
	check '-q has no summary' is_quiet
	check 'what a small ring lost is told' counts_what_is_lost
	check '--names shows hosts and services' names_of_hosts
	check 'a closed pipe ends it with a message' closed_pipe
	check 'an interface that goes away ends it with a message' interface_goes
	check '-Z gives up all privileges and goes on' drops_privileges
	check 'an unknown interface is an error that names those that there are' \
		fails 1 "no interface 'nope'; there are: lo va" sockopt icmp -i nope
	check 'a wrong filter is an error' fails 2 "filter 'foo bar': .*pcap-filter" sockopt icmp foo bar
	check 'a user that is not there is an error' fails 2 "no user 'nemo'" sockopt icmp -Z nemo
	check 'a ring that is no power of two is an error' fails 2 "'100' is no value for -B" \
		sockopt icmp -B 100
	check 'a ring beyond the limit says what to do' fails 1 'smaller ring' \
		sockopt icmp -B 65536 -s max
}
