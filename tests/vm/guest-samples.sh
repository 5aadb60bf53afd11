# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# The samples at work: on the hosts A and B, with packets of our own, until Ctrl-C. Sourced
# after guest-tap.sh.

# sample PID NAME ARGUMENT...: becomes the sample, on the host of process PID.
sample() {
	_host=$1 _name=$2
	shift 2
	case $_name in
	*.py) export LD_LIBRARY_PATH="$SKO_SHARED"
		exec nsenter -t "$_host" -n /usr/bin/python3 "$SKO_SAMPLES/$_name" "$@" ;;
	*) exec nsenter -t "$_host" -n "$SKO_BIN/$_name" "$@" ;;
	esac
}

# sample_names_the_remedy NAME ARGUMENT...: fails, and says what to do about it.
sample_names_the_remedy() {
	(sample $$ "$@") >"$dir/remedy" 2>&1 && return 1
	cat "$dir/remedy"
	grep -q 'modprobe sockopt' "$dir/remedy"
}

samples_without_module() {
	for _name in epoll-loop mapped-ring 'my-errors 127.0.0.1 9' watch.py; do
		# shellcheck disable=SC2086 # a name and its arguments
		check "${_name%% *} names the remedy when the module is absent" \
			sample_names_the_remedy $_name
	done
}

# has_streams PID NUMBER
has_streams() {
	[ "$(in_net "$1" grep -c icmp /proc/net/sockopt/streams)" -eq "$2" ]
}

# minds_ctrl_c PID: it catches SIGINT or blocks it: the second bit of the last digit.
minds_ctrl_c() {
	grep -Eq '^Sig(Blk|Cgt):.*[2367abef]$' "/proc/$1/status"
}

# start FILE PID NAME ARGUMENT...: in the background, its output in FILE. Ready when the host
# has one stream more, and Ctrl-C ends it well. Python takes its time.
start() {
	_file=$dir/$1
	shift
	_streams=$(in_net "$1" grep -c icmp /proc/net/sockopt/streams)
	(sample "$@") >"$_file" 2>&1 &
	pid=$!
	{ until_true has_streams "$1" $((_streams + 1)) ||
		until_true has_streams "$1" $((_streams + 1)); } &&
		until_true minds_ctrl_c $pid
}

# end PID: Ctrl-C, once, for the second one kills; and five seconds to end well.
end() {
	kill -INT "$1"
	until_true has_ended "$1" || kill -KILL "$1"
	wait "$1"
}

has_ended() {
	! grep -q '^State:.[^Z]' "/proc/$1/status"
}

# A pings C, as fast as C answers: B has two packets of each.
pings() {
	ping -A -c "$1" 10.9.1.2 >"$dir/ping" || { cat "$dir/ping"; return 1; }
}

# The same with a pause between them, in which a reader that is woken for each can read it.
slow_pings() {
	ping -i 0.02 -c "$1" 10.9.1.2 >"$dir/ping" || { cat "$dir/ping"; return 1; }
}

# says FILE LINE: a line is LINE, a regular expression.
says() {
	grep -Exq "$2" "$dir/$1" && return
	echo "no line '$2' in:"
	cat "$dir/$1"
	return 1
}

# ends FILE LINE: the last line is LINE.
ends() {
	tail -n 1 "$dir/$1" | grep -Exq "$2" && return
	echo "the last line is not '$2':"
	tail -n 5 "$dir/$1"
	return 1
}

# lines FILE NUMBER PATTERN: as many lines match.
lines() {
	[ "$(grep -Ec "$3" "$dir/$1")" -eq "$2" ] && return
	echo "not $2 lines with '$3' in:"
	cat "$dir/$1"
	return 1
}

# halt PID: from then on it does nothing, until SIGCONT.
halt() {
	kill -STOP "$1" && until_true grep -q '^State:.T' "/proc/$1/status"
}

# Its last packets come when Ctrl-C is on its way already.
epoll_loop() {
	start loop "$SKO_B" epoll-loop || return 1
	until_true says loop '0 records, 0 wake-ups, 0 lost' && slow_pings 50 &&
		until_true says loop '100 records, [0-9]+ wake-ups, 0 lost' &&
		halt $pid && kill -INT $pid && pings 5
	kill -CONT $pid
	end $pid &&
	lines loop 55 ' 10\.9\.0\.1 > 10\.9\.1\.2 echo request ' &&
	lines loop 55 ' 10\.9\.1\.2 > 10\.9\.0\.1 echo reply ' &&
	ends loop '110 records, [0-9]+ wake-ups, 0 lost' &&
	[ "$(tail -n 1 "$dir/loop" | cut -d' ' -f3)" -lt 25 ]
}

mapped_ring_ends_by_number() {
	start ring "$SKO_B" mapped-ring 10 || return 1
	pings 8
	until_true has_ended $pid
	end $pid 2>/dev/null && ends ring '10 packets, 840 bytes, 0 lost'
}

mapped_ring_ends_by_signal() {
	start ring "$SKO_B" mapped-ring || return 1
	pings 5
	until_true says ring '(1?[0-9]) packets/s, 0 lost'
	end $pid && ends ring '10 packets, 840 bytes, 0 lost'
}

# Of 600 packets that come while it is stopped, the ring holds 512.
mapped_ring_counts_losses() {
	start ring "$SKO_B" mapped-ring || return 1
	halt $pid && pings 300
	kill -CONT $pid
	end $pid && ends ring '512 packets, 43008 bytes, 88 lost'
}

# Two connections, and three answers to pings: each shows what is its own.
my_errors() {
	start one $$ my-errors 10.9.1.2 20001 || return 1
	one=$pid
	until_true grep -q unreachable "$dir/one"
	start two $$ my-errors 10.9.1.2 20002
	two=$pid
	until_true grep -q unreachable "$dir/two"
	pings 3
	end $one && end $two &&
	lines one 2 . && lines two 2 . &&
	lines one 1 ' 10\.9\.1\.2 > 10\.9\.0\.1 unreachable .* > 10\.9\.1\.2:20001$' &&
	lines two 1 ' 10\.9\.1\.2 > 10\.9\.0\.1 unreachable .* > 10\.9\.1\.2:20002$' &&
	ends one '1 errors, 4 other packets left out, 0 lost' &&
	ends two '1 errors, 3 other packets left out, 0 lost'
}

watch_py() {
	start watch "$SKO_B" watch.py || { cat "$dir/watch"; return 1; }
	pings 3
	end $pid &&
	lines watch 3 ' 10\.9\.0\.1 > 10\.9\.1\.2 echo request ' &&
	lines watch 3 ' 10\.9\.1\.2 > 10\.9\.0\.1 echo reply ' &&
	ends watch '6 seen, 6 shown, 0 lost'
}

samples_at_work() {
	check 'epoll-loop shows all by few wake-ups, and what is queued at Ctrl-C' epoll_loop
	check 'mapped-ring ends after as many packets as it is told' mapped_ring_ends_by_number
	check 'mapped-ring tells packets a second, and their sum at Ctrl-C' \
		mapped_ring_ends_by_signal
	check 'mapped-ring tells how many packets it lost' mapped_ring_counts_losses
	check 'my-errors shows the error of its connection and nothing else' my_errors
	check 'watch.py shows every packet, and the sum at Ctrl-C' watch_py
}
