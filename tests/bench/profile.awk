# SPDX-License-Identifier: MIT
#
# Where the instructions of one act go: of the files SYMBOLS and LOG, the functions, each with
# its instructions. SYMBOLS are lines 'ADDRESS TYPE NAME [MODULE]', sorted; LOG is QEMU's, a line
# an instruction, of a program that acts between its functions profile_begin and profile_end
# again and again. What is shown is the act of median length: an interrupt is in a few only.

FNR == NR {
	if ($2 ~ /^[tTwW]$/ && length($1) == 16) {
		address[++symbols] = $1
		name[symbols] = $3 ($4 ? " " $4 : "")
		if ($3 == "profile_begin") begin = $1
		if ($3 == "profile_end") end = $1
	}
	next
}

!/^Trace / { next }

{ split($4, part, "/"); at = part[2] }

at == begin { delete count; total = 0; is_counted = 1; next }
at == end { if (is_counted) finish(); is_counted = 0; next }
is_counted { count[function_of(at)]++; total++ }

# The last symbol that is not behind it. As texts: numbers have too few digits for addresses.
function function_of(at,   low, high, middle) {
	if (at in known) return known[at]
	low = 1
	high = symbols
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (address[middle] "" <= at "") low = middle
		else high = middle - 1
	}
	return known[at] = name[low]
}

function finish(   f) {
	length_of[++acts] = total
	for (f in count) of_act[acts, f] = count[f]
	for (f in count) functions[f]
}

# The act of median length: as many are shorter as longer.
function median(   i, j, less, same) {
	for (i = 1; i <= acts; i++) {
		less = same = 0
		for (j = 1; j <= acts; j++) {
			less += length_of[j] < length_of[i]
			same += length_of[j] == length_of[i]
		}
		if (less <= acts / 2 && less + same > acts / 2) return i
	}
}

END {
	if (acts < 3) { print "profile: too few acts in the log" > "/dev/stderr"; exit 1 }
	m = median()
	printf "%8d  all of it; the median of %d\n", length_of[m], acts
	for (f in functions) if ((m, f) in of_act)
		printf "%8d  %s\n", of_act[m, f], f | "sort -k1,1nr -k2"
}
