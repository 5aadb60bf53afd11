# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# sockopt icmp on a terminal, which tmux is. Sourced after tools-lib.sh.

# term COLUMNS LINES COMMAND...: a terminal of that size, on host B, in which COMMAND runs and
# what it leaves stays.
term() {
	_columns=$1 _lines=$2
	shift 2
	tmux -f /dev/null -L sko kill-server 2>/dev/null
	tmux -f /dev/null -L sko new-session -d -x "$_columns" -y "$_lines" \
		"trap : INT; nsenter -t $SKO_B -n env TERM=screen $*; echo status \$?; exec cat"
}

screen() {
	tmux -L sko capture-pane -p -t 0 "$@"
}

on_screen() {
	screen | grep -Eq "$1"
}

keys() {
	tmux -L sko send-keys -t 0 "$@"
}

end_term() {
	tmux -L sko kill-server
	return 0
}

# size_is COLUMNS LINES: no line is longer, and there are no more.
size_is() {
	screen | awk -v columns="$1" -v lines="$2" 'length($0) > columns { bad = 1 }
		END { exit bad || NR > lines }'
}

# A packet's line has 'from' where all have it; what is below it begins below its columns.
columns_stand() {
	screen | awk '
		/^[0-9][0-9]:/ { if (!at) at = index($0, " from "); bad += index($0, " from ") != at; n++; next }
		/shown,/ { exit }
		{ bad += !/^ {23}[^ ]/ }
		END { exit bad || !n }'
}

# screen_of COLUMNS LINES
screen_of() {
	_streams=$(in_net "$SKO_B" grep -c icmp /proc/net/sockopt/streams)
	term "$1" "$2" sockopt icmp &&
		until_true has_streams "$SKO_B" $((_streams + 1)) || return 1
	pings 2
	closed_port $$ 10.9.0.1 10.9.1.2
	until_true on_screen 'port unreachable .*from 10\.9\.1\.2 for udp' || { screen; return 1; }
	keys C-c
	until_true on_screen '^status 0$' && until_true on_screen ' shown, 0 filtered, 0 lost$'
	screen
	size_is "$1" "$2" && columns_stand
}

# Two lines a packet, for each is a little longer.
small_screen() {
	screen_of 80 24 &&
	on_screen '^[0-9:.]{15} vb     echo request         from 10\.9\.0\.1 to 10\.9\.1\.2 id' &&
	on_screen '^ {23}10\.9\.0\.1:[0-9]+ > 10\.9\.1\.2:9$|^ {23}> 10\.9\.1\.2:9$'
	_ret=$?
	end_term
	return $_ret
}

large_screen() {
	screen_of 200 50 &&
	on_screen '^[0-9:.]{15} vb     echo request         from 10\.9\.0\.1 to 10\.9\.1\.2 id [0-9]+ seq 0$' &&
	on_screen ' vbc    port unreachable     from 10\.9\.1\.2 for udp 10\.9\.0\.1:[0-9]+ > 10\.9\.1\.2:9$'
	_ret=$?
	end_term
	return $_ret
}

# Each packet is there at once: on a terminal, lines are not kept back.
colors_are_on_terminals_only() {
	term 100 24 sockopt icmp -c 3 && until_true has_streams "$SKO_B" 1 || return 1
	closed_port $$ 10.9.0.1 10.9.1.2
	pings 1
	until_true on_screen '^status 0$'
	screen -e >"$dir/colors"
	end_term
	grep -q "$(printf '\033')\[1m.*port unreachable" "$dir/colors" ||
		grep -q "$(printf '\033')\[[0-9;]*31m.*port unreachable" "$dir/colors" || {
		cat -v "$dir/colors"; return 1; }
}

no_color() {
	term 100 24 NO_COLOR=1 sockopt icmp -c 3 && until_true has_streams "$SKO_B" 1 || return 1
	closed_port $$ 10.9.0.1 10.9.1.2
	pings 1
	until_true on_screen '^status 0$'
	screen -e >"$dir/colors"
	end_term
	grep -q 'port unreachable' "$dir/colors" && ! grep -q "$(printf '\033')" "$dir/colors"
}

tools_screen() {
	check 'icmp on a terminal of 80x24 has its columns' small_screen
	check 'and on one of 200x50' large_screen
	check 'errors are coloured on a terminal' colors_are_on_terminals_only
	check 'NO_COLOR is honoured' no_color
}
