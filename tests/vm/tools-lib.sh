# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# What the tests of the command share. Sourced after guest-samples.sh.
#
# The three hosts have IPv6 addresses here: A fd00:9::1, B fd00:9::2 and fd00:9:1::1, C
# fd00:9:1::2. Nothing that the kernel does by a timer sends ICMP.

export PATH="$PATH:/usr/bin" LC_ALL=C.UTF-8 TERM=xterm
files=$dir/files
mkdir "$files" "$dir/sys"

# set PID NAME VALUE: a switch of a host.
set_host() {
	in_net "$1" sh -c "echo $3 >/proc/sys/net/$2"
}

# is_up PID INTERFACE: the kernel says so up to a second after its carrier is there, and IPv6
# then reports its groups once more. Only sysfs tells that from a state that is not known yet.
is_up() {
	in_net "$1" unshare -m sh -c \
		"mount -t sysfs sysfs $dir/sys && grep -qx up $dir/sys/class/net/$2/operstate"
}

# ip6 PID INTERFACE ADDRESS: it is switched on last, with its timers set. Of version 1, a host
# shows which reports are still to come; see has_reported().
ip6() {
	until_true is_up "$1" "$2" || return 1
	for _set in accept_dad=0 router_solicitations=0 force_mld_version=1 \
		mldv1_unsolicited_report_interval=1 disable_ipv6=0; do
		set_host "$1" "ipv6/conf/$2/${_set%=*}" "${_set#*=}" || return 1
	done
	for _set in delay_first_probe_time gc_stale_time; do
		set_host "$1" "ipv6/neigh/$2/$_set" 3600 || return 1
	done
	set_host "$1" "ipv6/neigh/$2/base_reachable_time_ms" 3600000 &&
		in_net "$1" ip -6 addr add "$3/64" dev "$2"
}

# has_reported PID: each interface has joined the groups of its two addresses (after a moment), and
# no group is to be reported once more: bit 0 of its flags.
has_reported() {
	in_net "$1" cat /proc/net/igmp6 >"$dir/igmp6" && awk '
		$5 ~ /[13579BDF]$/ { more++ }
		/ v[a-z]* / { groups[$2] += / ff0200000000000000000001ff/ }
		END {
			for (name in groups) { n++; few += groups[name] < 2 }
			exit more || few || !n
		}' "$dir/igmp6"
}

# Reassembly that gives up says so: not while tests run.
no_timers() {
	set_host "$1" ipv4/ipfrag_time 3600 && set_host "$1" ipv6/ip6frag_time 3600 &&
		set_host "$1" ipv4/ping_group_range '0 2147483647' &&
		set_host "$1" ipv6/icmp/ratelimit 0
}

pings6() {
	in_net "$1" ping -6 -c 1 "$2" >/dev/null
}

tools_hosts_up() {
	for _module in $tools_modules; do
		[ -d "/sys/module/$_module" ] || insmod "$SKO_MODULES/$_module.ko" || return 1
	done
	hosts_up &&
	no_timers $$ && no_timers "$SKO_B" && no_timers "$SKO_C" &&
	ip6 $$ va fd00:9::1 && ip6 "$SKO_B" vb fd00:9::2 &&
	ip6 "$SKO_B" vbc fd00:9:1::1 && ip6 "$SKO_C" vc fd00:9:1::2 &&
	set_host "$SKO_B" ipv6/conf/all/forwarding 1 &&
	ip -6 route add fd00:9:1::/64 via fd00:9::2 &&
	in_net "$SKO_C" ip -6 route add default via fd00:9:1::1 &&
	until_true has_reported $$ && until_true has_reported "$SKO_B" &&
	until_true has_reported "$SKO_C" &&
	until_true pings6 $$ fd00:9:1::2 && until_true pings6 "$SKO_C" fd00:9::2 &&
	ping -c 1 10.9.1.2 >/dev/null && in_net "$SKO_C" ping -c 1 10.9.0.2 >/dev/null
}

# begin NAME PID ARGUMENT...: sockopt in the background on the host of process PID, its output
# in NAME.out and NAME.err; its process is $pid. True when its stream is open and it minds
# Ctrl-C.
begin() {
	_file=$dir/$1 _host=$2
	shift 2
	_streams=$(in_net "$_host" grep -c icmp /proc/net/sockopt/streams)
	(exec nsenter -t "$_host" -n sockopt "$@") >"$_file.out" 2>"$_file.err" </dev/null &
	pid=$!
	until_true has_streams "$_host" $((_streams + 1)) && until_true minds_ctrl_c $pid && return
	cat "$_file.err"
	return 1
}

# status_is NUMBER COMMAND...
status_is() {
	_expected=$1
	shift
	"$@"
	_status=$?
	[ $_status -eq "$_expected" ] || { echo "exit status $_status of: $*"; return 1; }
}

# ended_with STATUS: the process $pid ends by itself, with this exit status.
ended_with() {
	until_true has_ended "$pid" || kill -KILL "$pid"
	wait "$pid"
	_ended=$?
	[ $_ended -eq "$1" ] || { echo "exit status $_ended"; return 1; }
}

# fails STATUS TEXT COMMAND...: ends so, and standard error has TEXT, a regular expression;
# nothing is written to standard output.
fails() {
	_expected=$1 _text=$2
	shift 2
	timeout 10 "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null
	_status=$?
	cat "$dir/stdout" "$dir/stderr"
	[ $_status -eq "$_expected" ] && grep -Eq "$_text" "$dir/stderr" && [ ! -s "$dir/stdout" ]
}

# has FILE NUMBER PATTERN: at least so many lines match, by now.
has() {
	[ "$(grep -Ec "$3" "$dir/$1")" -ge "$2" ]
}

# closed_port PID ADDRESS REMOTE [PORT]: a packet from ADDRESS of a host to a port that nobody
# has.
closed_port() {
	echo | in_net "$1" victim udp "$2" "${4-0}" "$3" 9 64 >/dev/null
}

icmp_names_the_remedy() {
	fails 1 'modprobe sockopt' sockopt icmp
}

# With what our programs counted, where they do.
send_files() {
	{ [ -z "${GCOV_PREFIX-}" ] || cp -r "$GCOV_PREFIX" "$files/counts"; } &&
	stty -F /dev/ttyS2 raw && tar -czf /dev/ttyS2 -C "$files" .
}
