# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
#
# ./run coverage: which lines of module, library and command the tests reach. All of it is built
# for gcov, with a kernel that can keep the module's counts; then run the unit tests, those of
# the module with its faults, and those of the command, and what they counted is added up.
# Sourced by `run`, after debug.sh.
#
#   build/logs/cover/coverage.txt   the table, with the lines that were not reached
#
# Each line of kernel/ and libsockopt/ that no test reaches stands in tests/coverage.txt, with
# the reason.

coverage_packages='gcovr jq'
enough=95	# percent of the lines of kernel/ and libsockopt/
counts=/tmp/counts	# where programs in the machine count, by their GCOV_PREFIX

cmd_coverage() {
	kind=cover
	export CFLAGS='-Og -g --coverage' SOCKOPT_GCOV=y
	prepare_debug
	install_missing "$coverage_packages"
	forget_counts
	layer_counted_unit
	machine_words+=("GCOV_PREFIX=$counts" GCOV_ERROR_FILE=/dev/null)
	machine_layer vm coverage
	layer_tools
	step report in_group coverage_report
	script_layer coverage coverage_tests
	coverage_table
	summary
}

forget_counts() {
	find "$build" -name linux -prune -o \( -name '*.gcda' -o -name '*conftest*' \) \
		-exec rm -f {} +
	rm -rf "$logs/counts"
}

# The scripts among the unit tests look at what users build, and at programs of their own.
layer_counted_unit() {
	layer_unit TESTS='tests/unit/check_unit tests/unit/check_tools tests/unit/check_doctor'
}

# ---- The report ------------------------------------------------------------------

coverage_report() {
	mkdir -p "$logs/counts" &&
	counts_of unit "$build" &&
	counts_from_machine module "$logs/vm-coverage.tar" &&
	counts_from_machine command "$logs/vm-tools.tar" &&
	add_up --json "$logs/coverage.json" && add_up --txt "$logs/coverage.txt"
}

add_up() {
	gcovr -r "$root" -a "$logs/counts/unit.json" -a "$logs/counts/module.json" \
		-a "$logs/counts/command.json" "$@"
}

# counts_of RUN DIR: the counts in DIR, as RUN.json. The module is built from links: gcovr
# filters by what they lead to, and calls them by their names in the build.
counts_of() {
	gcovr -r "$root" -f "$root/kernel/" -f "$root/libsockopt/" -f "$root/tools/" \
		-f "$root/include/" --json "$logs/counts/links.json" "$2" &&
	jq --arg dir "${build#"$root"/}/" '.files[].file |= ltrimstr($dir)' \
		"$logs/counts/links.json" >"$logs/counts/$1.json"
}

# counts_from_machine RUN TAR: its files have the names that they would have in our own build.
counts_from_machine() {
	local dir=$logs/counts/$1

	rm -rf "$dir" && mkdir -p "$dir" &&
	tar -C "$dir" -xf "$2" &&
	notes_beside_counts "$dir" &&
	counts_of "$1" "$dir"
}

# What the compiler said of a file, beside what its run counted.
notes_beside_counts() {
	local file note

	find "$1" -name '*.gcda' | while read -r file; do
		note=$build/${file#*"$build"/}
		note=${note%.gcda}.gcno
		[ ! -e "$note" ] || cp "$note" "${file%.gcda}.gcno"
	done
}

# ---- What has to hold ------------------------------------------------------------

# Lines 'FILE NUMBER COUNT' of a directory.
coverage_lines() {
	jq -r --arg dir "$1/" '.files[] | select(.file | startswith($dir)) | .file as $file |
		.lines[] | select(."gcovr/noncode" | not) |
		"\($file) \(.line_number) \(.count)"' "$logs/coverage.json"
}

# Prints 'REACHED ALL PERCENT' of a directory.
coverage_sums() {
	coverage_lines "$1" | awk '{ all++; reached += $3 > 0 }
		END { printf "%d %d %.1f\n", reached, all, all ? 100 * reached / all : 0 }'
}

# Those that are not reached, as tests/coverage.txt names them: 'FILE: TEXT'. A text that is
# there twice is named twice.
coverage_missed() {
	local file number count

	coverage_lines "$1" | while read -r file number count; do
		[ "$count" -gt 0 ] || sed -n "${number}s|^[[:space:]]*|$file: |p" "$file"
	done | sort
}

coverage_named() {
	sed -n "s|^\($1/.*[^ ]\) *//.*|\1|p" tests/coverage.txt | sort
}

is_enough() {
	local reached all percent

	read -r reached all percent < <(coverage_sums "$1")
	echo "$reached of $all lines, $percent %"
	[ "$all" -gt 0 ] && [ $((100 * reached)) -ge $((enough * all)) ]
}

is_as_named() {
	diff <(coverage_named "$1") <(coverage_missed "$1")
}

coverage_tests() (
	layer=coverage
	. tests/tap.sh
	for dir in kernel libsockopt; do
		check "$enough % of the lines of $dir are reached" is_enough "$dir"
		check "those of $dir that are not are those of tests/coverage.txt" is_as_named "$dir"
	done
)

coverage_table() {
	local dir

	for dir in kernel libsockopt tools include; do
		# shellcheck disable=SC2046,SC2183
		printf '%-12s %d of %d lines, %s %%\n' "$dir" $(coverage_sums "$dir")
	done
}
