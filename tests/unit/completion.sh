#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The manual page, the program's --help and both completions name the same commands, and for
# each the same options.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
page=$top_srcdir/doc/man/sockopt.8
program=$top_builddir/tools/sockopt
zsh=$top_srcdir/tools/completion/_sockopt
failed=0
compared=0
export LC_ALL=C

# shellcheck source=../../tools/completion/sockopt.bash
. "$top_srcdir/tools/completion/sockopt.bash"

fail() {
	echo "FAIL: $1" >&2
	failed=1
}

# One a line, sorted, each once.
words() {
	tr -s ' \t,' '\n' | grep . | sort -u
}

# same WHAT THIS THAT: two lists of words.
same() {
	compared=$((compared + 1))
	[ "$2" = "$3" ] || fail "$1:
$(diff <(echo "$2") <(echo "$3"))"
}

# ---- The manual page: < in the differences ----

section() {
	awk -v title="$1" '/^\.S[hs]/ { inside = substr($0, 5) == title; next } inside' "$page"
}

page_commands() {
	section SYNOPSIS | sed -n 's/^\.Cm //p' | words
}

# Every 'Fl' of a line, with its dashes.
flags() {
	grep -oE '\<Fl +[^ ]+' | sed 's/^Fl *-/--/; s/^Fl */-/'
}

# '-lqx' is three options.
each_letter() {
	while read -r flag; do
		case $flag in
		--*) printf '%s\n' "$flag" ;;
		*) sed 's/./& /g; s/^- //; s/ *$//' <<<"$flag" | tr ' ' '\n' | sed 's/^/-/' ;;
		esac
	done
}

synopsis_options() {
	section SYNOPSIS | awk -v name="$1" '
		/^\.Nm/ { inside = 0 }
		/^\.Cm/ { inside = $2 == name }
		inside' | flags | each_letter
}

# Lines '-B --ring': of all commands, for a letter means the same in each.
aliases() {
	sed -n 's/^\.It \(Fl .* , Fl .*\)/\1/p' "$page" | while read -r line; do
		flags <<<"$line" | paste -sd " "
	done
}

# page_options COMMAND: those of the synopsis, by both names; each has --help.
page_options() {
	synopsis_options "$1" | while read -r option; do
		grep -E -e "(^| )$option( |\$)" "$aliases" || printf '%s\n' "$option"
	done | cat - <(echo '-h --help') | words
}

# Every option of the lists is in the synopsis of a command.
listed_options() {
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh [^D]/s/^\.It \(Fl .*\)/\1/p' "$page" | flags | words
}

# ---- The others ----

# None where the program is not built.
help_commands() {
	[ ! -x "$program" ] || "$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | words
}

help_options() {
	"$program" "$1" --help | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+' | words
}

# offered WORD...: what bash offers at the end of the line.
offered() {
	COMP_WORDS=("$program" "$@")
	COMP_CWORD=$#
	_sockopt 2>&1
	printf '%s\n' "${COMPREPLY[@]+"${COMPREPLY[@]}"}" | words
}

# Options in zsh's text: {-B,--ring} and '--errors[ . What $NAME stands for is one line.
zsh_flags() {
	grep -oE "\{-[^}]*\}|'--[a-z-]+" | tr -d "{}'" | words
}

zsh_array() {
	awk -v name="$1" 'index($0, "\t" name "=(") == 1 { inside = 1 }
		inside { print } inside && /\)$/ { exit }' "$zsh"
}

zsh_branch() {
	awk -v name="$1" '
		match($0, /^\t[a-z|]+\)/) {
			names = "|" substr($0, 2, RLENGTH - 2) "|"
			inside = index(names, "|" name "|")
		}
		inside { print }
		/;;$/ { inside = 0 }' "$zsh"
}

zsh_options() {
	local branch

	branch=$(zsh_branch "$1")
	{
		echo "$branch"
		for array in $(grep -oE '\$[a-z]+' <<<"$branch" | tr -d '$'); do
			zsh_array "$array"
		done
	} | zsh_flags
}

zsh_commands() {
	zsh_array commands | sed -n "s/^\t*'\([a-z]*\):.*/\1/p" | words
}

# ---- Checks ----

check_command() {
	local name=$1 wanted

	wanted=$(page_options "$name")
	same "options of $name in bash" "$wanted" "$(offered "$name" -)"
	same "long options of $name in bash" "$(grep -e '^--' <<<"$wanted")" \
		"$(offered "$name" --)"
	same "options of $name in zsh" "$wanted" "$(zsh_options "$name")"
	! help_commands | grep -qx "$name" ||
		same "options of $name in its help" "$wanted" "$(help_options "$name")"
}

check_values() {
	same 'values of --color' "$(words <<<'auto always never')" "$(offered icmp --color '')"
	same 'values of --color=' "$(words <<<'auto always never')" "$(offered icmp --color =)"
	same 'values of --color=a' "$(words <<<'auto always')" "$(offered icmp --color = a)"
	same 'values of -s' max "$(offered icmp -s '')"
	same 'values of -c' '' "$(offered icmp -c '')"
	same 'values of -m' '' "$(offered send -m '')"
	same 'values of -i' lo "$(offered icmp -i l | grep -x lo)"
	same 'values of -i' lo "$(offered top --interface l | grep -x lo)"
	same 'values of -Z' root "$(offered icmp -Z roo)"
	same 'values of -r' "$page" "$(offered icmp -r "${page%.8}.8")"
	same 'values of -w' "$page" "$(offered icmp --write "${page%.8}.8")"
}

# A program of the same name in the place of ours: it lists what a machine would have.
check_channels() {
	local program=$dir/sockopt name

	printf '#!/bin/sh\necho "CHANNEL ID"\necho "icmp 2"\necho "message 1"\n' >"$program"
	chmod +x "$program"
	for name in send recv call; do
		same "channels for $name" "$(words <<<'icmp message')" "$(offered "$name" '')"
		same "channels for $name" message "$(offered "$name" m)"
	done
	cat >"$program" <<-'END'
		#!/bin/sh
		echo "CHANNEL ID"
		echo '$(touch $dir/run) 1'
	END
	export dir
	offered send '' >/dev/null
	[ ! -e "$dir/run" ] || fail 'what is offered is run'
	same 'no channels for stats' '' "$(offered stats '')"
	printf '#!/bin/sh\necho "no module" >&2\nexit 1\n' >"$program"
	same 'channels without module' '' "$(offered send '')"
}

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
aliases=$dir/aliases
aliases >"$aliases"

[ "$(page_commands | wc -l)" -gt 5 ] || fail 'the page has few commands'
same 'commands in bash' "$(page_commands)" "$(offered '')"
same 'commands in zsh' "$(page_commands)" "$(zsh_commands)"
same 'options before a command' "$(words <<<'-h --help -V --version')" "$(offered -)"
same 'options of the lists that no synopsis has' '' "$(comm -23 <(listed_options) \
	<(for name in $(page_commands); do page_options "$name"; done | sort -u))"
for name in $(page_commands); do check_command "$name"; done
[ ! -x "$program" ] ||
	same 'commands in its help' "$(page_commands)" "$(help_commands | words)"
check_values
check_channels
if command -v zsh >/dev/null; then zsh -f -n "$zsh" || fail 'zsh cannot read its file'; fi
[ $failed -eq 0 ] || exit 1
echo "$compared lists compared"
