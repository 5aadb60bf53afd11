# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC1091
#
# ./run fresh: a new minimal Debian system with nothing but apt, a clone of this tree in it,
# and both commands there. Sourced by `run`, after system.sh. Everything is in build/fresh/.

cmd_fresh() {
	[ "$(id -u)" -eq 0 ] || die "needs root, for a chroot: sudo ./run fresh"
	open_build
	need_debian "$system_packages git"
	install_missing "$system_packages git"
	fresh_remove
	[ -n "$keep" ] || trap fresh_remove EXIT
	step system in_group fresh_system
	step clone in_group fresh_clone
	fresh_commands
}

fresh_remove() {
	rm -rf --one-file-system "$fresh"
}

# The same release, from where this machine takes it.
fresh_system() {
	mkdir -p "$fresh" &&
	new_system "$fresh/root" "$(. /etc/os-release && echo "$VERSION_CODENAME")"
}

fresh_clone() {
	git clone -q "$root" "$fresh/root/sockopt"
}

# timed LIMIT NAME COMMAND...: red when it fails or takes LIMIT seconds or more.
timed() {
	local limit=$1 name=$2 start=$SECONDS status=0 took

	shift 2
	echo "=== $name"
	in_group in_system "$fresh/root" /sockopt "$@" || status=1
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
