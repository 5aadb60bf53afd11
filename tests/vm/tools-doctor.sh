# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt doctor on a real kernel: before the module is loaded, and with it. Sourced after
# tools-lib.sh.

# doctor STATUS COMMAND...: ends so, and what it says is in doctor.out.
doctor() {
	_expected=$1
	shift
	"$@" >"$dir/doctor.out" 2>"$dir/doctor.err" </dev/null
	_status=$?
	cat "$dir/doctor.out" "$dir/doctor.err"
	[ $_status -eq "$_expected" ] && [ ! -s "$dir/doctor.err" ]
}

# finds WORD CHECK TEXT [ADVICE]: regular expressions; the advice is in the lines below.
finds() {
	awk -v finding="^$1 +$2 +.*$3" -v advice="${4-}" '
		/^[a-zA-Z]/ { inside = $0 ~ finding; found += inside }
		/^ / && inside && advice != "" && $0 ~ advice { advised = 1 }
		END { exit !(found == 1 && (advice == "" || advised)) }' "$dir/doctor.out" && return
	echo "no '$1 $2 $3', '${4-}'"
	return 1
}

# keeps_silent CHECK...: nothing is said of these.
keeps_silent() {
	for _check; do
		! grep -Eq "^[a-zA-Z]+ +$_check " "$dir/doctor.out" || return 1
	done
}

as_nobody() {
	su -s /bin/sh nobody -c "$*"
}

# switch NAME VALUE: of net.sockopt.
switch() {
	echo "$2" >"/proc/sys/net/sockopt/$1"
}

# ---- Without the module ----

doctor_names_the_build() {
	doctor 1 sockopt doctor &&
		finds ok kernel "$(uname -r), x86_64" &&
		finds FAIL headers "/lib/modules/$(uname -r)/build" 'kernel ' &&
		finds FAIL file "no sockopt.ko in /lib/modules/$(uname -r)" 'make install' &&
		finds ok numbers 'no other module' &&
		finds ok namespace "the machine's own" && finds ok rights 'raw socket' &&
		keeps_silent container module signature answer limits
}

# The tests' own modules lie elsewhere: modprobe knows none.
doctor_names_modprobe() {
	_place=/lib/modules/$(uname -r)/updates
	mkdir -p "$_place" && cp "$SKO_MODULES/sockopt.ko" "$_place/" || return 1
	doctor 1 sockopt doctor &&
		finds ok file "$_place/sockopt.ko" && finds ok signature 'nothing asks' &&
		finds FAIL module 'does not know' 'depmod && modprobe sockopt' &&
		keeps_silent headers
	_result=$?
	rm -r "/lib/modules/$(uname -r)"
	return $_result
}

doctor_knows_another_kernels_file() {
	mkdir -p /lib/modules/6.0.0/extra && cp "$SKO_MODULES/sockopt.ko" /lib/modules/6.0.0/extra/ ||
		return 1
	doctor 1 sockopt doctor && finds FAIL file 'for the kernel 6.0.0, not for' 'make install'
	_result=$?
	rm -r /lib/modules/6.0.0
	return $_result
}

doctor_serves_nobody() {
	doctor 1 as_nobody sockopt doctor &&
		finds FAIL file 'no sockopt.ko' 'sudo modprobe sockopt' &&
		finds note numbers 'not looked at' 'sudo sockopt doctor' &&
		finds FAIL rights 'no CAP_NET_RAW' 'sudo setcap cap_net_raw.ep /'
}

doctor_knows_a_user_namespace() {
	doctor 1 unshare -U -r -n sockopt doctor &&
		finds note namespace 'user namespace' 'net.sockopt.userns=1' &&
		finds FAIL module 'not loaded' 'not in here: modprobe sockopt' &&
		keeps_silent headers file
}

tools_doctor_without_module() {
	check 'doctor says what to build when there is no module' doctor_names_the_build
	check 'doctor says what to load when there is a file' doctor_names_modprobe
	check 'doctor says that the file is for another kernel' doctor_knows_another_kernels_file
	check 'doctor needs no rights, and says which are missing' doctor_serves_nobody
	check 'doctor says that a user namespace loads nothing' doctor_knows_a_user_namespace
}

# ---- With it ----

# Nothing stays open.
doctor_is_content() {
	_before=$(cat /proc/net/sockopt/streams)
	doctor 0 sockopt doctor || return 1
	! grep -Eqv '^ok ' "$dir/doctor.out" &&
		finds ok module 'version [0-9.]+ is loaded, built out of' &&
		finds ok answer "ABI 1; a stream of 'icmp'" &&
		finds ok limits '0 of 1024 streams, 0 of 65536 KiB' &&
		keeps_silent headers file modprobe signature numbers &&
		[ "$(cat /proc/net/sockopt/streams)" = "$_before" ]
}

