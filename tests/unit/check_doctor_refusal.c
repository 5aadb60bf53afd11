/* SPDX-License-Identifier: MIT */
/* What keeps a module out: modprobe, signatures, another one with its numbers. */
#include "check_doctor.h"
#include "patient.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

#define SECURE_BOOT	"/sys/firmware/efi/efivars/" \
			"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define ENROLLED	"/sys/firmware/efi/efivars/" \
			"MokListRT-605dab50-e046-4300-abb8-b5e8ac4ef6b3"
#define SIGN_FILE	"/lib/modules/" RELEASE "/build/scripts/sign-file"
#define SIGN_ARGUMENTS	" sha256 /var/lib/dkms/mok.key /var/lib/dkms/mok.pub " MODULE
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static int count_of(const char *check)
{
	int count = 0;
	size_t i;

	for (i = 0; i < patient.findings.count; i++)
		count += !strcmp(patient.findings.all[i].check, check);
	return count;
}

/* ---- modprobe -------------------------------------------------------------- */

START_TEST(a_blacklist_is_noted)
{
	tree_put("/usr/lib/modprobe.d/x.conf", "# blacklist other\n  blacklist\tsockopt\n");
	patient_examine();
	expect("modprobe", STATUS_NOTE, "/usr/lib/modprobe.d/x.conf", "modprobe sockopt");
	expect_one_fail("module");
}
END_TEST

START_TEST(an_install_command_that_loads_nothing_stands_in_the_way)
{
	tree_put("/etc/modprobe.d/x.conf", "install sockopt /bin/false\n");
	patient_examine();
	expect("modprobe", STATUS_FAIL, "/bin/false", "take the line out");
}
END_TEST

/* Other modules, comments, other files, a command that does load it, and a hidden file. */
START_TEST(lines_that_say_something_else_are_not_taken_for_it)
{
	tree_put("/etc/modprobe.d/x.conf", "blacklist sockopt2\n#blacklist sockopt\n"
		 "install sockopt /sbin/modprobe --ignore-install sockopt\n"
		 "options sockopt a=1\nblacklist\ninstall\n\n");
	tree_put("/etc/modprobe.d/y.conf.old", "blacklist sockopt\n");
	tree_put("/usr/lib/modprobe.d/x.conf", "blacklist sockopt\n");
	tree_put("/proc/cmdline", "xmodule_blacklist=sockopt module_blacklist=a,sockopt2,b "
		 "modprobe.blacklist=\n");
	patient_examine();
	expect_none("modprobe");
}
END_TEST

static const char *const continued[] = {
	"blacklist \\\nsockopt\n", "black\\\nlist sock\\\n\\\nopt\n", "blacklist sockopt\\",
};

START_TEST(lines_go_on_behind_a_backslash)
{
	tree_put("/etc/modprobe.d/x.conf", continued[_i]);
	patient_examine();
	expect("modprobe", STATUS_NOTE, "/etc/modprobe.d/x.conf", NULL);
}
END_TEST

START_TEST(a_comment_goes_on_too)
{
	tree_put("/etc/modprobe.d/x.conf", "# not that: \\\nblacklist sockopt\n");
	patient_examine();
	expect_none("modprobe");
}
END_TEST

/* Its end, wherever a buffer cuts it, is no line. */
START_TEST(a_long_line_is_one)
{
	static const char end[] = "blacklist sockopt\n";
	char text[1024];

	memset(text, ' ', sizeof(text));
	text[0] = '#';
	memcpy(text + 511, end, sizeof(end));
	tree_put("/etc/modprobe.d/x.conf", text);
	text[0] = ' ';
	tree_put("/etc/modprobe.d/y.conf", text);
	patient_examine();
	expect("modprobe", STATUS_NOTE, "/etc/modprobe.d/y.conf", NULL);
	ck_assert_int_eq(count_of("modprobe"), 1);
}
END_TEST

START_TEST(the_kernels_command_line_can_forbid_it)
{
	tree_put("/proc/cmdline", "quiet module_blacklist=a,sockopt\n");
	patient_examine();
	expect("modprobe", STATUS_FAIL, "module_blacklist=sockopt", "reboot");
}
END_TEST

START_TEST(the_kernels_command_line_can_have_a_blacklist)
{
	tree_put("/proc/cmdline", "modprobe.blacklist=sockopt,b quiet\n");
	patient_examine();
	expect("modprobe", STATUS_NOTE, "command line", NULL);
}
END_TEST

/* ---- signature ------------------------------------------------------------- */

static void ask_by(const char *lockdown, const char *enforce)
{
	tree_put("/sys/kernel/security/lockdown", lockdown);
	tree_put("/sys/module/module/parameters/sig_enforce", enforce);
}

static const char *const askers[][3] = {
	{ "none [integrity] confidentiality\n", "N\n", "lockdown" },
	{ "none integrity [confidentiality]\n", "N\n", "lockdown" },
	{ "[none] integrity confidentiality\n", "Y\n", "sig_enforce" },
};

