# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt top on host A, in a terminal of tmux: what the screen shows of packets that we
# send, and what its keys do. Sourced after tools-lib.sh.

terminal() {
	tmux -u -f /dev/null -L sko "$@"
}

# What runs in the terminal: the command, and what the terminal is before and after it. The
# last line keeps the terminal for us to look at.
top_script() {
	cat <<'END'
cd "$1" && shift || exit
trap : INT
stty -g >top-before
echo 'this was here'
sh -c 'echo $$ >top-pid; exec sockopt top "$@" 2>top-said' top "$@"
echo $? >top-status
stty -g >top-after
echo 'this comes later'
exec sleep 1000
END
}

# open_top WIDTH HEIGHT ARGUMENT...: begins it on a terminal of that size, and of type
# top_term, or that of tmux.
open_top() {
	_width=$1 _height=$2
	shift 2
	close_top
	top_script >"$dir/top-script"
	rm -f "$dir"/top-pid "$dir"/top-said "$dir"/top-status
	terminal new-session -d -x "$_width" -y "$_height" \
		env LC_ALL=C.UTF-8 TERM="${top_term:-screen}" sh "$dir/top-script" "$dir" "$@"
}

# The same with a short delay, until the screen is there.
top_up() {
	_columns=$1 _lines=$2
	shift 2
	open_top "$_columns" "$_lines" -d 0.2 "$@" &&
		{ until_true foot_is_there || looks_else 'no screen'; }
}

close_top() {
	terminal kill-server 2>/dev/null
	until_true no_terminal
}

no_terminal() {
	! terminal list-sessions >/dev/null 2>&1
}

# As it is now: a line for each of the terminal, and one byte for each column; a bar of the
# graph is a '#'.
look() {
	terminal capture-pane -p | tr -d '\200-\277' | tr '\342' '#' >"$dir/screen"
}

looks_else() {
	echo "$1; the screen is:"
	cat "$dir/screen" "$dir/top-said"
	return 1
}

sees() {
	look && grep -Eq -e "$1" "$dir/screen"
}

# shows PATTERN: some line does, soon.
shows() {
	until_true sees "$1" || looks_else "no '$1'"
}

sees_not() {
	look && ! grep -Eq -e "$1" "$dir/screen"
}

# hides PATTERN: no line does, soon.
hides() {
	until_true sees_not "$1" || looks_else "still '$1'"
}

# line NUMBER PATTERN: this line of what was looked at last is so.
line() {
	sed -n "$1p" "$dir/screen" | grep -Eq -e "$2" || looks_else "line $1 is not '$2'"
}

foot_is_there() {
	sees '^(h help  q quit|Too small)'
}

press() {
	terminal send-keys "$@"
}

# row TOTAL SHARE NAME: a line, or a half of one, of a table.
row() {
	shows "(^| )  *[0-9.]+ +$1 +$2%  $3( |\$)"
}

# A port of C that nobody has: C says so.
hit() {
	closed_port $$ 10.9.0.1 10.9.1.2
}

# has_size WIDTH HEIGHT: so many lines, none longer.
has_size() {
	awk -v width="$1" -v height="$2" '
		length($0) > width { long = 1 }
		END { exit long || NR != height }' "$dir/screen" ||
		looks_else "not $1 x $2"
}

has_ended_with() {
	until_true test -s "$dir/top-status"
	[ "$(cat "$dir/top-status" 2>/dev/null)" = "$1" ] || looks_else "did not end with $1"
}

# What was on the terminal is there again, its modes too; nothing of ours is left.
is_restored() {
	shows '^this comes later$' && shows '^this was here$' && hides 'quit' &&
		cmp "$dir/top-before" "$dir/top-after" &&
		[ "$(terminal display-message -p '#{alternate_on}#{cursor_flag}')" = 01 ]
}

# says_nothing: no message of its own, and no dirt of others.
says_nothing() {
	[ ! -s "$dir/top-said" ] || looks_else 'it said something'
}

# ---- Tests ----

top_counts() {
	top_up 80 24 && pings 3 && hit && shows '^0 lost, 4 seen, 0 filtered' &&
		row 3 75.0 'echo reply' && row 1 25.0 'port unreachable' &&
		row 4 100 10.9.1.2 &&
		row 1 25.0 'udp 10.9.0.1:[0-9]+ > 10.9.1.2:9' &&
		line 1 '^[0-9]{2}:[0-9]{2}:[0-9]{2}  [0-9.]+ packets/s  average [0-9.]+  peak [0-9.]+$'
}

