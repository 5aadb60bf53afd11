#!/bin/bash
# SPDX-License-Identifier: MIT
#
# prometheus.sh FILE DIRECTORY: a real Prometheus, unpacked in DIRECTORY, collects the text of
# FILE, which 'sockopt stats --openmetrics' wrote, and says what it understood. Prints TAP.
# Everything listens on 127.0.0.1 only, and ends with this script.

set -u

file=$1 prometheus=$2/usr/bin/prometheus
work=$(mktemp -d)
processes=()
layer=tools
. "$(dirname "$0")/../tap.sh"
here=$(cd "$(dirname "$0")" && pwd)

leave() {
	[ ${#processes[@]} -eq 0 ] || { kill "${processes[@]}"; wait; } 2>/dev/null
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 143' HUP INT TERM

# until_true COMMAND...: false after 60 seconds.
until_true() {
	local end=$((SECONDS + 60))

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# get PORT PATH: what a server here answers. Perl, for a minimal Debian has nothing else.
get() {
	perl "$here/http.pl" get "$1" "$2"
}

# The target: this file, by HTTP, as OpenMetrics.
serve() {
	perl "$here/http.pl" serve "$file" >"$work/port" &
	processes+=($!)
	until_true test -s "$work/port" && target=$(cat "$work/port")
}

configuration() {
	cat <<END
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: sockopt
    static_configs:
      - targets: ['127.0.0.1:$target']
END
}

# A port that is free now.
free_port() {
	perl "$here/http.pl" port
}

start() {
	configuration >"$work/prometheus.yml"
	port=$(free_port) || return 1
	"$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
		--web.listen-address="127.0.0.1:$port" >"$work/log" 2>&1 &
	processes+=($!)
	until_true get "$port" /-/ready && return
	cat "$work/log"
	return 1
}

# What it has now, of our target, as lines 'NAME{LABELS} VALUE', without its own labels.
samples() {
	get "$port" '/federate?match[]={job="sockopt"}' | grep -v '^#' | sed -E '
		s/(,?)(instance|job)="[^"]*"/\1/g
		s/\{,+/{/; s/,+\}/}/; s/,,+/,/g; s/\{\}//; s/ [0-9]+$//'
}

is_up() {
	samples | grep -qx 'up 1'
}

# Labels in one order, numbers as Prometheus writes them.
plain() {
	perl -ne 'next if /^#/; chomp; my ($name, $labels, $value) =
		/^([a-z_]+)(?:\{(.*)\})? (\S+)$/ or die "no sample: $_\n";
		my @labels = sort(($labels // "") =~ /[a-z]+="(?:[^"\\]|\\.)*"/g);
		printf "%s{%s} %.15g\n", $name, join(",", @labels), $value' | sort
}

# All of the text, and nothing else.
says_the_same() {
	samples | grep '^sockopt' | plain >"$work/said"
	plain <"$file" >"$work/given"
	wc -l <"$work/given"
	[ -s "$work/given" ] && diff "$work/given" "$work/said"
}

knows_types() {
	local name type

	get "$port" /api/v1/metadata >"$work/metadata"
	sed -n 's/^# TYPE //p' "$file" | while read -r name type; do
		grep -Eq "\"$name(_total)?\":\[\{\"type\":\"$type\"" "$work/metadata" ||
			echo "$name is no $type"
	done >"$work/strange"
	! grep . "$work/strange"
}

# Its log has no warning.
has_no_complaint() {
	! grep -iE 'level=(warn|error)' "$work/log"
}

check 'a web server serves what stats --openmetrics wrote' serve
check 'prometheus starts' start
check 'prometheus reads what stats --openmetrics wrote' until_true is_up
check 'prometheus has every sample with its labels and its value' says_the_same
check 'prometheus knows the type of every metric' knows_types
check 'prometheus has nothing to complain about' has_no_complaint
