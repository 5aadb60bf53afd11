#!/bin/bash
# SPDX-License-Identifier: MIT
#
# host.sh JOB BUILD VM LOGS [KEY=VALUE...]: runs the guest script of JOB on this machine, in
# the kernel one works on, and removes what it loaded. Prints its result lines as they come.
# host.sh announce: says what that will do, or why it cannot be done.

set -u

job=$1 build=${2-} vm=${3-} logs=${4-} words=("${@:5}")
here=$(cd "$(dirname "$0")" && pwd)
console=$logs/host-$job.console result=$logs/host-$job.result
links=$vm/links
ours='leaver publisher sockopt'	# in the order in which they go
. "$here/guest-modules.sh"

refuse() {
	echo "run: $1" >&2
	exit 1
}

# can_load_modules has asked for the password; we run in the background and cannot.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

can_load_modules() {
	[ -e /proc/modules ] || refuse 'this kernel cannot load modules; without --host a virtual machine is used'
	[ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" != 1 ] ||
		refuse 'loading modules is switched off until the next boot (kernel.modules_disabled)'
	for module in $ours; do
		[ ! -d "/sys/module/$module" ] || refuse "$module is loaded already; first: rmmod $module"
	done
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		refuse 'loading a module needs root: run this as root, or install sudo'
	as_root true 2>/dev/null || { sudo -v && as_root true; } ||
		refuse 'loading a module needs root: run this as root'
}

announce() {
	cat <<END
--host: uses the kernel of this machine, $(uname -r):
  loads    sockopt.ko from build/host/kernel/, the tests' publisher.ko and leaver.ko from
           build/host/tests/vm/publisher/, and those that are not there of
           $modules
  makes    three network namespaces of its own; those of this machine are not touched
  after    the tests, removes the namespaces and unloads what it loaded
END
}

# The guest scripts speak busybox, as they do in the virtual machine.
make_links() {
	local applet

	mkdir -p "$links"
	for applet in $("$vm/busybox/busybox" --list); do
		ln -sf "$vm/busybox/busybox" "$links/$applet"
	done
}

# In one directory, as in the virtual machine.
gather_modules() {
	mkdir -p "$vm/modules"
	ln -sf "$build/kernel/sockopt.ko" "$build"/tests/vm/publisher/{publisher,leaver}.ko \
		"$vm/modules/"
}

# What this machine's own bridges pass on is not to meet its iptables because of us. Our
# namespaces have switches of their own.
spare_bridges() {
	local switch

	for switch in /proc/sys/net/bridge/bridge-nf-call-*; do
		echo 0 | as_root tee "$switch" >/dev/null
	done
}

remove() {
	local tries=0

	while [ -d "/sys/module/$1" ] && ! as_root rmmod "$1" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || { echo "run: $1 is in use and stays loaded; later: rmmod $1" >&2; break; }
		sleep 0.1
	done
}

# The job first, with all that it started: open sockets keep the module.
clean_up() {
	trap '' HUP INT TERM
	if [ -n "$group" ]; then
		as_root kill -- "-$group" 2>/dev/null
		wait "$group"
	fi
	for module in $ours; do
		remove "$module"
	done
	for module in $added; do
		[ ! -d "/sys/module/$module" ] || as_root modprobe -r "$module"
	done
}

if [ "$job" = announce ]; then
	can_load_modules
	announce
	exit 0
fi

make_links
gather_modules
rm -f "$console" "$result"
: >"$result"
added='' group=''
trap clean_up EXIT
for module in $modules; do
	[ ! -d "/sys/module/$module" ] || continue
	as_root modprobe "$module" || refuse "$module cannot be loaded"
	added="$module $added"
	[ "$module" != br_netfilter ] || spare_bridges
done
trap 'exit 130' HUP INT TERM

set -m
as_root unshare -n env PATH="$links:$PATH" SKO_RESULT="$result" SKO_MODULES="$vm/modules" \
	SKO_BIN="$build/tests/vm" SKO_SHARED="$build/libsockopt/.libs" \
	SKO_SAMPLES="$here/../../samples" "${words[@]}" "$links/sh" "$here/guest-$job.sh" >"$console" 2>&1 </dev/null &
group=$!
set +m
tail -n +1 -f -s 0.1 --pid="$group" "$result"
wait "$group"
group=''
