# SPDX-License-Identifier: MIT
#
# What may be spent: of the files RESULT, with lines '# bench: TABLE; ROW; COLUMN; FIGURE', and
# BUDGETS, with lines 'TABLE; ROW; COLUMN; FIGURE', and 'TABLE; ROW; COLUMN / TABLE; ROW; COLUMN;
# RATIO'. Prints what is over, and what has become cheaper, by more than two in a hundred; fails
# if something is over or has no figure. With -v update=1: BUDGETS with the figures of RESULT.

BEGIN { FS = "; " }

FNR == NR {
	if (sub(/^# bench: /, "") && NF == 4) figure[$1 "; " $2 "; " $3] = $4
	next
}

/^#/ || !NF { if (update) print; next }

NF == 4 { key = $1 "; " $2 "; " $3; what = number(key); one(key, what, $4); next }

NF == 6 {
	split($3, middle, " / ")
	key = $1 "; " $2 "; " middle[1]
	base = middle[2] "; " $4 "; " $5
	what = number(base) ? number(key) / number(base) : 0
	ratio(key " / " base, what, $6)
	next
}

{ complain("not understood: " $0) }

function number(key) {
	if (key in figure) return figure[key]
	complain("no figure: " key)
	return 0
}

function one(key, what, budget) {
	checked++
	if (update) printf "%s; %.1f\n", key, what
	else if (what > budget * 1.02) complain(sprintf("over: %s: %.1f, not %.1f", key, what, budget))
	else if (what < budget * 0.98) printf "cheaper: %s: %.1f, not %.1f\n", key, what, budget
}

# A limit: never written anew, for it is a promise.
function ratio(key, what, budget) {
	checked++
	if (update) print
	else if (what > budget) complain(sprintf("over: %s: %.3f, not %.3f", key, what, budget))
}

function complain(text) {
	print text > "/dev/stderr"
	failed = 1
}

END {
	if (!checked) complain("no budgets")
	if (!update) printf "%d budgets\n", checked
	exit failed
}
