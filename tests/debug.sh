# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# ./run debug: the tests of the module on kernels that watch for faults, built from Debian's
# source of the kernel that the other tests boot. Sourced by `run`.
#
#   build/vm/linux           that source, unpacked
#   build/debug/KIND/linux   the kernel built from it, cached by the hash of what it is made of
#   build/debug/KIND         our own build for it, as build/ is for Debian's kernel
#
# KIND is kasan or kcsan: each is a file of tests/debug beside those that both have.

patience=10	# times what Debian's kernel needs
debug_packages='bc bison flex libelf-dev libssl-dev'

cmd_debug() {
	prepare_debug
	if [ -n "$suite$fail_fast" ]; then
		layer_debug debug "$kind"
	else
		both_halves
		layer_threats debug
	fi
	summary
}

prepare_debug() {
	need_unconfigured
	open_build
	set_up
	install_missing "$debug_packages"
	fetch_source
	debug_build
	build_all
	vm_image
}

# From here on build, vm, logs and kernel are those of the debug kernel.
debug_build() {
	source=$vm/linux
	build=$root/build/debug/$kind
	kernel_tree=$build/linux
	logs=$logs/$kind
	mkdir -p "$build/vm" "$logs" || exit 1
	has_debug_kernel || step "$kind" in_group build_debug_kernel
	kernel=$(cat "$kernel_tree/include/config/kernel.release")
	for file in busybox python prometheus; do
		ln -sfn "$vm/$file" "$build/vm/$file"
	done
	vm=$build/vm
	machine_words=("detectors=$kind" "CK_TIMEOUT_MULTIPLIER=$patience" SKO_FEWER=10 SKO_SPARSE=30)
	export SKO_VM_SECONDS=7200 SKO_VM_STALL=1200 SKO_VM_MEMORY=2048
}

# ---- The source ----

fetch_source() {
	[ "$(cat "$vm/linux/.version" 2>/dev/null)" = "$(headers_version)" ] ||
		step source with_new_lists unpack_source
}

unpack_source() {
	local version name dir=$vm/linux.new

	version=$(headers_version) || return 1
	name=linux-source-$(echo "$kernel" | cut -d. -f1,2)
	rm -rf "$vm/linux" "$dir" && mkdir -p "$dir/source" &&
	unpack_deb "$dir" "$name=$version" &&
	tar -C "$dir/source" --strip-components=1 -xf "$dir/usr/src/$name.tar.xz" &&
	mv "$dir/source" "$vm/linux" &&
	rm -rf "$dir" &&
	echo "$version" >"$vm/linux/.version"
}

# ---- The kernel ----

debug_fragments() {
	printf 'tests/debug/%s.config\n' machine tests debug "$kind"
}

# Everything that decides what comes out: source, wishes, compiler, recipe.
debug_inputs() {
	# shellcheck disable=SC2046
	{
		cat "$source/.version" $(debug_fragments)
		gcc --version
		kernel_words
		declare -f build_debug_kernel configure_kernel
	} | sha256sum
}

has_debug_kernel() {
	[ "$(cat "$kernel_tree/.inputs" 2>/dev/null)" = "$(debug_inputs)" ]
}

# With KCSAN only what is built later is watched: our module. And what copies our records for
# us; and what orders our accesses, the kernel's locks before all, must say so.
kernel_words() {
	[ "$kind" = kcsan ] || return 0
	echo KCSAN_SANITIZE=n
	printf 'KCSAN_SANITIZE_%s.o=y\n' usercopy iov_iter
	printf 'KCSAN_INSTRUMENT_BARRIERS_%s.o=y\n' spinlock spinlock_debug mutex mutex-debug \
		rwsem workqueue irq_work
}

build_debug_kernel() {
	# shellcheck disable=SC2046
	rm -rf "$kernel_tree" "$build/vm/kernel" && mkdir -p "$kernel_tree" &&
	configure_kernel &&
	make -s -j"$(nproc)" -C "$source" O="$kernel_tree" $(kernel_words) bzImage modules &&
	make -s -C "$source" O="$kernel_tree" INSTALL_MOD_PATH="$build/vm/kernel" \
		INSTALL_MOD_STRIP=1 modules_install &&
	cp "$kernel_tree/arch/x86/boot/bzImage" "$build/vm/kernel/vmlinuz" &&
	debug_inputs >"$kernel_tree/.inputs"
}

# tinyconfig, and on top of it what the fragments say. A wish that was not fulfilled, for
# something else is missing, would be a detector that is not there.
configure_kernel() {
	# shellcheck disable=SC2046
	make -s -C "$source" O="$kernel_tree" tinyconfig &&
	"$source/scripts/kconfig/merge_config.sh" -m -O "$kernel_tree" "$kernel_tree/.config" \
		$(debug_fragments) &&
	make -s -C "$source" O="$kernel_tree" olddefconfig &&
	is_as_wished
}

is_as_wished() {
	local wish status=0

	while read -r wish; do
		has_wish "$wish" || { echo "not so in the kernel: $wish"; status=1; }
	done < <(debug_fragments | xargs sed -n '/^CONFIG_/p')
	return $status
}

# A fragment may ask that something be not there: '=n', which a configuration says with a
# comment, or not at all. What one fragment wants no other may take back.
has_wish() {
	case $1 in
	*=n) ! grep -q "^${1%n}" "$kernel_tree/.config" ;;
	*) grep -qxF -e "$1" "$kernel_tree/.config" ;;
	esac
}

# ---- The tests ----

# Two machines at once: one for the regular suites; one for those of hostile callers and those
# that make memory fail, and then for the bugs. With KASAN, which CI waits for, they take about
# the same time.
both_halves() {
	rm -rf "$logs"/{regular,hostile} "$logs"/vm-debug.* && mkdir "$logs"/{regular,hostile} || exit 1
	begin_group half regular "$kind"
	begin_group half hostile hostile planted
	wait_groups
	add_sums "$logs/regular"
	add_sums "$logs/hostile"
	cat "$logs"/{regular,hostile}/vm-debug.result >"$logs/vm-debug.result"
	debug_counts <"$logs/vm-debug.result"
}

# half PART LAYER [planted]: in a process of its own, which leaves its sums in a file.
half() {
	# shellcheck disable=SC2034 # group.sh's: those of who began us are not ours
	groups=()
	trap 'on_signal 143' HUP INT TERM
	logs=$logs/$1
	layer_debug "$1" "$2"
	[ -z "${3-}" ] || layer_planted
	save_sums "$logs"
}

# layer_debug PART LAYER: part regular, hostile, or debug: both in one machine.
layer_debug() {
	machine_words+=("part=$1")
	machine_layer "$2" debug
}

# What the suites had the module stand.
debug_counts() {
	awk '
		/^# hostile calls: / { calls += $4 }
		/^# faults injected: / { faults += $4 }
		/^# loads survived: / { loads = $4 }
		/^# orphaned namespaces survived: / { orphans = $5 + 0 }
		/^# interfaces that came and went: / { interfaces = $7 + 0 }
		END {
			print "         hostile calls: " calls + 0
			print "         faults injected: " faults + 0
			print "         loads survived: " loads + 0
			print "         namespaces that were left to their streams: " orphans + 0
			print "         interfaces that went under traffic: " interfaces + 0
		}'
}

layer_planted() {
	script_layer planted tests/debug/planted.sh debug "$kind" "$build" "$logs" \
		"${machine_words[@]}"
}