START_TEST(a_module_without_a_signature_that_is_asked_for_has_to_be_signed)
{
	ask_by(askers[_i][0], askers[_i][1]);
	patient_examine();
	expect("signature", STATUS_FAIL, askers[_i][2], "sign-file sha256 MOK.priv MOK.der");
	expect("signature", STATUS_FAIL, NULL, "mokutil --import MOK.der");
	expect("signature", STATUS_FAIL, NULL, "sockopt(4)");
}
END_TEST

START_TEST(secure_boot_asks_where_lockdown_cannot_be_seen)
{
	tree_put_bytes(SECURE_BOOT, "\6\0\0\0\1", 5);
	tree_remove("/sys/kernel/security/lockdown");
	patient_examine();
	expect("signature", STATUS_FAIL, "Secure Boot asks", NULL);
}
END_TEST

START_TEST(secure_boot_that_is_off_or_cut_asks_for_nothing)
{
	tree_put_bytes(SECURE_BOOT, "\6\0\0\0\0", _i ? 5 : 4);
	tree_remove("/sys/kernel/security/lockdown");
	patient_examine();
	expect("signature", STATUS_OK, "Secure Boot is off", NULL);
}
END_TEST

START_TEST(secure_boot_without_lockdown_asks_for_nothing)
{
	tree_put_bytes(SECURE_BOOT, "\6\0\0\0\1", 5);
	patient_examine();
	expect("signature", STATUS_OK, "Secure Boot is on", NULL);
}
END_TEST

START_TEST(a_key_of_this_machine_is_used_to_sign)
{
	ask_by(askers[0][0], askers[0][1]);
	tree_put("/var/lib/dkms/mok.pub", "certificate");
	patient_examine();
	expect("signature", STATUS_FAIL, NULL, "/var/lib/dkms/mok.key /var/lib/dkms/mok.pub");
	expect("signature", STATUS_FAIL, NULL, "mokutil --import /var/lib/dkms/mok.pub");
}
END_TEST

START_TEST(a_signature_by_whom_is_not_known_is_noted)
{
	ask_by(askers[0][0], askers[0][1]);
	patient_module(MODULE, MAGIC, sizeof(MAGIC) - 1, 1);
	patient_examine();
	expect("signature", STATUS_NOTE, "has one", "Key was rejected");
	expect_one_fail("module");
}
END_TEST

START_TEST(a_key_that_is_enrolled_is_fine)
{
	ask_by(askers[0][0], askers[0][1]);
	patient_module(MODULE, MAGIC, sizeof(MAGIC) - 1, 1);
	tree_put("/var/lib/dkms/mok.pub", "certificate");
	tree_put(ENROLLED, "many, a certificate, and more");
	patient_examine();
	expect("signature", STATUS_OK, "mok.pub is enrolled", NULL);
}
END_TEST

START_TEST(a_key_that_is_not_enrolled_is_noted)
{
	ask_by(askers[0][0], askers[0][1]);
	patient_module(MODULE, MAGIC, sizeof(MAGIC) - 1, 1);
	tree_put("/var/lib/dkms/mok.pub", "certificate");
	tree_put(ENROLLED, "many");
	patient_examine();
	expect("signature", STATUS_NOTE, "mok.pub is not enrolled", "mokutil --import");
}
END_TEST

START_TEST(of_a_compressed_module_it_is_not_known)
{
	ask_by(askers[0][0], askers[0][1]);
	tree_put(MODULE, "\x1f\x8b compressed");
	patient_examine();
	expect("signature", STATUS_NOTE, "not looked at", "Key was rejected");
	expect_one_fail("module");
}
END_TEST

START_TEST(of_a_module_that_cannot_be_read_it_is_not_known)
{
	ask_by(askers[0][0], askers[0][1]);
	tree_remove(MODULE);
	tree_put(MODULE "/x", "");
	patient_examine();
	expect("signature", STATUS_NOTE, "could not be read", "Operation not permitted");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "signature")->found,
				  "compressed"));
}
END_TEST

/* As a whole line, which can be pasted. */
static int is_advised(const char *check, const char *line)
{
	const char *advice = findings_of(&patient.findings, check)->advice;
	const char *at = strstr(advice, line);

	return at && (at == advice || at[-1] == '\n') &&
	       (!at[strlen(line)] || at[strlen(line)] == '\n');
}

START_TEST(commands_of_signatures_can_be_pasted)
{
	ask_by(askers[0][0], askers[0][1]);
	tree_put("/var/lib/dkms/mok.pub", "certificate");
	patient.is_root = _i;
	patient_examine();
	ck_assert(is_advised("signature", _i ? "mokutil --import /var/lib/dkms/mok.pub" :
			     "sudo mokutil --import /var/lib/dkms/mok.pub"));
	ck_assert(is_advised("signature", _i ? SIGN_FILE SIGN_ARGUMENTS :
			     "sudo " SIGN_FILE SIGN_ARGUMENTS));
	expect("signature", STATUS_FAIL, NULL, "Then reboot, and confirm");
}
END_TEST

