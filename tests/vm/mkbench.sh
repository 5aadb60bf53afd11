#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mkbench.sh KERNEL BUILD VM: makes VM/bench.gz, which lies over initrd.gz where the benchmark
# runs: its program, the modules of the other ways and of the pool, and what the kernel's own
# ways need.

set -eu -o pipefail

kernel=$1 build=$2 vm=$3
here=$(cd "$(dirname "$0")" && pwd)
tree=$vm/bench
. "$here/guest-modules.sh"
. "$here/image-lib.sh"

rm -rf "$tree"
mkdir -p "$tree"/{bin,lib/modules}
cp "$build/tests/bench/bench" "$tree/bin/"
cp "$build"/tests/bench/peers/{peers,pool}.ko "$tree/lib/modules/"
# shellcheck disable=SC2086
copy_modules $bench_modules
copy_programs nft tc
strip "$tree/bin/bench"
strip --strip-debug "$tree"/lib/modules/{peers,pool}.ko

(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$vm/bench.gz")
ls -l "$vm/bench.gz"
