#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bites.sh BUILD SOURCES: shows that the checkers of checkers.sh, as tree.sh asks them, see
# a fault. BUILD is where configure was, SOURCES has the kernel's checkpatch.pl. Prints TAP.

set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1

build=$1 sources=$2
layer=bites
. tests/tap.sh
. tests/lint/checkers.sh

dir=$lint/bites		# in the tree, for clang-tidy finds its configuration from there upwards
rm -rf "$dir" && mkdir -p "$dir/broken" || exit 1

# complains WORD CHECKER [FILE]...: it fails, and says the word.
complains() {
	local word=$1

	shift
	! "$@" >"$dir/said" 2>&1 && grep -qF -e "$word" "$dir/said" && return
	cat "$dir/said"
	return 1
}

# fails_without PROGRAM CHECKER FILE...
fails_without() {
	local program=$dir/broken/$1

	shift
	printf '#!/bin/sh\nexit 127\n' >"$program" && chmod +x "$program" || return
	! PATH=$dir/broken:$PATH "$@"
	local status=$?
	rm "$program"
	return $status
}

# checker PROGRAM FUNCTION FILE: what holds for each. There is nothing to find in the file.
checker() {
	local program=$1 function=$2 file=$3

	check "$function lets pass what is well" "$function" "$file"
	check "$function is red without $program" fails_without "$program" "$function" "$file"
	check "$function is red without a file" complains 'no file' "$function"
}

# put FILE: from standard input, with the line that begins every file.
put() {
	mkdir -p "$(dirname "$dir/$1")" &&
	{ case $1 in
	*.h) echo '/* SPDX-License-Identifier: GPL-2.0-only */' ;;
	*.c) echo '// SPDX-License-Identifier: GPL-2.0-only' ;;
	esac; cat; } >"$dir/$1"
}

# ---- The kernel -----------------------------------------------------------------------

# fault_module NAME: from standard input, built as a module.
fault_module() {
	{ printf '#include <linux/module.h>\n#include <linux/spinlock.h>\n'; cat
	echo 'MODULE_LICENSE("GPL");'; } | put "$1/$1.c" && echo "obj-m := $1.o" >"$dir/$1/Kbuild"
}

fault_module well <<'END'
u32 well(__be32 word);

u32 well(__be32 word)
{
	return be32_to_cpu(word);
}
END
fault_module order <<'END'
u32 order(__be32 word);

u32 order(__be32 word)
{
	return word;
}
END
fault_module lock <<'END'
static DEFINE_SPINLOCK(held);
void lock(void);

void lock(void)
{
	spin_lock(&held);
}
END
fault_module unread <<'END'
int unread(void);

int unread(void)
{
	int value;

	value = 1;
	return 0;
}
END
checker sparse ask_sparse "$dir/well"
check 'sparse sees a wrong byte order' complains 'different base types' ask_sparse "$dir/order"
check 'sparse sees a lock that stays' complains 'context imbalance' ask_sparse "$dir/lock"
check 'the compiler sees a value that nobody reads' \
	complains unused-but-set ask_sparse "$dir/unread"

put style/long.c <<'END'
int a_line_of_a_hundred_and_one_columns_a_line_of_a_hundred_and_one_columns_a_line_of_a_hundre_and_1;
END
put style/barrier.c <<'END'
static void fault(void)
{
	smp_mb();
}
END
put style/bit.h <<'END'
#define FLAG (1 << 3)
END
checker perl ask_checkpatch "$dir/well/well.c"
check 'checkpatch sees a line of 101 columns' complains LONG_LINE ask_checkpatch "$dir/style/long.c"
check 'checkpatch sees a barrier that says nothing' \
	complains MEMORY_BARRIER ask_checkpatch "$dir/style/barrier.c"
check 'what headers for programs may is refused elsewhere' \
	complains BIT_MACRO ask_checkpatch "$dir/style/bit.h"

