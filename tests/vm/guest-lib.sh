# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the guest scripts share. They run in the virtual machine, or on a real one with
# --host, and take from the environment:
#   SKO_BIN      directory of our programs
#   SKO_MODULES  directory of sockopt.ko and of the kernel's own, if they are not loaded
#   SKO_SHARED   directory of our shared library
#   SKO_SAMPLES  directory of the sample in Python
#   SKO_RESULT   where result lines and, last of all, the verdict go
#
# Three hosts, as network namespaces:   A ---- B ---- C
#   A  the one the scripts run in: va 10.9.0.1/24
#   B  a router: vb 10.9.0.2/24 and vbc 10.9.1.1/24, held by the process $SKO_B
#   C  vc 10.9.1.2/24, held by the process $SKO_C

. "${0%/*}/guest-modules.sh"

SKO_B='' SKO_C=''
dir=$(mktemp -d)

# Whatever ends a script, nothing of it stays.
leave() {
	# shellcheck disable=SC2086
	[ -z "$SKO_B$SKO_C" ] || kill $SKO_B $SKO_C 2>/dev/null
	rm -rf "$dir"
}

trap leave EXIT
trap 'exit 143' HUP INT TERM

result() {
	echo "$1" >>"$SKO_RESULT"
}

# until_true COMMAND...: true as soon as COMMAND is, false after five seconds, or as many times
# that as a slow kernel needs.
until_true() {
	_tries=0
	until "$@" 2>/dev/null; do
		_tries=$((_tries + 1))
		[ "$_tries" -lt $((100 * ${CK_TIMEOUT_MULTIPLIER:-1})) ] || return 1
		usleep 50000
	done
}

in_net() {
	_pid=$1
	shift
	nsenter -t "$_pid" -n "$@"
}

has_own_net() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# no_ip6 PID NAME: no packets of neighbour discovery, which nobody asked for.
no_ip6() {
	in_net "$1" sh -c "[ ! -e /proc/sys/net/ipv6/conf/$2 ] ||
		echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6"
}

# join PID1 NAME1 ADDRESS1 PID2 NAME2 ADDRESS2: a cable between two hosts. busybox ip cannot
# name the other end: it appears as veth0.
join() {
	in_net "$4" ip link add name "$5" type veth &&
	in_net "$4" ip link set veth0 name "$2" &&
	in_net "$4" ip link set "$2" netns "$1" &&
	no_ip6 "$1" "$2" && no_ip6 "$4" "$5" &&
	in_net "$1" ip addr add "$3" dev "$2" &&
	in_net "$1" ip link set "$2" up &&
	in_net "$4" ip addr add "$6" dev "$5" &&
	in_net "$4" ip link set "$5" up
}

# No limit on how many ICMP errors a host sends: tests count them.
net_settings() {
	in_net "$1" ip link set lo up &&
	in_net "$1" sh -c "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit"
}

hosts_up() {
	for _module in $modules; do
		[ -d "/sys/module/$_module" ] || insmod "$SKO_MODULES/$_module.ko" || return 1
	done
	unshare -n sleep 86400 &
	SKO_B=$!
	unshare -n sleep 86400 &
	SKO_C=$!
	export SKO_B SKO_C
	until_true has_own_net "$SKO_B" && until_true has_own_net "$SKO_C" &&
	net_settings $$ && net_settings "$SKO_B" && net_settings "$SKO_C" && stand_hooks &&
	join $$ va 10.9.0.1/24 "$SKO_B" vb 10.9.0.2/24 &&
	join "$SKO_B" vbc 10.9.1.1/24 "$SKO_C" vc 10.9.1.2/24 &&
	in_net "$SKO_B" sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward" &&
	ip route add 10.9.1.0/24 via 10.9.0.2 &&
	in_net "$SKO_C" ip route add default via 10.9.1.1
}

# While a bridge stands, br_netfilter keeps a hook where packets come in. Else the first
# hook of ours, and the last one, has it rewrite its own code, under traffic: see bpf_stand().
stand_hooks() {
	in_net "$SKO_C" ip link add name hooks type bridge
}

no_cable() {
	! ip link show va >/dev/null 2>&1
}

# B ends when nothing holds its namespace any more, and our end of the cable with it.
hosts_down() {
	kill "$SKO_B" "$SKO_C"
	wait "$SKO_B" "$SKO_C" 2>/dev/null
	SKO_B='' SKO_C=''
	until_true no_cable
}

load() {
	insmod "$SKO_MODULES/sockopt.ko"
}

unload() {
	until_true rmmod sockopt
}

# From here on the kernel log and the taint flags are ours.
log_start() {
	log_mark="sockopt tests: start $(cat /proc/sys/kernel/random/uuid)"
	log_taint=$(cat /proc/sys/kernel/tainted)
	echo "$log_mark" >/dev/kmsg
}

# Fails unless both our marks were read. The line that we add completes one that the kernel
# has begun.
log_since_start() {
	_end="sockopt tests: end $(cat /proc/sys/kernel/random/uuid)"
	echo "$_end" >/dev/kmsg
	dmesg | awk -v start="$log_mark" -v end="$_end" '
		index($0, start) { begun = 1; next }
		index($0, end) { ended = begun }
		begun { print }
		END { exit !ended }'
}

# Functions that may show a stack, as a regular expression. Empty: none.
log_expected=''

# Without the heads of their stacks: who shows one stands first, behind what prints it.
log_unexpected() {
	awk -v expected="$log_expected" '
		/Call Trace/ { head = $0; next }
		head && !/<[A-Z]*>|dump_stack| \? / {
			if (!expected || $0 !~ expected) print head
			head = ""
		}
		{ print }
		END { if (head) print head }' "$dir/log"
}

# What the kernel says of a bug, as a regular expression.
log_report='WARNING|BUG|Oops|general protection|refcount_t|unregister_netdevice: waiting|[Ss]tall|soft lockup|hung_task|blocked for more|corruption|UBSAN|KFENCE|invalid opcode|Voluntary context switch'

# Prints the lines that must not be there; true when there are none.
log_is_clean() {
	log_since_start >"$dir/log" || {
		echo 'the kernel log could not be read from our start to our end'
		return 1
	}
	! log_unexpected | grep -E "$log_report|Call Trace|allocation failure"
}

# Nothing new beyond bit 12 (out-of-tree module) and bit 13 (unsigned module).
taint_is_ours() {
	_taint=$(cat /proc/sys/kernel/tainted)
	[ $((_taint & ~(log_taint | 1 << 12 | 1 << 13))) -eq 0 ] || {
		echo "taint was $log_taint, is $_taint"
		return 1
	}
}
