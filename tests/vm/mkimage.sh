#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mkimage.sh KERNEL BUILD VM [MODULES]: makes VM/initrd.gz, all that the virtual machine has:
# busybox, the modules, our programs, the guest scripts, and what Python needs for a sample.
# Our modules are those of BUILD, or of MODULES. For another machine than this one STRIP is that
# which knows its programs, and EMULATOR what runs them here.

set -eu -o pipefail

kernel=$1 build=$2 vm=$3 ours=${4:-$2}
strip=${STRIP:-strip}
here=$(cd "$(dirname "$0")" && pwd)
tree=$vm/tree
. "$here/guest-modules.sh"
. "$here/image-lib.sh"

rm -rf "$tree"
mkdir -p "$tree"/{bin,dev,etc,guest,lib/modules,proc,root,run,sys,tmp}
cp "$vm/busybox/busybox" "$tree/bin/"
for applet in $(${EMULATOR-} "$vm/busybox/busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done

# shellcheck disable=SC2086
copy_modules $modules
cp "$ours/kernel/sockopt.ko" "$tree/lib/modules/"
cp "$ours"/tests/vm/publisher/*.ko "$tree/lib/modules/"
"$strip" --strip-debug "$tree"/lib/modules/{sockopt,publisher,leaver}.ko

# Not every machine has programs of 32 bits.
for program in fuzz/callfuzz vm/caller vm/caller32 vm/check_vm vm/epoll-loop vm/icmp-watch \
	vm/mapped-ring vm/my-errors vm/roundtrip; do
	[ "$program" != vm/caller32 ] || [ -z "${EMULATOR-}" ] || continue
	cp "$build/tests/$program" "$tree/bin/"
	"$strip" "$tree/bin/${program##*/}"
done
mkdir -p "$tree/shared"
cp -L "$build/libsockopt/.libs/libsockopt.so.0" "$tree/shared/"
"$strip" "$tree/shared/libsockopt.so.0"
install -m 755 "$here/../../samples/watch.py" "$tree/bin/"
"$here/python.sh" "$tree/bin/watch.py" "$vm/python" "$tree"
cp "$here"/{guest,tools}-*.sh "$tree/guest/"
install -m 755 "$here/init" "$tree/init"
echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"

cd "$tree"
find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$vm/initrd.gz"
ls -l "$vm/initrd.gz"