put loop.c <<'END'
static int fault(void)
{
	int cpu, values[2], sum = 0;

	for_each_possible_cpu(cpu)
		sum += values[cpu];
	return sum;
}
END
checker cppcheck ask_cppcheck_kernel "$dir/well/well.c"
check 'cppcheck knows the loops of the kernel' \
	complains uninitvar ask_cppcheck_kernel "$dir/loop.c"

# ---- Programs -------------------------------------------------------------------------

put good.c <<'END'
int main(void)
{
	return 0;
}
END
put leak.c <<'END'
#include <fcntl.h>

int main(void)
{
	int fd = open("/dev/null", O_RDONLY);

	return fd < 0;
}
END
checker cppcheck ask_cppcheck "$dir/good.c"
check 'cppcheck sees a descriptor that is not closed' \
	complains resourceLeak ask_cppcheck "$dir/leak.c"

put null.c <<'END'
int main(int argc, char **argv)
{
	char *word = argc > 1 ? argv[1] : 0;

	return *word;
}
END
put ignored.c <<'END'
#include <stdio.h>

int main(void)
{
	remove("x");
	return 0;
}
END
put macro.c <<'END'
#define TWICE(x) x * 2

int main(void)
{
	return TWICE(1);
}
END
put sign.c <<'END'
int main(int argc, char **argv)
{
	unsigned int count = argc;

	return argv[count - 1] ? 0 : 1;
}
END
put library/thread.c <<'END'
#include <stdlib.h>

const char *home(void);

const char *home(void)
{
	return getenv("HOME");
}
END
cp libsockopt/.clang-tidy "$dir/library/"
mkdir "$dir/tests" && cp tests/.clang-tidy "$dir/null.c" "$dir/tests/"
checker clang-tidy ask_clang_tidy "$dir/good.c"
check 'clang-tidy sees a pointer that may be NULL' \
	complains core.NullDereference ask_clang_tidy "$dir/null.c"
check 'it does in tests' complains core.NullDereference ask_clang_tidy "$dir/tests/null.c"
check 'clang-tidy sees an error that nobody asks for' \
	complains cert-err33-c ask_clang_tidy "$dir/ignored.c"
check 'clang-tidy sees a macro that is torn apart' \
	complains bugprone-macro-parentheses ask_clang_tidy "$dir/macro.c"
check 'clang sees a sign that is lost' complains sign-conversion ask_clang_tidy "$dir/sign.c"
check 'clang-tidy sees what is not for threads, in the library' \
	complains concurrency-mt-unsafe ask_clang_tidy "$dir/library/thread.c"
check 'one fault among files that are well is seen' \
	complains core.NullDereference ask_clang_tidy "$dir/null.c" "$dir/good.c"

# ---- Everything -------------------------------------------------------------------------

put good.sh <<'END'
#!/bin/sh
echo "$1"
END
put unquoted.sh <<'END'
#!/bin/sh
echo $1
END
put nullary.sh <<'END'
#!/bin/sh
[ "$1" ] && echo
END
checker shellcheck ask_shellcheck "$dir/good.sh"
check 'shellcheck sees a word that is not quoted' \
	complains SC2086 ask_shellcheck "$dir/unquoted.sh"
check 'shellcheck sees a condition without an operator' \
	complains SC2244 ask_shellcheck "$dir/nullary.sh"

printf 'We re%sve.\n' cei >"$dir/good.md"
printf 'We re%sve.\n' cie >"$dir/misspelt.md"
checker codespell ask_codespell "$dir/good.md"
check 'codespell sees a word that is misspelt' complains receive ask_codespell "$dir/misspelt.md"

patch_of() {
	printf -- '--- a/.gitignore\n+++ b/.gitignore\n@@ -1,1 +1,1 @@\n-%s\n+x\n' "$1"
}

patch_of "$(head -n 1 .gitignore)" >"$dir/good.patch"
patch_of 'not there' >"$dir/stale.patch"
checker patch ask_patch "$dir/good.patch"
check 'patch sees what is not there' complains 'does not apply' ask_patch "$dir/stale.patch"
