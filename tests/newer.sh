#!/bin/bash
# SPDX-License-Identifier: MIT
#
# newer.sh BUILD: builds the module for kernels that do not exist yet: the headers of the one
# that BUILD is for, with changes of the kind that new kernels bring. Either it builds, or the
# compiler's message says what is not as we know it. Prints TAP.

set -u -o pipefail

build=$(cd "$1" && pwd) || exit 1
work=$(mktemp -d "$build/newer.XXXXXX")
trap 'rm -rf "$work"' EXIT
layer=newer
. "$(dirname "$0")/tap.sh"

kernel=$(readlink -f "$(sed -n 's/^KERNEL = //p' "$build/Makefile")")
# Debian keeps what all flavours share in a directory of its own, which the Makefile names.
shared=$(sed -n 's#^include \(/.*\)/Makefile$#\1#p' "$kernel/Makefile")

# new_kernel NAME: $tree is a copy of the headers, made of links.
new_kernel() {
	tree=$work/$1
	cp -as "$kernel" "$tree" && cp -as "$shared" "$tree-shared" &&
	rm "$tree/Makefile" &&
	sed "s#$shared#$tree-shared#g" "$kernel/Makefile" >"$tree/Makefile"
}

# change HEADER EXPRESSION: sed's, which must find something.
change() {
	local header=$tree-shared/include/$1

	sed -E "$2" "$header" >"$work/header" && ! cmp -s "$work/header" "$header" &&
	rm "$header" && mv "$work/header" "$header"
}

# add HEADER: standard input, before its end.
add() {
	local header=$tree-shared/include/$1

	{ sed '$d' "$header" && cat && tail -n 1 "$header"; } >"$work/header" &&
	rm "$header" && mv "$work/header" "$header"
}

# module_builds NAME: in a directory of its own, with no warning; else what make said is in
# $work/log. That the compiler is another one than the kernel's is none, as Debian has it.
module_builds() {
	mkdir -p "$work/$1-module" &&
	cp kernel/*.[ch] kernel/Kbuild kernel/probes.mk "$work/$1-module/" &&
	DEBIAN_KERNEL_NO_CC_VERSION_CHECK=1 make -C "$build" module KERNEL="$tree" module_dir="$work/$1-module" >"$work/log" 2>&1 &&
	! grep -i warning "$work/log"
}

# says LINE...: each is in the log, as a regular expression.
says() {
	local line

	for line in "$@"; do
		grep -qE "$line" "$work/log" || {
			echo "make does not say '$line':"
			tail -n 20 "$work/log"
			return 1
		}
	done
}

# lacks NAME HEADER: what these headers have already is not added.
lacks() {
	! grep -qw "$1" "$tree-shared/include/$2"
}

# As 6.3 did, in headers of a version before.
add_vm_flags_mod() {
	change linux/mm_types.h 's/^\tvm_flags_t\tvm_flags;/\tconst vm_flags_t vm_flags;/' &&
	add linux/mm.h <<-'END'
		static inline void vm_flags_mod(struct vm_area_struct *vma,
						vm_flags_t set, vm_flags_t clear)
		{
			*(vm_flags_t *)&vma->vm_flags = (vma->vm_flags | set) & ~clear;
		}
	END
}

# As 6.13 and the versions behind it.
add_hrtimer_setup() {
	change linux/hrtimer.h 's/\bhrtimer_init(_on_stack)?\(/hrtimer_is_gone\1(/' &&
	add linux/hrtimer.h <<-'END'
		static inline void hrtimer_setup(struct hrtimer *timer,
						 enum hrtimer_restart (*function)(struct hrtimer *),
						 clockid_t clock, enum hrtimer_mode mode)
		{
			timer->function = function;
		}
		#define hrtimer_setup_on_stack hrtimer_setup
	END
}

# As 6.6.
add_register_net_sysctl_sz() {
	change net/net_namespace.h 's/\bregister_net_sysctl\(/register_net_sysctl_sz(/' &&
	change net/net_namespace.h 's/(struct ctl_table \*table)\)/\1, size_t size)/' &&
	add net/net_namespace.h <<-'END'
		#define register_net_sysctl(net, path, table) \
			register_net_sysctl_sz(net, path, table, ARRAY_SIZE(table))
	END
}

with_functions_of_newer_ones() {
	new_kernel functions &&
	{ ! lacks vm_flags_mod linux/mm.h || add_vm_flags_mod; } &&
	{ ! lacks hrtimer_setup linux/hrtimer.h || add_hrtimer_setup; } &&
	{ ! lacks register_net_sysctl_sz net/net_namespace.h || add_register_net_sysctl_sz; } &&
	{ module_builds functions || only_symbols_are_missing || { tail -n 30 "$work/log"; false; }; }
}

# The function whose name was changed is in no kernel: that is modpost's, after the compiler.
only_symbols_are_missing() {
	! grep -E 'error:|warning:' "$work/log" | grep -v modpost &&
	says '"register_net_sysctl_sz" \[.*\] undefined'
}

with_another_handler() {
	new_kernel handler &&
	change linux/netfilter.h 's/(int \(\*get\)\(struct sock \*sk, int optval, )void __user \*user/\1sockptr_t user/' &&
	! module_builds handler &&
	says 'sockopt does not know struct nf_sockopt_ops with this get' \
		'^sockopt: .* see kernel/compat\.h'
}

with_another_hook() {
	new_kernel hook &&
	change linux/netfilter.h 's/^(typedef unsigned int nf_hookfn\(void \*priv,)/\1 int more,/' &&
	! module_builds hook &&
	says 'sockopt does not know struct nf_hook_ops with this hook'
}

[ -n "$shared" ] || { echo "not ok - newer: $kernel is laid out as Debian does"; exit 1; }
check 'the module builds with functions that newer kernels have, by their names' \
	with_functions_of_newer_ones
check 'a handler of options that takes something else is named, and where to look' \
	with_another_handler
check 'a hook that takes something else is named' with_another_hook
