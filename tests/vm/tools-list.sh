# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt send, recv, call, channels, streams, stats. Sourced after tools-lib.sh and
# tools-screen.sh.

message=/proc/net/sockopt/message

tools_list_without_module() {
	for _words in 'send -m hi' recv 'call -m hi' channels streams stats 'stats --openmetrics'; do
		# shellcheck disable=SC2086 # a name and its arguments
		check "${_words} names the remedy when the module is absent" \
			fails 1 'modprobe sockopt' sockopt $_words
	done
}

# ---- Texts ----

# arrived FILE: the kernel has its bytes, and nothing else.
arrived() {
	cat "$message" >"$dir/arrived"
	head -n 1 "$dir/arrived"
	grep -Eq "^time [0-9.]+ pid [0-9]+ uid 0 len $(wc -c <"$1")\$" "$dir/arrived" &&
		sed 1d "$dir/arrived" | cmp - "$1"
}

# Standard input byte by byte: no newline at the end, two of them, what is no text.
sends_bytes() {
	printf 'a\tb\n\n\033[2J\377\r no newline' >"$dir/one"
	printf 'a\nb\n\n' >"$dir/two"
	printf x >"$dir/three"
	for _text in one two three; do
		sockopt send <"$dir/$_text" >"$dir/stdout" 2>&1 && [ ! -s "$dir/stdout" ] &&
			arrived "$dir/$_text" || return 1
	done
}

sends_words() {
	printf 'hello, kernel' >"$dir/text"
	sockopt send -m 'hello, kernel' && arrived "$dir/text" || return 1
	printf -- '-m' >"$dir/text"
	sockopt send message --message=-m && arrived "$dir/text"
}

receives_bytes() {
	printf 'from\n\033[2Jthe\377 kernel' >"$dir/text"
	cat "$dir/text" >"$message"
	sockopt recv >"$dir/stdout" && cmp "$dir/stdout" "$dir/text" &&
		sockopt recv message | cmp - "$dir/text"
}

calls() {
	printf 'answer\n' >"$dir/answer"
	printf 'question' >"$dir/question"
	cat "$dir/answer" >"$message"
	sockopt call -m question >"$dir/stdout" && cmp "$dir/stdout" "$dir/answer" &&
		arrived "$dir/question" || return 1
	printf '?' >"$dir/question"
	sockopt call <"$dir/question" | cmp - "$dir/answer" && arrived "$dir/question"
}

# long NUMBER: as many bytes.
long() {
	head -c "$1" /dev/zero | tr '\0' x
}

sends_and_receives_the_longest() {
	long 4096 >"$dir/long"
	sockopt send <"$dir/long" && arrived "$dir/long" &&
		sockopt send -m "$(long 4096)" && arrived "$dir/long" &&
		cat "$dir/long" >"$message" &&
		sockopt recv | cmp - "$dir/long" && sockopt call -m x | cmp - "$dir/long"
}

# refuses STATUS TEXT SHELL-COMMAND: it fails so, and the kernel has what it had.
refuses() {
	cat "$message" >"$dir/before"
	fails "$1" "$2" sh -c "$3" || return 1
	cmp "$message" "$dir/before"
}

refuses_what_is_too_long() {
	long 4097 >"$dir/long"
	refuses 1 'too long: at most 4096 bytes' "sockopt send <$dir/long" &&
		refuses 1 'too long: at most 4096 bytes' "sockopt send -m \"\$(cat $dir/long)\"" &&
		refuses 1 'too long: at most 4096 bytes' "sockopt call <$dir/long" &&
		refuses 1 'too long: at most 4096 bytes' 'head -c 10000000 /dev/zero | sockopt send'
}

refuses_a_nul() {
	refuses 1 'byte 3 of the text is NUL' "printf 'ab\\000c' | sockopt send" &&
		refuses 1 'byte 1 of the text is NUL' "printf '\\000' | sockopt call"
}

refuses_wrong_lines() {
	refuses 2 'the text is empty' 'sockopt send </dev/null' &&
		refuses 2 'the text is empty' "sockopt call -m ''" &&
		refuses 2 "'more' is one word too many" 'sockopt send -m hi message more' &&
		refuses 2 'unrecognized option' 'sockopt send --text hi'
}