top_has_a_layout() {
	top_up 80 24 && has_size 80 24 &&
		line 2 '^0 lost, .*  by rate, every 0.2 s$' && line 3 '^all packets$' &&
		line 5 '^pkts/s  total  share  type' &&
		line 11 '^pkts/s  total  share  source' &&
		line 17 '^pkts/s  total  share  flow hit' && line 24 '^h help  q quit'
}

top_draws_a_graph() {
	top_up 80 24 && pings 3 && until_true graph_is_there && has_size 80 24
}

graph_is_there() {
	look && sed -n 4p "$dir/screen" | grep -Exq ' +#( +#)*'
}

top_is_wide() {
	top_up 200 50 && pings 3 && hit && row 3 75.0 'echo reply' && has_size 200 50 &&
		line 5 '^pkts/s  total  share  type  *pkts/s  total  share  source' &&
		line 27 '^pkts/s  total  share  flow hit' && line 50 '^h help  q quit'
}

top_follows_the_size() {
	top_up 80 24 && pings 2 && row 2 100 'echo reply' &&
		terminal resize-window -x 140 -y 40 && shows 'type  *pkts/s' &&
		has_size 140 40 && line 40 '^h help' &&
		terminal resize-window -x 40 -y 10 && hides 'type  *pkts/s' &&
		shows '^[0-9:]+ [0-9.]+/s avg' && has_size 40 10 && line 4 'share  type' &&
		line 6 'share  source' && line 8 'share  flow hit' && line 10 '^h help' &&
		terminal resize-window -x 39 -y 9 && shows '^Too small' &&
		terminal resize-window -x 80 -y 24 && shows '^h help.*clear$' &&
		has_size 80 24 && row 2 100 'echo reply' && says_nothing
}

# The key that sorts draws the screen anew, of the frozen counts.
top_freezes() {
	top_up 80 24 && pings 2 && row 2 100 'echo reply' && press p && shows ' FROZEN' &&
		pings 3 && press s && shows 'by total' && row 2 100 'echo reply' &&
		press p && row 5 100 'echo reply' && hides FROZEN
}

# first NAME: the first row of the first table.
first() {
	until_true first_is "$1" || looks_else "'$1' is not first"
}

first_is() {
	look && sed -n 6p "$dir/screen" | grep -q "$1\$"
}

top_sorts() {
	top_up 80 24 && pings 1 && hit && hit && row 2 66.7 'port unreachable' && press s &&
		shows 'by total' && first 'port unreachable' && press s && shows 'by name' &&
		first 'echo reply' && press s && shows 'by rate'
}

top_shows_one_table() {
	top_up 80 24 && press Tab && hides 'share  source' && sees 'share  type' &&
		press Tab && shows 'share  source' && sees_not 'share  type' && press t &&
		shows 'share  flow hit' && sees_not 'share  source' && press t &&
		shows 'share  type' && sees 'share  source' && sees 'share  flow hit'
}

# type_filter TEXT: instead of what is there.
type_filter() {
	press f && shows '^filter: ' && press C-u && press -l "$1" && press Enter
}

top_filters() {
	top_up 80 24 'icmp[0] = 3' && line 3 'filter: icmp\[0\] = 3$' && pings 2 &&
		shows '2 seen, 2 filtered' && type_filter 'icmp[0] = 0' &&
		shows '^all packets, filter: icmp\[0\] = 0$' && pings 3 && hit &&
		shows '6 seen, 3 filtered' && row 3 100 'echo reply' &&
		type_filter '' && shows '^all packets$' && hit && shows '7 seen, 3 filtered'
}

top_refuses_a_filter() {
	top_up 80 24 'icmp[0] = 0' && type_filter 'no such word' && shows 'no such word.*: ' &&
		line 3 '^all packets, filter: icmp\[0\] = 0$' && pings 2 && hit &&
		shows '3 seen, 1 filtered' && press f && shows '^filter: icmp\[0\] = 0$' &&
		press x Escape && shows '^h help' &&
		line 3 '^all packets, filter: icmp\[0\] = 0$' && says_nothing
}

top_shows_errors() {
	top_up 80 24 && press e && shows '^errors$' && pings 2 && hit &&
		shows '3 seen, 2 filtered' && row 1 100 'port unreachable' && press e &&
		shows '^all packets$' && pings 1 && shows '4 seen, 2 filtered'
}

top_clears() {
	top_up 80 24 && pings 2 && row 2 100 'echo reply' && press c && shows '^0 lost, 0 seen' &&
		hides 'echo reply' && pings 1 && row 1 100 'echo reply' && press + &&
		shows 'every 0.5 s' && press - && shows 'every 0.2 s'
}

