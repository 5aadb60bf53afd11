# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC1091
#
# ./run fresh: a new minimal Debian system with nothing but apt, a clone of this tree in it,
# and both commands there. Sourced by `run`. Everything is in build/fresh/; the mounts are
# in a mount namespace of their own and go away with it, however this ends.

cmd_fresh() {
	[ "$(id -u)" -eq 0 ] || die "needs root, for a chroot: sudo ./run fresh"
	open_build
	need_debian 'debootstrap git'
	install_missing 'debootstrap git'
	fresh_remove
	[ -n "$keep" ] || trap fresh_remove EXIT
	step system in_group fresh_system
	step clone in_group fresh_clone
	fresh_commands
}

fresh_remove() {
	rm -rf --one-file-system "$fresh"
}

# this_debian FORMAT: one line per package list of this machine's Debian.
this_debian() {
	apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u
}

# The same release, from where this machine takes it.
fresh_system() {
	local suite mirror

	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=$(this_debian '$(RELEASE) $(REPO_URI)' | awk -v s="$suite" '$1 == s { print $2; exit }')
	[ -n "$mirror" ] || mirror=$(this_debian '$(CODENAME) $(REPO_URI)' |
		awk -v s="$suite" '$1 == s { print $2; exit }')
	[ -n "$mirror" ] || { echo "apt has no list of $suite: apt-get update"; return 1; }
	mkdir -p "$fresh" &&
	debootstrap --variant=minbase "$suite" "$fresh/root" "$mirror" &&
	fresh_apt &&
	cp /etc/resolv.conf /etc/hosts "$fresh/root/etc/"
}

# Security updates and the way to the archive (proxy, dates) are as on this machine.
fresh_apt() {
	local apt=$fresh/root/etc/apt

	this_debian 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' >"$apt/sources.list" &&
	apt-config dump | grep -E '^Acquire::(https?::|Check-)' >"$apt/apt.conf.d/90this-machine"
	if grep -q 'deb https:' "$apt/sources.list"; then
		cp -rL /etc/ssl/certs "$fresh/root/etc/ssl/"
	fi
}

fresh_clone() {
	git clone -q "$root" "$fresh/root/sockopt"
}

# in_fresh COMMAND...: in the new system, in the clone, with none of our environment.
in_fresh() {
	unshare -m --propagation private bash -c '
		mount -t proc proc "$1/proc" &&
		mount -t sysfs -o ro sysfs "$1/sys" &&
		mount -t devpts devpts "$1/dev/pts" &&
		mount -t tmpfs tmpfs "$1/dev/shm" || exit 1
		new=$1
		shift
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			chroot "$new" sh -c "cd /sockopt && exec \"\$@\"" sh "$@"
	' bash "$fresh/root" "$@" </dev/null
}

# timed LIMIT NAME COMMAND...: red when it fails or takes LIMIT seconds or more.
timed() {
	local limit=$1 name=$2 start=$SECONDS status=0 took

	shift 2
	echo "=== $name"
	in_group in_fresh "$@" || status=1
	took=$((SECONDS - start))
	times+="$name: $took s"
	if [ $status -ne 0 ]; then
		times+=', FAILED'
		fresh_status=1
	elif [ $took -ge "$limit" ]; then
		times+=", TOO LONG (limit $limit s)"
		fresh_status=1
	fi
	times+=$'\n'
}

fresh_commands() {
	fresh_status=0 times=''
	[ -z "$(git status --porcelain)" ] ||
		echo 'note: the clone has the last commit; what is not committed is not in it'
	timed 300 'demo, first time' ./run demo
	timed 40 'demo, second time' ./run demo
	timed 3600 'check' ./run check
	echo "=== in a fresh Debian system"
	printf '%s' "$times"
	[ -z "$keep" ] || echo "kept: build/fresh/root"
	return $fresh_status
}