doctor_is_content_on_a_host() {
	doctor 0 in_net "$SKO_B" sockopt doctor && finds ok answer 'ABI 1'
}

doctor_speaks_json() {
	doctor 0 sockopt doctor --json &&
		jq -es 'length > 4 and all(keys == ["advice", "check", "found", "status"]) and
			all(.status == "ok" and .advice == null)' "$dir/doctor.out" &&
		! sockopt doctor --json unknown && ! sockopt doctor --unknown &&
		! sockopt doctor --help --unknown
}

doctor_knows_missing_rights() {
	doctor 1 as_nobody sockopt doctor &&
		finds FAIL rights 'no CAP_NET_RAW' 'sudo setcap cap_net_raw.ep /.*/sockopt' &&
		finds ok module 'is loaded' && keeps_silent answer numbers
}

doctor_knows_no_new_privs() {
	doctor 1 setpriv --nnp su -s /bin/sh nobody -c 'sockopt doctor' &&
		finds FAIL rights 'no_new_privs' 'AmbientCapabilities=CAP_NET_RAW'
}

doctor_knows_the_switch_of_user_namespaces() {
	doctor 1 unshare -U -r -n sockopt doctor &&
		finds FAIL namespace 'does not serve' 'sysctl -w net.sockopt.userns=1' &&
		finds ok rights 'raw socket' && keeps_silent answer || return 1
	switch userns 1
	doctor 0 unshare -U -r -n sockopt doctor && finds ok namespace 'which sockopt serves' &&
		finds ok answer 'ABI 1'
	_result=$?
	switch userns 0
	return $_result
}

doctor_knows_a_foreign_network() {
	doctor 1 unshare -U -r sockopt doctor &&
		finds FAIL namespace 'does not own' 'unshare -Urn' && keeps_silent rights answer
}

# The machine's root, in the network of somebody's user namespace.
doctor_knows_whose_network_it_is() {
	unshare -U -r -n sleep 86400 &
	_sleeper=$!
	until_true has_own_net $_sleeper &&
		doctor 1 in_net $_sleeper sockopt doctor &&
		finds FAIL namespace 'belongs to a user namespace' 'net.sockopt.userns=1'
	_result=$?
	kill $_sleeper
	wait $_sleeper 2>/dev/null
	return $_result
}

# switched NAME VALUE STATUS WORD TEXT ADVICE: what doctor says of the limits then.
switched() {
	_old=$(cat "/proc/sys/net/sockopt/$1")
	switch "$1" "$2"
	doctor "$3" sockopt doctor && finds "$4" limits "$5" "$6"
	_result=$?
	switch "$1" "$_old"
	return $_result
}

doctor_knows_the_limits() {
	switched ring_bytes_max 1000000 0 note 'of 976 KiB' "'sockopt icmp' needs" &&
		switched ring_bytes_max 4096 1 FAIL 'no room' 'ring_bytes_max=67108864' &&
		switched streams_max 0 1 FAIL '0 streams are open' 'streams_max=1024' &&
		switched log_messages 1 0 note 'kernel log' 'log_messages=0'
}

# Others have all that there are.
doctor_knows_who_has_all_streams() {
	_held=''
	for _n in 1 2 3 4 5 6 7 8; do
		begin "holder$_n" $$ icmp -B 64 || return 1
		_held="$_held $pid"
	done
	doctor 0 sockopt doctor && finds ok limits '8 of 1024 streams, [1-9][0-9]* of' &&
		switched streams_max 8 1 FAIL '8 streams are open' 'sockopt streams'
	_result=$?
	for _pid in $_held; do
		end "$_pid"
	done
	return $_result
}

tools_doctor() {
	check 'doctor is content with a loaded module, and leaves nothing open' doctor_is_content
	check 'doctor is content in another network namespace' doctor_is_content_on_a_host
	check 'doctor speaks JSON' doctor_speaks_json
	check 'doctor says how to get the right' doctor_knows_missing_rights
	check 'doctor says that no right can be had' doctor_knows_no_new_privs
	check 'doctor says which switch serves user namespaces' \
		doctor_knows_the_switch_of_user_namespaces
	check 'doctor says that the network is not its own' doctor_knows_a_foreign_network
	check 'doctor says that the network is of a user namespace' \
		doctor_knows_whose_network_it_is
	check 'doctor says which limit is too low' doctor_knows_the_limits
	check 'doctor says that others have all streams' doctor_knows_who_has_all_streams
}
