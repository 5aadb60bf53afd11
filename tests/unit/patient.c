/* SPDX-License-Identifier: MIT */
#include "patient.h"

#include "modmake.h"
#include "tree.h"

#include <check.h>
#include <errno.h>
#include <string.h>

struct doctor patient;

static const char status[] =
	"Name:\tsockopt\n"
	"CapPrm:\t000001ffffffffff\n"
	"CapEff:\t000001ffffffffff\n"
	"CapBnd:\t000001ffffffffff\n"
	"NoNewPrivs:\t0\n"
	"Seccomp:\t0\n";

void patient_module(const char *name, const char *lines, size_t size, int is_signed)
{
	struct modmake made;

	modmake(&made, 1, 0, lines, size);
	if (is_signed)
		modmake_append(&made, MODMAKE_SIGNATURE);
	tree_put_bytes(name, made.bytes, made.size);
}

static void make_files(void)
{
	tree_put("/etc/os-release", "NAME=x\nID=debian\n");
	tree_put("/lib/modules/" RELEASE "/build/Makefile", "");
	tree_put("/lib/modules/" RELEASE "/build/include/generated/utsrelease.h", "");
	tree_put("/lib/modules/" RELEASE "/build/scripts/sign-file", "");
	tree_put("/lib/modules/" RELEASE "/modules.dep",
		 "kernel/net/a.ko:\nupdates/sockopt.ko: kernel/net/a.ko\n");
	tree_put("/proc/cmdline", "root=/dev/vda quiet\n");
	tree_put("/proc/modules", "nf_tables 1 0 - Live 0x0\n");
	tree_put("/proc/net/netfilter/nf_log", "");
	tree_put("/proc/sys/kernel/ostype", "Linux\n");
	tree_put("/proc/self/status", status);
	tree_put("/proc/self/uid_map", "         0          0 4294967295\n");
	tree_link("/proc/self/ns/user", "user:[4026531837]");
	tree_put("/sys/firmware/efi/fw_platform_size", "64\n");
	tree_put("/sys/module/module/parameters/sig_enforce", "N\n");
	tree_put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	patient_module(MODULE, MAGIC, sizeof(MAGIC) - 1, 0);
}

void patient_make(void)
{
	memset(&patient, 0, sizeof(patient));
	patient.root = tree_make();
	patient.release = RELEASE;
	patient.machine = "x86_64";
	patient.program = "/usr/bin/sockopt";
	patient.page_size = 4096;
	patient.probe.control_error = -ENOPROTOOPT;
	patient.probe.open_error = -ENOPROTOOPT;
	patient.probe.stream_error = -ENOPROTOOPT;
	make_files();
}

void patient_free(void)
{
	findings_free(&patient.findings);
}

void patient_load(void)
{
	tree_put("/sys/module/sockopt/version", "0.1.0\n");
	tree_put("/sys/module/sockopt/initstate", "live\n");
	tree_put("/sys/module/sockopt/taint", "OE\n");
	tree_put("/proc/sys/net/sockopt/streams_max", "1024\n");
	tree_put("/proc/sys/net/sockopt/ring_bytes_max", "67108864\n");
	tree_put("/proc/sys/net/sockopt/log_messages", "0\n");
	tree_put("/proc/net/sockopt/stats", "channel streams opened seen\n");
	tree_put("/proc/net/sockopt/streams", "channel inode pid uid slots snaplen seen\n");
	patient.probe.open_error = 0;
	patient.probe.stream_error = 0;
	patient.probe.features = UINT64_MAX;
	strcpy(patient.probe.version, "0.1.0");
}

void patient_examine(void)
{
	survey(&patient);
	examine(&patient);
}

static void expect_word(const char *text, const char *word)
{
	if (!word)
		return;
	ck_assert_msg(text && strstr(text, word), "no '%s' in '%s'", word,
		      text ? text : "(nothing)");
}

void expect(const char *check, enum status expected, const char *found, const char *advice)
{
	const struct finding *finding = findings_of(&patient.findings, check);

	ck_assert_msg(finding != NULL, "nothing is said of %s", check);
	ck_assert_msg(finding->status == expected, "%s: status %d, %s", check,
		      (int)finding->status, finding->found);
	expect_word(finding->found, found);
	expect_word(finding->advice, advice);
	ck_assert_msg((expected == STATUS_OK) == !finding->advice,
		      "%s: who is ill, and nobody else, gets advice", check);
}

void expect_none(const char *check)
{
	const struct finding *finding = findings_of(&patient.findings, check);

	ck_assert_msg(!finding, "%s: %s", check, finding ? finding->found : "");
}

void expect_one_fail(const char *check)
{
	const struct finding *one;
	size_t i;

	for (i = 0; i < patient.findings.count; i++) {
		one = &patient.findings.all[i];
		ck_assert_msg(one->status != STATUS_FAIL ||
			      (check && !strcmp(one->check, check)),
			      "%s fails, too: %s", one->check, one->found);
	}
	ck_assert_int_eq(findings_fail(&patient.findings), check != NULL);
}
