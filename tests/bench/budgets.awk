# SPDX-License-Identifier: MIT
#
# What may be spent: of the files RESULT, with lines '# bench: TABLE; ROW; COLUMN; FIGURE', and
# BUDGETS, with lines 'TABLE; ROW; COLUMN; FIGURE', and 'TABLE; ROW; COLUMN / TABLE; ROW; COLUMN;
# RATIO'. Prints what is over, and what has become cheaper, by more than two in a hundred; fails
# if something is over or has no figure. With -v update=1: BUDGETS with those figures of
# RESULT that are lower.
#
# Instructions are those of one kernel, named by a line 'kernel; RELEASE' in BUDGETS and '# kernel:
# RELEASE' in RESULT. With another one only ratios are held against it.

BEGIN { FS = "; " }

FNR == NR {
	if (sub(/^# kernel: /, "")) kernel = $0
	if (sub(/^# bench: /, "") && NF == 4) figure[$1 "; " $2 "; " $3] = $4
	next
}

/^#/ || !NF { if (update) print; next }

$1 == "kernel" && NF == 2 {
	is_other = $2 != kernel
	if (update) print "kernel; " kernel
	else if (is_other) print "only ratios are compared: measured on " kernel ", not " $2
	next
}

NF == 4 { key = $1 "; " $2 "; " $3; what = number(key); one(key, what, $4); next }

NF == 6 {
	split($3, middle, " / ")
	key = $1 "; " $2 "; " middle[1]
	base = middle[2] "; " $4 "; " $5
	what = number(key)
	over = number(base)
	ratio(key " / " base, what == "" || over == "" ? "" : what / over, $6)
	next
}

{ complain("not understood: " $0) }

# "" where there is none.
function number(key) {
	if (key in figure) return figure[key]
	complain("no figure: " key)
	return ""
}

# Never written higher: what costs more is for people to decide on. With another kernel all are
# written anew.
function one(key, what, budget) {
	if (update) printf "%s; %.1f\n", key, is_other || what < budget ? what : budget
	else if (what == "" || is_other) return
	else if (what > budget * 1.02) complain(sprintf("over: %s: %.1f, not %.1f", key, what, budget))
	else {
		held++
		if (what < budget * 0.98) printf "cheaper: %s: %.1f, not %.1f\n", key, what, budget
	}
}

# A limit: never written anew.
function ratio(key, what, budget) {
	if (update) print
	else if (what == "") return
	else if (what > budget) complain(sprintf("over: %s: %.3f, not %.3f", key, what, budget))
	else held++
}

function complain(text) {
	print text > "/dev/stderr"
	failed = 1
}

END {
	if (!update) printf "%d budgets hold\n", held
	exit failed || (!update && !held)
}