START_TEST(without_efi_no_key_is_enrolled)
{
	ask_by(askers[2][0], askers[2][1]);
	tree_remove("/sys/firmware/efi");
	patient_examine();
	expect("signature", STATUS_FAIL, "sig_enforce", "CONFIG_SYSTEM_TRUSTED_KEYS");
	expect("signature", STATUS_FAIL, NULL, "take module.sig_enforce");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "signature")->advice,
				  "mokutil"));
}
END_TEST

START_TEST(without_what_signs_its_package_is_told)
{
	ask_by(askers[0][0], askers[0][1]);
	tree_remove(SIGN_FILE);
	patient_examine();
	expect("signature", STATUS_FAIL, NULL, "sudo apt install linux-headers-" RELEASE);
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "signature")->advice,
				  "sign-file sha256"));
}
END_TEST

/* ---- numbers --------------------------------------------------------------- */

START_TEST(a_module_that_has_our_numbers_stands_in_the_way)
{
	patient.probe.number = 0x534f0123;
	patient_examine();
	expect("numbers", STATUS_FAIL, "0x534f0123", "rmmod");
}
END_TEST

START_TEST(a_sandbox_that_answers_for_the_kernel_is_told)
{
	patient.probe.control_error = -EPERM;
	patient.probe.number = 0x534f0000;
	patient_examine();
	expect("numbers", STATUS_FAIL, "says: Operation not permitted", "bpftool");
	expect("numbers", STATUS_FAIL, NULL, "another kernel module");
}
END_TEST

START_TEST(a_number_of_nobody_that_succeeds_is_no_error)
{
	patient.probe.control_error = 0;
	patient_examine();
	expect("numbers", STATUS_FAIL, "succeeds", "goes beyond sockopt's");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "numbers")->found, "Success"));
}
END_TEST

/* Options that are only set, or of IPv6, were not asked for. */
START_TEST(no_more_is_said_of_numbers_than_was_looked_at)
{
	patient_examine();
	expect("numbers", STATUS_OK, "no other module answers to getsockopt", NULL);
}
END_TEST

START_TEST(root_is_not_sent_to_root)
{
	patient.probe.socket_error = -EPERM;
	patient.is_root = 1;
	patient_examine();
	expect("numbers", STATUS_NOTE, "not looked at", "said below");
}
END_TEST

START_TEST(without_a_socket_numbers_are_not_looked_at)
{
	patient.probe.socket_error = -EPERM;
	patient_examine();
	expect("numbers", STATUS_NOTE, "not looked at", "sudo sockopt doctor");
}
END_TEST

static TCase *refusal_case(void)
{
	TCase *tc = tcase_create("refusal");

	tcase_add_test(tc, a_blacklist_is_noted);
	tcase_add_test(tc, an_install_command_that_loads_nothing_stands_in_the_way);
	tcase_add_test(tc, lines_that_say_something_else_are_not_taken_for_it);
	tcase_add_loop_test(tc, lines_go_on_behind_a_backslash, 0, COUNT(continued));
	tcase_add_test(tc, a_comment_goes_on_too);
	tcase_add_test(tc, a_long_line_is_one);
	tcase_add_test(tc, the_kernels_command_line_can_forbid_it);
	tcase_add_test(tc, the_kernels_command_line_can_have_a_blacklist);
	tcase_add_loop_test(tc, a_module_without_a_signature_that_is_asked_for_has_to_be_signed,
			    0, COUNT(askers));
	tcase_add_test(tc, secure_boot_asks_where_lockdown_cannot_be_seen);
	tcase_add_loop_test(tc, secure_boot_that_is_off_or_cut_asks_for_nothing, 0, 2);
	tcase_add_test(tc, secure_boot_without_lockdown_asks_for_nothing);
	tcase_add_test(tc, a_key_of_this_machine_is_used_to_sign);
	tcase_add_test(tc, a_signature_by_whom_is_not_known_is_noted);
	tcase_add_test(tc, a_key_that_is_enrolled_is_fine);
	tcase_add_test(tc, a_key_that_is_not_enrolled_is_noted);
	tcase_add_test(tc, of_a_compressed_module_it_is_not_known);
	tcase_add_test(tc, of_a_module_that_cannot_be_read_it_is_not_known);
	tcase_add_loop_test(tc, commands_of_signatures_can_be_pasted, 0, 2);
	tcase_add_test(tc, without_efi_no_key_is_enrolled);
	tcase_add_test(tc, without_what_signs_its_package_is_told);
	tcase_add_test(tc, a_module_that_has_our_numbers_stands_in_the_way);
	tcase_add_test(tc, a_sandbox_that_answers_for_the_kernel_is_told);
	tcase_add_test(tc, a_number_of_nobody_that_succeeds_is_no_error);
	tcase_add_test(tc, no_more_is_said_of_numbers_than_was_looked_at);
	tcase_add_test(tc, root_is_not_sent_to_root);
	tcase_add_test(tc, without_a_socket_numbers_are_not_looked_at);
	return tc;
}

Suite *doctor_refusal_suite(void)
{
	Suite *suite = suite_create("doctor-refusal");
	TCase *tc = refusal_case();

	tcase_add_unchecked_fixture(tc, tree_begin, tree_end);
	tcase_add_checked_fixture(tc, patient_make, patient_free);
	suite_add_tcase(suite, tc);
	return suite;
}