top_helps() {
	top_up 80 24 && press h && shows '^p +freeze' && shows '^Any key' && sees_not 'share' &&
		press x && shows '^h help' && hides '^Any key'
}

# The ring has 2: of 10 that come while it is stopped, 8 are lost.
top_tells_losses() {
	top_up 80 24 -B 2 && halt "$(cat "$dir/top-pid")" && pings 10
	kill -CONT "$(cat "$dir/top-pid")"
	shows '^8 lost, 10 seen' && { until_true is_alarm || looks_else 'not bold and red'; }
}

# What was said of the looks before '8 lost' comes to bold and red, be it on that line or on
# the one above.
is_alarm() {
	terminal capture-pane -e -p | head -n 2 | tr '\033' '@' | awk '
		{ text = text $0 }
		END {
			text = substr(text, 1, index(text, "8 lost"))
			while (match(text, /@\[[0-9;]*m/)) {
				n = split(substr(text, RSTART + 2, RLENGTH - 3), codes, ";")
				text = substr(text, RSTART + RLENGTH)
				if (n == 0)
					bold = red = 0
				for (i = 1; i <= n; i++) {
					if (codes[i] + 0 == 0)
						bold = red = 0
					if (codes[i] == 1)
						bold = 1
					if (codes[i] == 31)
						red = 1
					if (codes[i] == 39)
						red = 0
				}
			}
			exit !(bold && red)
		}'
}

top_quits() {
	top_up 80 24 && press q && has_ended_with 0 && is_restored && says_nothing
}

top_ends_at_ctrl_c() {
	top_up 80 24 && press C-c && has_ended_with 0 && is_restored && says_nothing
}

top_ends_at_sigterm() {
	top_up 80 24 && kill -TERM "$(cat "$dir/top-pid")" && has_ended_with 0 &&
		is_restored && says_nothing
}

# said PATTERN: a line of standard error.
said() {
	grep -Eq -e "$1" "$dir/top-said" || looks_else "it did not say '$1'"
}

top_misses_its_interface() {
	ip link add name vt type veth && ip link set vt up && top_up 80 24 -i vt &&
		line 3 '^all packets of vt$' && ip link del vt && has_ended_with 1 &&
		is_restored && said 'interface vt has gone'
}

top_needs_a_terminal() {
	sockopt top >"$dir/top-out" 2>"$dir/top-said" </dev/null
	[ $? -eq 2 ] && [ ! -s "$dir/top-out" ] && said 'terminal'
}

top_refuses_a_value() {
	open_top 80 24 -d never && has_ended_with 2 && said "'never' is no value for -d" &&
		open_top 80 24 no such word && has_ended_with 2 && said 'pcap-filter'
}

top_names_a_bad_terminal() {
	top_term=nonsense
	open_top 80 24 && has_ended_with 1 && said "'nonsense' \(TERM\)" && is_restored
	_status=$?
	top_term=''
	return $_status
}

tools_top() {
	check 'top counts by type, source and flow hit, and their shares' top_counts
	check 'top has its tables on 80x24 where they belong' top_has_a_layout
	check 'top draws a graph of the rate' top_draws_a_graph
	check 'top has two tables side by side on 200x50' top_is_wide
	check 'top follows the size of the terminal, down to one that is too small' \
		top_follows_the_size
	check 'top freezes the screen and counts on' top_freezes
	check 'top sorts by rate, total and name' top_sorts
	check 'top shows one table alone, and all again' top_shows_one_table
	check 'top takes another filter while it runs' top_filters
	check 'top refuses a wrong filter, says why, and changes nothing' top_refuses_a_filter
	check 'top shows errors only when told so' top_shows_errors
	check 'top begins to count anew, and changes its delay' top_clears
	check 'top lists its keys' top_helps
	check 'top tells losses in bold red' top_tells_losses
	check 'top ends well at q and leaves the terminal as it was' top_quits
	check 'top ends well at Ctrl-C and leaves the terminal as it was' top_ends_at_ctrl_c
	check 'top ends well at SIGTERM and leaves the terminal as it was' top_ends_at_sigterm
	check 'top ends when its interface goes, and says so behind its screen' \
		top_misses_its_interface
	check 'top refuses to run without a terminal' top_needs_a_terminal
	check 'top refuses a wrong value and a wrong filter' top_refuses_a_value
	check 'top names a terminal that it does not know' top_names_a_bad_terminal
	close_top
}
