# SPDX-License-Identifier: MIT
#
# Of lines '# bench: TABLE; ROW; COLUMN; FIGURE' those of one table, for gnuplot: -v table=TABLE
# -v columns='COLUMN,COLUMN': a line a row, 'NUMBER "ROW" FIGURE FIGURE', the last one 0 where
# there is none. Rows without the first column are left out. With -v across=1 a line a column
# instead, 'COLUMN FIGURE FIGURE ...', behind one of the rows' names. A column 'ONE|OTHER' has the
# lesser figure of both, or the one that there is.

BEGIN { FS = "; "; n = split(columns, column, ",") }

sub(/^# bench: /, "") && $1 == table {
	if (!($2 in seen)) { seen[$2]; row[++rows] = $2 }
	figure[$2, $3] = $4 + 0
}

function lesser(row, names,   part, parts, i, least) {
	parts = split(names, part, "|")
	least = ""
	for (i = 1; i <= parts; i++)
		if ((row, part[i]) in figure && (least == "" || figure[row, part[i]] < least))
			least = figure[row, part[i]]
	return least
}

function print_rows(   r, c) {
	for (r = 1; r <= shown; r++) {
		printf "%d \"%s\"", r, show[r]
		for (c = 1; c <= n; c++) printf " %s", lesser(show[r], column[c]) + 0
		print ""
	}
}

function print_columns(   r, c) {
	printf "row"
	for (r = 1; r <= shown; r++) printf " \"%s\"", show[r]
	print ""
	for (c = 1; c <= n; c++) {
		printf "%s", column[c]
		for (r = 1; r <= shown; r++) printf " %s", lesser(show[r], column[c])
		print ""
	}
}

END {
	for (r = 1; r <= rows; r++)
		if (lesser(row[r], column[1]) != "" && (!across || lesser(row[r], column[n]) != ""))
			show[++shown] = row[r]
	if (across) print_columns()
	else print_rows()
	exit !shown
}
