#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mksystem.sh KERNEL BUILD VM: makes VM/system.gz, a Debian system beside that of initrd.gz:
# this machine's compiler, make and kernel headers, with sockopt installed. In it the page
# 'write a channel' is followed. Its files are those of this machine's packages.

set -eu -o pipefail

kernel=$1 build=$2 vm=$3
here=$(cd "$(dirname "$0")" && pwd)
system=$vm/system

packages="bash coreutils dash debianutils diffutils findutils gcc grep kmod libc-bin
	libc6-dev linux-headers-$kernel make mawk pkg-config sed"

# What they need is installed, too.
closure() {
	# shellcheck disable=SC2086
	apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances $packages | grep '^[a-z0-9]' | sort -u
}

# Not documentation, nor what only other languages and sanitizers need; nor what is not
# there, for a machine may leave parts of a package out, or is for root's eyes only.
files() {
	closure | xargs dpkg-query -L | grep -vE \
		'^/usr/share/(doc|man|locale|info|lintian|bash-completion)/|/(lto1|lto-dump|g\+\+-mapper-server)$|/lib[a-z]*san(_preinit)?\.' |
		sort -u | while IFS= read -r file; do
		if [ -L "$file" ] || [ -r "$file" ]; then echo "$file"; fi
	done
}

make_root() {
	local dir

	rm -rf "$system"
	mkdir -p "$system"/{dev,etc,proc,root,sys,tmp,usr/{bin,lib,lib64,sbin},var/cache/ldconfig}
	for dir in bin lib lib64 sbin; do
		ln -s "usr/$dir" "$system/$dir"
	done
	files | tar -C / --no-recursion -cPf - -T - |
		tar -C "$system" --keep-directory-symlink -xf -
	ln -sf dash "$system/usr/bin/sh"
	ln -sf mawk "$system/usr/bin/awk"
	ln -sf gcc "$system/usr/bin/cc"
}

# As anybody would; the libraries of the machine itself are found by ldconfig.
install_sockopt() {
	find "$vm/kernel/" -path "*/$kernel/modules.[bo]*" \
		-exec cp {} "$system/lib/modules/$kernel/" \;
	make -C "$build" install DESTDIR="$system"
	printf '%s\n' /usr/local/lib /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu \
		>"$system/etc/ld.so.conf"
	PATH=$PATH:/usr/sbin:/sbin ldconfig -r "$system"
}

make_root
install_sockopt
mkdir -p "$system/root/page"
"$here/page.sh" "$here/../../doc/write-a-channel.md" >"$system/root/page/script"
(cd "$vm" && find system | cpio --quiet -o -H newc -R 0:0 | gzip -1 >system.gz)
ls -l "$vm/system.gz"
du -sh "$system"
