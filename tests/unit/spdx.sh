#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every file says what its licence is, and there is a text of each licence.

set -u
: "${top_srcdir:=.}"
cd "$top_srcdir" || exit 1

files() {
	find .ci doc include kernel libsockopt samples tests tools run NEWS Makefile.am \
		configure.ac README.md CONTRIBUTING.md -type f \( -name '*.[ch]' -o \
		-name '*.sh' -o -name '*.md' -o -name '*.map' -o -name '*.pc.in' -o \
		-name '*.patch' -o -name '*.pml' -o -name '*.[1-9]' -o -name Kbuild -o \
		-name run -o -name init -o -name NEWS -o -name Makefile.am -o \
		-name configure.ac \) \
		! -name '*.mod.c'
}

# The first of a file is its own.
licences() {
	files | while read -r file; do
		grep -h -m 1 'SPDX-License-Identifier: ' "$file"
	done | grep -oE '[^:]*$' | grep -oE '[A-Za-z0-9.-]+' |
		grep -vxE 'OR|WITH|--' | sort -u
}

status=0
[ "$(files | wc -l)" -gt 50 ] || { echo "found few files only"; status=1; }
missing=$(files | xargs grep -L 'SPDX-License-Identifier: ')
[ -z "$missing" ] || { echo "no licence: $missing"; status=1; }
for licence in $(licences); do
	[ -s "LICENSES/$licence.txt" ] || { echo "no LICENSES/$licence.txt"; status=1; }
done
exit $status