names_channels() {
	refuses 1 "no channel 'nope'; there are: message, icmp\$" 'sockopt send -m hi nope' &&
		refuses 1 "no channel 'nope'; there are: message, icmp\$" 'sockopt recv nope'
}

needs_texts() {
	refuses 1 "channel 'icmp' answers no texts" 'sockopt send -m hi icmp' &&
		refuses 1 "channel 'icmp' answers no texts" 'sockopt recv icmp' &&
		refuses 1 "channel 'icmp' answers no texts" 'sockopt call -m hi icmp'
}

# On a screen, nothing that the kernel says moves the cursor.
shows_on_a_terminal() {
	printf 'one\n\ttwo\033[2J\rthree' | in_net "$SKO_B" tee "$message" >/dev/null
	term 80 24 sockopt recv && until_true on_screen '^status 0$'
	screen >"$dir/seen"
	end_term
	lines seen 1 '^one$' && lines seen 1 '^        two\\x1b\[2J\\x0dthree$'
}

# ---- Lists ----

lists_channels() {
	sockopt channels >"$dir/channels" &&
		says channels 'CHANNEL +ID +GENERATION +DOES +SNAPLEN +MAX' &&
		says channels 'message +1 +[0-9]+ +texts +- +-' &&
		says channels 'icmp +2 +[0-9]+ +records +96 +65535' &&
		lines channels 3 . && ! grep ' $' "$dir/channels"
}

# The same, by jq.
channels_in_json() {
	sockopt channels --json | jq -r '[.channel, .id, .generation,
		([if .texts then "texts" else empty end,
		  if .records then "records" else empty end] | join(",")),
		if .records then .snaplen else "-" end,
		if .records then .snaplen_max else "-" end] | map(tostring) | join(" ")' \
		>"$dir/json" || return 1
	sockopt channels | sed 1d | tr -s ' ' | diff "$dir/json" -
}

# By ring and snap length there can be no other stream that looks so.
lists_streams() {
	begin watch "$SKO_B" icmp -B 64 -s 100 || return 1
	in_net "$SKO_B" sockopt streams >"$dir/here"
	sockopt streams >"$dir/elsewhere"
	_watch=$pid
	end "$pid"
	in_net "$SKO_B" sockopt streams >"$dir/after"
	says here 'CHANNEL +PID +COMMAND +USER +SLOTS +SNAPLEN +SEEN +FILTERED +DELIVERED +PENDING +LOST +STATE' &&
	says here "icmp +$_watch +sockopt +root +64 +100 +0 +0 +0 +0 +0 +open" &&
	lines here 2 . && lines elsewhere 1 . && lines after 1 .
}

# 40 packets for 16 slots: 24 have found no room. A stopped reader changes nothing.
counts_streams() {
	begin slow "$SKO_B" icmp -B 16 -s 100 && halt "$pid" && pings 20 || return 1
	in_net "$SKO_B" sockopt streams >"$dir/streams"
	in_net "$SKO_B" sockopt streams --json >"$dir/json"
	in_net "$SKO_B" sh -c 'cat /proc/net/sockopt/streams' >"$dir/proc"
	_slow=$pid
	kill -CONT "$pid"
	end "$pid"
	says streams "icmp +$_slow +sockopt +root +16 +100 +40 +0 +0 +16 +24 +open" &&
		[ "$(jq -r 'keys_unsorted | join(" ")' "$dir/json")" = \
			"$(head -n 1 "$dir/proc") command user" ] || return 1
	jq -r '[.[]] | map(tostring) | join(" ")' "$dir/json" >"$dir/numbers"
	sed '1d; s/$/ sockopt root/' "$dir/proc" | diff "$dir/numbers" -
}

# agrees COMMAND...: what it makes of the file is the file.
agrees() {
	in_net "$SKO_B" cat /proc/net/sockopt/stats >"$dir/proc"
	"$@" >"$dir/ours" || return 1
	diff "$dir/proc" "$dir/ours"
}

stats_of() {
	in_net "$SKO_B" sockopt stats "$@"
}

stats_table() {
	stats_of | tr -s ' ' | sed '1y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/'
}

stats_json() {
	stats_of --json >"$dir/json"
	jq -r 'keys_unsorted | join(" ")' "$dir/json" | sort -u
	jq -r '[.[]] | map(tostring) | join(" ")' "$dir/json"
}

