# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# Brings a fresh Debian machine to where it can build and test. Sourced by `run`.
# Compilers and tools are installed with apt. The kernel that the virtual machine boots, its
# busybox and its Python, and Prometheus, are only downloaded and unpacked to build/vm/:
# nothing of them is installed.

packages='build-essential gcc-multilib autoconf automake libtool pkg-config check kmod cpio xz-utils
	mawk qemu-system-x86 spin mandoc linux-headers-cloud-amd64
	libpcap-dev libmnl-dev libncurses-dev libjansson-dev ncurses-term tcpdump tmux jq tshark'

set_up() {
	if [ -n "$on_host" ] && [ ! -e "/lib/modules/$(uname -r)/build" ]; then
		packages+=" linux-headers-$(uname -r)"
	fi
	[ -z "$on_host" ] || packages+=' python3'
	need_debian "$packages"
	install_missing "$packages"
	kernel=$(newest_headers)
	[ -n "$kernel" ] || die 'there are no kernel headers in /lib/modules/*cloud*/build'
	fetch_busybox
	[ -n "$on_host" ] || fetch_kernel
	[ -n "$on_host" ] || fetch_python
	[ -n "$on_host" ] || fetch_prometheus
}

# Debian itself: others, Ubuntu too, have other kernels by other names.
need_debian() {
	[ "$(. /etc/os-release && echo "$ID")" = debian ] &&
		[ "$(dpkg --print-architecture)" = amd64 ] && return
	die "this machine is not Debian on amd64. The tests need what these Debian packages hold:
$(echo "$1" | xargs -n 6 | sed 's/^/    /')
and, unpacked only: busybox-static linux-image-cloud-amd64 python3 prometheus"
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# as_root COMMAND...
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_be_root() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

install_missing() {
	local missing=() package

	for package in $1; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	can_be_root || die "missing packages: ${missing[*]}
Neither root nor sudo here. As root: apt-get install --no-install-recommends ${missing[*]}"
	report set-up "installs with apt: ${missing[*]}"
	step packages apt_install "${missing[@]}"
}

apt_install() {
	as_root apt-get -q update &&
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install "$@"
}

newest_headers() {
	local dir

	dir=$(printf '%s\n' /lib/modules/*cloud*/build | sort -V | tail -n 1)
	[ -e "$dir/Makefile" ] && basename "${dir%/build}"
}

# The image of exactly the version that the headers have, in $vm/kernel.
fetch_kernel() {
	has_kernel && return
	step kernel get_kernel
	kernel=$(newest_headers)
	has_kernel || die "no kernel image of version $(headers_version) in the downloaded package"
}

has_kernel() {
	[ "$(cat "$vm/kernel/.version" 2>/dev/null)" = "$(headers_version)" ]
}

headers_version() {
	dpkg-query -W -f '${Version}' "linux-headers-$kernel"
}

# Old lists name files that are gone, and old headers have no image any more: bring the
# lists up to date, then the headers.
get_kernel() {
	unpack_kernel && return
	can_be_root || return 1
	as_root apt-get -q update
	unpack_kernel && return
	apt_install linux-headers-cloud-amd64 &&
	kernel=$(newest_headers) &&
	unpack_kernel
}

unpack_kernel() {
	local version

	version=$(headers_version) || return 1
	unpack_image "$vm/kernel" "$kernel" "=$version" || return
	echo "$version" >"$vm/kernel/.version"
}

# unpack_image DIR RELEASE [SUFFIX]: of the packages' names.
unpack_image() {
	local dir=$1.new

	rm -rf "$1" "$dir" && mkdir -p "$dir" || return 1
	unpack_deb "$dir" "linux-image-$2${3-}" || return 1
	if ! find_vmlinuz "$dir"; then	# newer Debian: the image is an empty package
		unpack_deb "$dir" "linux-binary-$2${3-}" &&
		unpack_deb "$dir" "linux-modules-$2${3-}" &&
		find_vmlinuz "$dir" || return 1
	fi
	mv "$dir" "$1"
}

find_vmlinuz() {
	find "$1" -name 'vmlinuz*' -type f | grep -q .
}

# Old lists name files that are gone: once more with new ones.
with_new_lists() {
	"$@" && return
	can_be_root && as_root apt-get -q update && "$@"
}

# Whose apt finds packages: this machine's, or that of a system beside the tree, which sees
# this directory, too (system.sh); and for which other machine.
system='' foreign=''

# in_apt COMMAND...
in_apt() {
	if [ -n "$system" ]; then in_system "$system" "$PWD" "$@"; else "$@"; fi
}

# unpack_deb DIR PACKAGE: downloads, unpacks, removes the file again. A link to a directory
# stays one, so DIR may be a system.
unpack_deb() (
	cd "$1" &&
	in_apt apt-get -q download -oAPT::Sandbox::User=root "$2" &&
	dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --keep-directory-symlink &&
	rm -f ./*.deb
)

fetch_busybox() {
	[ -x "$vm/busybox/busybox" ] || step busybox with_new_lists unpack_busybox
}

unpack_busybox() {
	rm -rf "$vm/busybox" && mkdir -p "$vm/busybox" &&
	unpack_deb "$vm/busybox" "busybox-static$foreign" &&
	find "$vm/busybox" -path '*bin/busybox' -exec mv {} "$vm/busybox/" \;
	[ -x "$vm/busybox/busybox" ]
}

# Python for one of the samples. Newer Debian has another version, by another name.
fetch_python() {
	[ -e "$vm/python/.complete" ] || step python with_new_lists unpack_python
}

unpack_python() {
	local python package dir=$vm/python.new

	python=$(in_apt apt-cache depends "python3-minimal$foreign" |
		grep -oE 'python3\.[0-9]+' | head -n 1)
	[ -n "$python" ] || return 1
	rm -rf "$vm/python" "$dir" && mkdir -p "$dir" || return 1
	for package in "$python-minimal" "lib$python-minimal" "lib$python-stdlib" \
		libc6 libexpat1 libffi8 zlib1g; do
		unpack_deb "$dir" "$package$foreign" || return 1
	done
	touch "$dir/.complete"
	mv "$dir" "$vm/python"
}

# It collects our statistics, outside of the virtual machine. As a package it would start.
fetch_prometheus() {
	[ -e "$vm/prometheus/.complete" ] || step prometheus with_new_lists unpack_prometheus
}

unpack_prometheus() {
	local dir=$vm/prometheus.new

	rm -rf "$vm/prometheus" "$dir" && mkdir -p "$dir" &&
	unpack_deb "$dir" prometheus &&
	touch "$dir/.complete" &&
	mv "$dir" "$vm/prometheus"
}
