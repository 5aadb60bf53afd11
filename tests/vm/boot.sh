#!/bin/bash
# SPDX-License-Identifier: MIT
#
# boot.sh JOB VM LOGS [KEY=VALUE...]: boots the virtual machine for one job, prints what the
# job writes to its second port as it comes, and ends when the machine does.
# LOGS/vm-JOB.result keeps those lines, LOGS/vm-JOB.console the console.
# With failfast=1 the machine is stopped at the first test that fails.
# SKO_VM_MONITOR=PATH: QEMU takes commands from the pipe PATH.in, and answers to PATH.out.
# SKO_VM_SECONDS limits the whole run, SKO_VM_STALL the time without a line; SKO_VM_MEMORY is in
# MiB; SKO_VM_ARCH is amd64, arm64 or s390x.

set -u

job=$1 vm=$2 logs=$3
shift 3
console=$logs/vm-$job.console result=$logs/vm-$job.result
limit=${SKO_VM_SECONDS:-1800} stall=${SKO_VM_STALL:-120}
case " $* " in *' failfast=1 '*) fail_fast=1 ;; *) fail_fast='' ;; esac

# What the first process finds. For job page beside it a whole system, by mksystem.sh; for
# jobs tools and bench more programs, by mktools.sh and mkbench.sh.
initrd() {
	case $job in
	page) memory=2048 initrd=$vm/page.gz && cat "$vm/initrd.gz" "$vm/system.gz" >"$initrd" ;;
	bench) memory=1024 initrd=$vm/measured.gz &&
		cat "$vm/initrd.gz" "$vm/bench.gz" >"$initrd" ;;
	tools) memory=768 initrd=$vm/command.gz && cat "$vm/initrd.gz" "$vm/tools.gz" >"$initrd" ;;
	*) memory=${SKO_VM_MEMORY:-512} initrd=$vm/initrd.gz ;;
	esac
}

# Two processors that run as fast as they can. For jobs cost and bench one, whose counter counts
# instructions (a nanosecond each, also of the clock; idle time takes none), and which is the
# same each time. Without 'erms', as copies would count by bytes.
machine_options() {
	case $job in
	cost|bench) options=(-smp 1 -icount 'shift=0,sleep=off' -cpu 'max,-erms'
		-rtc 'base=2020-01-01T00:00:00,clock=vm' -seed 1) words='nokaslr norandmaps' ;;
	*) options=(-smp 2) words='' ;;
	esac
}

# What the machine is, where its console goes and what the kernel calls it, and where standard
# output comes from: $ports, $terminal and $output. On amd64 that is the second serial port; the
# others have one, and beside it a card (arm64), or a second kind of console (s390x).
architecture() {
	case ${SKO_VM_ARCH:-amd64} in
	amd64) qemu=(qemu-system-x86_64) terminal=ttyS0 output=/dev/ttyS1
		ports=(-serial "file:$console" -serial stdio) ;;
	arm64) qemu=(qemu-system-aarch64 -machine virt -cpu cortex-a57)
		terminal=ttyAMA0 output=/dev/ttyS0
		ports=(-serial "file:$console" -chardev 'stdio,id=output'
			-device 'pci-serial,chardev=output') ;;
	s390x) qemu=(qemu-system-s390x -machine s390-ccw-virtio)
		terminal=ttyS0 output=/dev/ttysclp0
		ports=(-serial none -chardev "file,id=console,path=$console" -device 'sclplmconsole,chardev=console'
			-chardev 'stdio,id=output' -device 'sclpconsole,chardev=output') ;;
	esac
}

# Jobs tools, coverage and bench have a third serial port for files, job callfuzz for its
# programs.
machine() {
	local vmlinuz qemu ports terminal output options words memory initrd more=()

	architecture
	machine_options
	initrd || exit 1
	case $job in
	tools|coverage) more=(-serial "file:$logs/vm-$job.tar") ;;
	bench) more=(-serial "file:$logs/vm-bench.symbols") ;;
	callfuzz) more=(-serial "file:$logs/vm-callfuzz.programs") ;;
	esac
	vmlinuz=$(find "$vm/kernel/" -name 'vmlinuz*' -type f -print -quit)
	exec timeout -k 5 "$limit" "${qemu[@]}" -accel tcg "${options[@]}" -m "$memory" \
		-nic none -no-reboot -display none \
		-monitor "${SKO_VM_MONITOR:+pipe:}${SKO_VM_MONITOR:-none}" "${ports[@]}" "${more[@]}" \
		-kernel "$vmlinuz" -initrd "$initrd" -append \
		"console=$terminal panic=-1 panic_on_warn=1 oops=panic softlockup_panic=1 quiet log_buf_len=4M SKO_RESULT=$output $words job=$job $*" \
		</dev/null
}

# Passes lines on until the machine ends, stalls or has failed enough.
follow() {
	local line status

	while :; do
		IFS= read -r -t "$stall" line <&3
		status=$?
		if [ $status -gt 128 ]; then
			echo "machine: no line for $stall s, stopped"
			return
		fi
		[ $status -eq 0 ] || return
		printf '%s\n' "$line"
		case $fail_fast$line in '1not ok'*) return ;; esac
	done | tee "$result"
}

stop() {
	kill "$pid" 2>/dev/null
	wait "$pid"
}

rm -f "$console" "$result"
exec 3< <(machine "$@")
pid=$!
trap stop EXIT
trap 'exit 130' HUP INT TERM
follow
stop
[ $? -ne 124 ] || echo "machine: not finished after $limit s, stopped" | tee -a "$result"
grep -aq '^verdict:' "$result" || echo 'machine: ended without a verdict' | tee -a "$result"
