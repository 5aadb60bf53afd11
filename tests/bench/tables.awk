# SPDX-License-Identifier: MIT
#
# Figures of the benchmark, lines '# bench: TABLE; ROW; COLUMN; FIGURE', as tables for people, or
# with -v json=1 as JSON: {"TABLE": {"ROW": {"COLUMN": FIGURE}}}.

BEGIN { FS = "; " }

sub(/^# bench: /, "") && NF == 4 {
	if (!($1 in tables)) { tables[$1]; table[++table_count] = $1 }
	if (!(($1, $2) in rows)) { rows[$1, $2]; row[$1, ++row_count[$1]] = $2 }
	if (!(($1, $3) in columns)) { columns[$1, $3]; column[$1, ++column_count[$1]] = $3 }
	figure[$1, $2, $3] = $4
}

function print_table(t,   r, c, width) {
	for (r = 1; r <= row_count[t]; r++)
		if (length(row[t, r]) > width) width = length(row[t, r])
	printf "%-*s", width, t
	for (c = 1; c <= column_count[t]; c++) printf " %12s", column[t, c]
	print ""
	for (r = 1; r <= row_count[t]; r++) print_row(t, row[t, r], width)
	print ""
}

function print_row(t, name, width,   c, key) {
	printf "%-*s", width, name
	for (c = 1; c <= column_count[t]; c++) {
		key = t SUBSEP name SUBSEP column[t, c]
		if (key in figure) printf " %12.1f", figure[key]
		else printf " %12s", ""
	}
	print ""
}

function print_json(   t, r, c, name, key, sep) {
	for (t = 1; t <= table_count; t++) {
		printf "%s\n  \"%s\": {", (t > 1 ? "," : "{"), table[t]
		for (r = 1; r <= row_count[table[t]]; r++) {
			name = row[table[t], r]
			printf "%s\n    \"%s\": {", (r > 1 ? "," : ""), name
			sep = ""
			for (c = 1; c <= column_count[table[t]]; c++) {
				key = table[t] SUBSEP name SUBSEP column[table[t], c]
				if (!(key in figure)) continue
				printf "%s \"%s\": %s", sep, column[table[t], c], figure[key]
				sep = ","
			}
			printf " }"
		}
		printf "\n  }"
	}
	print "\n}"
}

END {
	if (json) print_json()
	else for (t = 1; t <= table_count; t++) print_table(table[t])
	exit !table_count
}