# The samples, put back into lines of the file.
stats_openmetrics() {
	stats_of --openmetrics | tee "$files/sockopt.openmetrics" | awk -F '[{}]' '
		BEGIN {
			n = split("streams opened seen delivered pending lost_full lost_busy lost_closed",
				names, " ")
			key["sockopt_channel_streams"] = "streams"
			key["sockopt_channel_streams_opened_total"] = "opened"
			key["sockopt_channel_records_seen_total"] = "seen"
			key["sockopt_channel_records_delivered_total"] = "delivered"
			key["sockopt_channel_records_pending"] = "pending"
			printf "channel"
			for (i = 1; i <= n; i++) printf " %s", names[i]
			print ""
		}
		/^sockopt_channel/ {
			split($2, label, "\"")
			name = key[$1]
			if ($1 == "sockopt_channel_records_lost_total") name = "lost_" label[4]
			value[label[2], name] = $3
			channels[label[2]]
		}
		END { for (c in channels) {
			printf "%s", c
			for (i = 1; i <= n; i++) printf "%s", value[c, names[i]]
			print "" } }'
}

# With numbers that differ: packets that were read, lost, and are pending.
stats_agree() {
	begin slow "$SKO_B" icmp -B 16 || return 1
	pings 3
	until_true has slow.out 6 . && halt "$pid" && pings 20
	_ret=0
	agrees stats_table && agrees stats_json && agrees stats_openmetrics || _ret=1
	cat "$dir/proc"
	grep -Eq '^icmp 1 [0-9]+ [0-9]+ [0-9]+ 16 ' "$dir/proc" || _ret=1
	kill -CONT "$pid"
	end "$pid" && return $_ret
}

openmetrics_is_whole() {
	_version=$(cat /sys/module/sockopt/version)
	grep -Fqx "sockopt_info{version=\"$_version\"} 1" "$files/sockopt.openmetrics" &&
		[ "$(tail -n 1 "$files/sockopt.openmetrics")" = '# EOF' ]
}

# Those who read statistics need no right; those who look at streams do.
rights() {
	su -s /bin/sh nobody -c '/usr/bin/sockopt stats' >"$dir/nobody" &&
		lines nobody 1 '^CHANNEL ' &&
		fails 1 'no right to read .*streams: run as root' \
			su -s /bin/sh nobody -c '/usr/bin/sockopt streams' &&
		fails 1 'this needs CAP_NET_RAW' \
			su -s /bin/sh nobody -c '/usr/bin/sockopt send -m hi'
}

# Host B has had streams: a list of none is no line of JSON, for which there is room.
full_disk() {
	[ -c /dev/full ] || mknod /dev/full c 1 7
	for _words in recv channels 'channels --json' streams stats 'stats --json' \
		'stats --openmetrics'; do
		# shellcheck disable=SC2086 # a name and its arguments
		in_net "$SKO_B" sockopt $_words >/dev/full 2>"$dir/full"
		_status=$?
		grep -q 'standard output: No space left' "$dir/full" || _status=0
		[ $_status -eq 1 ] ||
			{ echo "sockopt $_words:"; cat "$dir/full"; return 1; }
	done
}

tools_list() {
	check 'send hands standard input to the kernel byte by byte' sends_bytes
	check 'send -m hands its words to the kernel' sends_words
	check 'recv writes the text of the kernel byte by byte' receives_bytes
	check 'call sends a text and shows the reply' calls
	check 'a text of 4096 bytes goes both ways' sends_and_receives_the_longest
	check 'a text of 4097 bytes is refused and changes nothing' refuses_what_is_too_long
	check 'a text with a NUL is refused and changes nothing' refuses_a_nul
	check 'a wrong line sends nothing' refuses_wrong_lines
	check 'an unknown channel is an error that names those there are' names_channels
	check 'a channel without texts says so' needs_texts
	check 'a terminal is shown no control characters' shows_on_a_terminal
	check 'channels lists what each channel does' lists_channels
	check 'channels --json says the same' channels_in_json
	check 'streams shows who has one, in this namespace only' lists_streams
	check 'streams counts as /proc does, and so does its JSON' counts_streams
	check 'stats, its JSON and its OpenMetrics say what /proc says' stats_agree
	check 'OpenMetrics has the version of the module, and an end' openmetrics_is_whole
	check 'stats needs no right, streams and send do' rights
	check 'a full disk is told' full_disk
}
