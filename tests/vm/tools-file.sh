# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt icmp -w and -r: files, their rotation, and what a full disk does to them. Sourced
# after tools-lib.sh.

# packets FILE: how many tcpdump finds; it fails if the file is not whole.
packets() {
	tcpdump -Z root -n -r "$1" 2>"$dir/tcpdump.err" | wc -l
	! grep -i -E 'truncated|error' "$dir/tcpdump.err"
}

has_packets() {
	[ "$(packets "$1")" -eq "$2" ] && return
	echo "$1 has $(packets "$1") packets, not $2"
	return 1
}

is_at_least() {
	[ -f "$1" ] && [ "$(wc -c <"$1")" -ge "$2" ]
}

writes_what_tcpdump_reads() {
	begin write "$SKO_B" icmp -w "$dir/w.pcap" || return 1
	pings 3
	until_true is_at_least "$dir/w.pcap" $((24 + 6 * 100))
	end "$pid" && has_packets "$dir/w.pcap" 6 && [ ! -s "$dir/write.out" ] &&
		says write.err '6 seen, 6 written, 0 filtered, 0 lost'
}

writes_to_a_pipe() {
	begin pipe "$SKO_B" icmp -c 4 -w - || return 1
	pings 2
	ended_with 0 && has_packets "$dir/pipe.out" 4
}

# In a namespace of its own, and as nobody, nothing but the file is there.
reads_without_rights() {
	cp "$dir/w.pcap" /tmp/w.pcap && chmod 644 /tmp/w.pcap &&
	sockopt icmp -r /tmp/w.pcap -Z nobody >"$dir/r.out" 2>"$dir/r.err" &&
	lines r.out 6 echo && says r.err '6 seen, 6 shown, 0 filtered, 0 lost'
}

reads_what_tcpdump_wrote() {
	tcpdump -Z root -i any -n -c 6 -Q in -w "$dir/t.pcap" icmp 2>/dev/null &
	_tcpdump=$!
	until_true is_at_least "$dir/t.pcap" 0
	pings 6
	wait "$_tcpdump" && sockopt icmp -r "$dir/t.pcap" >"$dir/t.out" 2>"$dir/t.err" &&
	lines t.out 6 'echo reply' && sockopt icmp -r "$dir/t.pcap" icmp[0] = 8 2>"$dir/t.err" &&
	says t.err '6 seen, 0 shown, 6 filtered, 0 lost'
}

# A packet of 84 bytes takes 100, a file begins with 24: four fit 440 bytes.
rotates_by_size() {
	begin size "$SKO_B" icmp -w "$dir/size" -C 440 -c 10 || return 1
	pings 5
	ended_with 0 && has_packets "$dir/size" 4 && has_packets "$dir/size1" 4 &&
		has_packets "$dir/size2" 2 && [ ! -e "$dir/size3" ]
}

keeps_so_many_files() {
	begin ring "$SKO_B" icmp -w "$dir/ring" -C 440 -W 2 -c 10 || return 1
	pings 5
	ended_with 0 && has_packets "$dir/ring0" 2 && has_packets "$dir/ring1" 4 &&
		set -- "$dir"/ring[0-9]* && [ $# -eq 2 ]
}

# With nothing to write, too.
rotates_by_time() {
	in_net "$SKO_B" timeout 20 sockopt icmp -q -w "$dir/time%%" -G 1 -W 2 || return 1
	begin hour "$SKO_B" icmp -w "$dir/hour-%Y" -G 3600 -c 2 || return 1
	pings 1
	ended_with 0 && has_packets "$dir/hour-$(date +%Y)" 2 && has_packets "$dir/time%" 0
}

counts_files_by_time() {
	in_net "$SKO_B" timeout 20 sockopt icmp -q -w "$dir/tick" -G 1 -W 2 || return 1
	has_packets "$dir/tick" 0 && has_packets "$dir/tick1" 0 && [ ! -e "$dir/tick2" ]
}

file_on_a_full_disk() {
	mkdir -p "$dir/small" && mount -t tmpfs -o size=8k small "$dir/small" || return 1
	begin full "$SKO_B" icmp -w "$dir/small/f.pcap" || return 1
	pings 100
	ended_with 1
	_status=$?
	cat "$dir/full.err"
	_found=$(packets "$dir/small/f.pcap") || return 1
	echo "$_found packets are in the file"
	umount "$dir/small"
	[ $_status -eq 0 ] && grep -q 'f.pcap: No space left on device' "$dir/full.err" &&
		grep -q " $_found written, " "$dir/full.err" && [ "$_found" -ge 1 ]
}

made_by_the_user() {
	mkdir -p "$dir/free" && chmod 777 "$dir" "$dir/free" || return 1
	begin free "$SKO_B" icmp -w "$dir/free/f.pcap" -Z nobody -c 2 || return 1
	pings 1
	ended_with 0 && has_packets "$dir/free/f.pcap" 2 &&
		[ "$(stat -c %u "$dir/free/f.pcap")" -eq 65534 ]
}

cut_file_is_told() {
	head -c 150 "$dir/w.pcap" >"$dir/cut.pcap"
	status_is 1 sockopt icmp -r "$dir/cut.pcap" >"$dir/cut.out" 2>"$dir/cut.err" &&
		lines cut.out 1 echo && grep -q 'truncated' "$dir/cut.err"
}

# The first packet's own length, behind its time and the length that is there.
short_length_is_not_believed() {
	cp "$dir/w.pcap" "$dir/short.pcap" &&
		printf '\1\0\0\0' | dd of="$dir/short.pcap" bs=1 seek=36 conv=notrunc 2>/dev/null &&
		sockopt icmp -r "$dir/short.pcap" --json >"$dir/short.out" 2>"$dir/short.err" &&
		says short.err '6 seen, 6 shown, 0 filtered, 0 lost' &&
		[ "$(jq -c 'select(.caplen == .len)' "$dir/short.out" | wc -l)" -eq 6 ]
}

tools_file() {
	check '-w writes what tcpdump reads' writes_what_tcpdump_reads
	check '-w - writes to a pipe' writes_to_a_pipe
	check '-r reads it without rights' reads_without_rights
	check '-r reads what tcpdump wrote of any interface, by the same filter' \
		reads_what_tcpdump_wrote
	check '-C begins a new file before one gets too large' rotates_by_size
	check '-C with -W keeps so many files' keeps_so_many_files
	check '-G names files by the time, and makes them of no packets, too' rotates_by_time
	check '-G with -W ends after so many files, in time' counts_files_by_time
	check 'a full disk ends it with a message, and the file stays valid' file_on_a_full_disk
	check 'files are made by the user of -Z' made_by_the_user
	check 'a file that is cut is shown as far as it goes, and told' cut_file_is_told
	check 'a packet that its file says is shorter than it is, is shown' \
		short_length_is_not_believed
	check 'a file that is none is an error' fails 1 'unknown file format|bad dump file' \
		sockopt icmp -r /bin/busybox
	check 'a file that is not there is an error' fails 1 'No such file' sockopt icmp -r /nope
	check '-C needs -w' fails 2 'need -w' \
		sockopt icmp -C 1000
}
