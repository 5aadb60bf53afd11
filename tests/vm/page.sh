#!/bin/sh
# SPDX-License-Identifier: MIT
#
# page.sh PAGE: prints, as one shell script, what a reader of the page types: its commands
# (blocks 'sh'), and its files (blocks behind a line that ends with their name in quotes).

awk '
	/`[A-Za-z.]+`:$/ { name = $0; sub(/`:$/, "", name); sub(/.*`/, "", name) }
	/^```/ && !inside {
		inside = 1
		kind = substr($0, 4)
		if (kind == "sh")
			next
		if (kind != "" && name != "")
			printf "cat >%s <<\047END_OF_FILE\047\n", name
		else
			kind = ""
		next
	}
	/^```/ {
		if (kind != "" && kind != "sh")
			print "END_OF_FILE"
		inside = 0
		name = ""
		next
	}
	inside && kind != "" { print }
' "$1"
