# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC1091,SC2034
#
# Minimal Debian systems beside the tree, to build or test in: made by mmdebstrap, with the
# archive, its keys and the way to it that this machine's apt has. Sourced by `run`; needs root.

system_packages='mmdebstrap'

# Directories of this machine that a system has, too, at the same place.
shared_dirs=()

# this_debian FORMAT: one line per package list of this machine's Debian.
this_debian() {
	apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u
}

# debian_sources SUITE: lines of a sources.list: where this machine has its release from, with
# updates and security if it takes them and SUITE has them.
debian_sources() {
	local own

	own=$(. /etc/os-release && echo "$VERSION_CODENAME")
	this_debian 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' |
		awk -v own="$own" -v suite="$1" '
			$3 == own || index($3, own "-") == 1 { sub(own, suite, $3); print }' |
		only_there | grep . || {
		echo "apt has no list of $own, or its archive has no $1: apt-get update" >&2
		return 1
	}
}

# Those lines whose release the archive has. What cannot be asked is no answer.
only_there() {
	local line uri release says file status=0

	file=$(mktemp) || return
	while [ $status -eq 0 ] && read -r line; do
		read -r _ uri release _ <<<"$line"
		if says=$(/usr/lib/apt/apt-helper download-file \
				"${uri%/}/dists/$release/InRelease" "$file" 2>&1); then
			echo "$line"
		elif [[ $says != *' 404 '* ]]; then
			echo "$says" >&2
			status=1
		fi
	done
	rm -f "$file"
	return $status
}

# The way to the archive: proxy, and whether dates are looked at.
apt_ways() {
	apt-config dump | sed -nE '/^Acquire::(https?::|Check-)/p'
}

# new_system DIR SUITE [PACKAGE...]
new_system() {
	local dir=$1 suite=$2 packages

	shift 2
	packages=$(IFS=,; echo "$*")
	rm -rf --one-file-system "$dir" && mkdir -p "$dir" &&
	apt_ways >"$dir.apt" && debian_sources "$suite" >"$dir.sources" &&
	mmdebstrap --mode=root --variant=minbase --aptopt="$dir.apt" \
		${packages:+"--include=$packages"} "$suite" "$dir" - <"$dir.sources" &&
	cp "$dir.apt" "$dir/etc/apt/apt.conf.d/90this-machine" &&
	cp /etc/resolv.conf /etc/hosts "$dir/etc/" || return
	if grep -q 'deb https:' "$dir.sources"; then
		cp -rL /etc/ssl/certs "$dir/etc/ssl/"
	fi
}

# in_system DIR WHERE COMMAND...: in directory WHERE of a system, with none of our environment.
# The mounts are in a mount namespace of their own and go away with it, however this ends.
in_system() {
	local dir=$1 where=$2

	shift 2
	unshare -m --propagation private bash -c '
		new=$1 where=$2 shared=$3
		shift 3
		mount -t proc proc "$new/proc" &&
		mount -t sysfs -o ro sysfs "$new/sys" &&
		mount -t devpts devpts "$new/dev/pts" &&
		mount -t tmpfs tmpfs "$new/dev/shm" || exit 1
		for dir in $shared; do
			mkdir -p "$new$dir" && mount --bind "$dir" "$new$dir" || exit 1
		done
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive \
			chroot "$new" sh -c "cd \"\$0\" && exec \"\$@\"" "$where" "$@"
	' bash "$dir" "$where" "${shared_dirs[*]}" "$@" </dev/null
}
