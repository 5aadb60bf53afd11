#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mktools.sh KERNEL BUILD VM: makes VM/tools.gz, which lies over initrd.gz where the command
# is tested: sockopt, as make install puts it, and programs of this machine's packages that
# watch it: tcpdump, tmux, jq.

set -eu -o pipefail

kernel=$1 build=$2 vm=$3
here=$(cd "$(dirname "$0")" && pwd)
tree=$vm/tools
. "$here/guest-modules.sh"

# The programs, the libraries that they are linked with, by the names that the loader looks
# for, and the loader.
copy_programs() {
	local file

	for file in tcpdump tmux jq; do
		file=$(PATH=$PATH:/usr/sbin:/sbin command -v "$file")
		cp -L "$file" "$tree/usr/bin/"
		copy_libraries "$file"
	done
}

copy_libraries() {
	ldd "$1" | awk '$2 == "=>" { print $1, $3 } $1 ~ /^\// { print $1, $1 }' |
		while read -r name file; do
			case $name in
			libsockopt.so*) ;;
			/*) cp -L --parents "$file" "$tree/" ;;
			*) cp -L "$file" "$tree/lib/x86_64-linux-gnu/$name" ;;
			esac
		done
}

install_sockopt() {
	make -C "$build" install-exec DESTDIR="$tree"
	ln -s ../local/bin/sockopt "$tree/usr/bin/sockopt"
	copy_libraries "$build/tools/.libs/sockopt"
	rm -rf "$tree"/usr/local/lib/{*.a,*.la,pkgconfig}
	printf '%s\n' /usr/local/lib /lib/x86_64-linux-gnu >"$tree/etc/ld.so.conf"
	PATH=$PATH:/usr/sbin:/sbin ldconfig -r "$tree"
}

# What terminals can do, from wherever this Debian has it.
copy_terminfo() {
	local name

	for name in screen screen-256color tmux tmux-256color xterm dumb vt100; do
		find /lib/terminfo /usr/share/terminfo -path "*/${name:0:1}/$name" \
			-exec cp -L --parents {} "$tree/" \; 2>/dev/null || true
	done
}

# tmux asks for UTF-8.
copy_locale() {
	cp -r --parents /usr/lib/locale/C.utf8 "$tree/"
}

copy_kernel_modules() {
	local module file

	for module in $tools_modules; do
		file=$(find "$vm/kernel/" -path "*/$kernel/*" -name "$module.ko*" -print -quit)
		case $file in
		*.ko) cp "$file" "$tree/lib/modules/" ;;
		*.ko.xz) xz -dc "$file" >"$tree/lib/modules/$module.ko" ;;
		*) echo "no module $module in the package of kernel $kernel" >&2; exit 1 ;;
		esac
	done
}

# The guest scripts are read together: a second function of a name would stand for the first.
one_name_each() {
	local twice

	twice=$(cat "$here"/guest-{lib,tap,samples}.sh "$here"/tools-*.sh |
		grep -oE '^[a-z_0-9]+\(\)' | sort | uniq -d)
	[ -z "$twice" ] || { echo "two functions are called $twice" >&2; exit 1; }
}

one_name_each
rm -rf "$tree"
mkdir -p "$tree"/{bin,etc,lib/modules,lib/x86_64-linux-gnu,lib64,usr/bin,var/cache/ldconfig}
copy_programs
install_sockopt
copy_terminfo
copy_locale
copy_kernel_modules
for program in mixed_load same_packets victim; do
	cp "$build/tests/vm/$program" "$tree/bin/"
	strip "$tree/bin/$program"
done
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/:/bin/sh' \
	>"$tree/etc/passwd"
printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$tree/etc/group"
printf '%s\n' '127.0.0.1 localhost' '10.9.1.2 far.example' >"$tree/etc/hosts"
printf 'discard 9/tcp\ndiscard 9/udp\n' >"$tree/etc/services"

(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$vm/tools.gz")
ls -l "$vm/tools.gz"
