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
. "$here/image-lib.sh"

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
copy_programs tcpdump tmux jq
install_sockopt
copy_terminfo
copy_locale
# shellcheck disable=SC2086
copy_modules $tools_modules
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
