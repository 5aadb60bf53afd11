#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mkbench.sh BUILD VM: makes VM/bench.gz, which lies over initrd.gz where the benchmark runs:
# its program, and the module of the other ways.

set -eu -o pipefail

build=$1 vm=$2
tree=$vm/bench

rm -rf "$tree"
mkdir -p "$tree"/{bin,lib/modules}
cp "$build/tests/bench/bench" "$tree/bin/"
cp "$build/tests/bench/peers/peers.ko" "$tree/lib/modules/"
strip "$tree/bin/bench"
strip --strip-debug "$tree/lib/modules/peers.ko"

(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$vm/bench.gz")
ls -l "$vm/bench.gz"
