# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of sockopt(8) for bash; needs nothing of the package bash-completion but the
# place where it looks for this file.

_sockopt_commands='icmp top send recv call channels streams stats doctor'

# Prints the options of a command; those that take a value are in _sockopt_value, too.
_sockopt_options() {
	case $1 in
	icmp) echo '-B --ring -C --rotate-size -G --rotate-seconds -W --rotate-files
		-Z --user -c --count -i --interface -l --line-buffered -n --numeric -q --quiet
		-r --read -s --snapshot-length -w --write -x --hex
		--color --date --duration --errors --json --names --no-process -h --help' ;;
	top) echo '-B --ring -d --delay -i --interface --errors -h --help' ;;
	send|call) echo '-m --message -h --help' ;;
	recv) echo '-h --help' ;;
	channels|streams|doctor) echo '--json -h --help' ;;
	stats) echo '--json --openmetrics -h --help' ;;
	'') echo '-h --help -V --version' ;;
	esac
}

_sockopt_interfaces() {
	local path

	for path in /sys/class/net/*; do
		[[ ! -L $path ]] || echo "${path##*/}"
	done
}

# Empty without the module, or the right to ask it.
_sockopt_channels() {
	local name rest

	"${COMP_WORDS[0]}" channels 2>/dev/null | while read -r name rest; do
		[[ $name = CHANNEL ]] || echo "$name"
	done
}

# _sockopt_words WORD WORDS: those that begin with WORD. (Not by compgen -W, which expands
# them: the name of an interface may hold a command.)
_sockopt_words() {
	local name

	while read -r name; do
		[[ -z $name || $name != "$1"* ]] || COMPREPLY+=("$(printf %q "$name")")
	done < <(tr -s ' \t' '\n' <<<"$2")
}

# _sockopt_value OPTION WORD: the option's value. False: it takes none.
_sockopt_value() {
	case $1 in
	-i|--interface) _sockopt_words "$2" "$(_sockopt_interfaces)" ;;
	-Z|--user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	-r|--read|-w|--write)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	--color) _sockopt_words "$2" 'auto always never' ;;
	-s|--snapshot-length) _sockopt_words "$2" max ;;
	-B|--ring|-C|--rotate-size|-G|--rotate-seconds|-W|--rotate-files) ;;
	-c|--count|-d|--delay|-m|--message|--duration) ;;
	*) return 1 ;;
	esac
}

# The option whose value the word at the cursor is: bash gives '--color=a' as three words.
_sockopt_before() {
	local at=$((COMP_CWORD - 1))

	[[ ${COMP_WORDS[COMP_CWORD]} != = ]] || { echo "${COMP_WORDS[at]}"; return; }
	[[ ${COMP_WORDS[at]} != = ]] || at=$((at - 1))
	echo "${COMP_WORDS[at]}"
}

_sockopt() {
	local word=${COMP_WORDS[COMP_CWORD]} command=''

	COMPREPLY=()
	if [[ $COMP_CWORD -gt 1 ]]; then
		command=${COMP_WORDS[1]}
		[[ $word != = ]] || word=''
		_sockopt_value "$(_sockopt_before)" "$word" && return
	fi
	case $command/$word in
	*/-*) _sockopt_words "$word" "$(_sockopt_options "$command")" ;;
	/*) _sockopt_words "$word" "$_sockopt_commands" ;;
	send/*|recv/*|call/*) _sockopt_words "$word" "$(_sockopt_channels)" ;;
	esac
}

complete -F _sockopt sockopt
