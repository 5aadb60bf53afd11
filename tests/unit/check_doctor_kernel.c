/* SPDX-License-Identifier: MIT */
/* What the doctor says of the kernel, and of who has all but the module. */
#include "check_doctor.h"
#include "patient.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

#define HEADERS		"/lib/modules/" RELEASE "/build"
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(who_has_all_but_the_module_is_told_to_load_it)
{
	patient_examine();
	expect("kernel", STATUS_OK, RELEASE ", x86_64", NULL);
	expect("headers", STATUS_OK, HEADERS, NULL);
	expect("file", STATUS_OK, MODULE, NULL);
	expect("signature", STATUS_OK, "nothing asks", NULL);
	expect("numbers", STATUS_OK, "no other module", NULL);
	expect("module", STATUS_FAIL, "not loaded", "sudo modprobe sockopt");
	expect("namespace", STATUS_OK, "machine's own", NULL);
	expect("rights", STATUS_OK, "can be opened", NULL);
	expect_none("container");
	expect_none("modprobe");
	expect_none("answer");
	expect_none("limits");
	expect_one_fail("module");
}
END_TEST

START_TEST(root_types_no_sudo)
{
	patient.is_root = 1;
	patient_examine();
	expect("module", STATUS_FAIL, NULL, "modprobe sockopt");
	ck_assert_ptr_null(strstr(findings_of(&patient.findings, "module")->advice, "sudo"));
}
END_TEST

/* ---- kernel ---------------------------------------------------------------- */

static const char *const small_machines[] = { "i686", "armv7l", "ppc", "riscv32" };

START_TEST(a_32_bit_kernel_is_not_supported)
{
	patient.machine = small_machines[_i];
	patient_examine();
	expect("kernel", STATUS_FAIL, "not supported", "64-bit");
	expect_one_fail("kernel");
}
END_TEST

static const char *const large_machines[] = {
	"x86_64", "aarch64", "armv8l", "ppc64le", "s390x", "riscv64", "mips64",
};

START_TEST(a_64_bit_kernel_is_one_whatever_its_name)
{
	patient.machine = large_machines[_i];
	patient_examine();
	expect("kernel", STATUS_OK, large_machines[_i], NULL);
}
END_TEST

START_TEST(a_32_bit_program_does_not_make_the_kernel_one)
{
	patient.machine = "i686";
	tree_put("/proc/sys/kernel/arch", "x86_64\n");
	patient_examine();
	expect("kernel", STATUS_OK, "x86_64", NULL);
}
END_TEST

START_TEST(a_kernel_out_of_the_tested_range_is_noted)
{
	patient.release = _i ? "7.3.0" : "5.9.0";
	patient_examine();
	expect("kernel", STATUS_NOTE, "tested with 5.10 to 7.2", "Try it");
}
END_TEST

START_TEST(a_kernel_on_which_it_works_is_fine_whatever_was_tested)
{
	patient.release = "7.3.0";
	patient_load();
	patient_examine();
	expect("kernel", STATUS_OK, "7.3.0", NULL);
}
END_TEST

START_TEST(without_modules_nothing_is_said_of_their_files)
{
	tree_remove("/proc/modules");
	patient_examine();
	expect("kernel", STATUS_FAIL, "loads no modules", "CONFIG_MODULES");
	expect_none("headers");
	expect_none("file");
	expect_none("signature");
	expect_none("module");
	expect_one_fail("kernel");
}
END_TEST

START_TEST(where_no_module_can_be_loaded_nobody_is_sent_to_a_host)
{
	tree_remove("/lib/modules");
	tree_remove("/proc/modules");
	tree_put("/.dockerenv", "");
	patient_examine();
	expect("kernel", STATUS_FAIL, "loads no modules", "on the machine itself");
	expect_none("container");
	expect_one_fail("kernel");
}
END_TEST

/* As with subset=pid: there are processes, and nothing else. */
static void hide_proc(void)
{
	tree_remove("/proc/modules");
	tree_remove("/proc/net");
	tree_remove("/proc/sys");
}

START_TEST(where_proc_hides_it_nothing_is_concluded)
{
	hide_proc();
	patient_examine();
	expect("kernel", STATUS_NOTE, "cannot be seen", "subset=pid");
	expect("module", STATUS_FAIL, "not loaded", "sudo modprobe sockopt");
	expect_one_fail("module");
}
END_TEST

START_TEST(where_nothing_can_be_asked_the_module_may_be_loaded)
{
	hide_proc();
	tree_remove("/sys");
	patient.probe.socket_error = -EPERM;
	patient_examine();
	expect("module", STATUS_NOTE, "cannot be seen here", "raw socket");
	expect_one_fail("rights");
}
END_TEST

START_TEST(a_module_that_answers_disproves_what_files_say_of_the_kernel)
{
	patient_load();
	hide_proc();
	tree_put("/proc/net/dev", "");
	patient_examine();
	expect("kernel", STATUS_OK, RELEASE, NULL);
	expect("answer", STATUS_OK, "version 0.1.0", NULL);
	expect_one_fail(NULL);
}
END_TEST

START_TEST(modules_that_are_disabled_need_a_reboot)
{
	tree_put("/proc/sys/kernel/modules_disabled", "1\n");
	patient_examine();
	expect("kernel", STATUS_FAIL, "modules_disabled", "reboot");
	expect_one_fail("kernel");
}
END_TEST

START_TEST(modules_that_are_disabled_later_hurt_nobody)
{
	tree_put("/proc/sys/kernel/modules_disabled", "1\n");
	patient_load();
	patient_examine();
	expect("kernel", STATUS_OK, RELEASE, NULL);
	expect_one_fail(NULL);
}
END_TEST

START_TEST(a_kernel_without_netfilter_fails)
{
	tree_remove("/proc/net/netfilter");
	patient_examine();
	expect("kernel", STATUS_FAIL, "no netfilter", "CONFIG_NETFILTER");
	expect_one_fail("kernel");
}
END_TEST

START_TEST(wsl_1_is_no_kernel)
{
	patient.release = "4.4.0-19041-Microsoft";
	patient_examine();
	expect("kernel", STATUS_FAIL, "WSL 1", "--set-version");
	expect_one_fail("kernel");
}
END_TEST

/* ---- container ------------------------------------------------------------- */

static const char *const marks[][3] = {
	{ "/run/systemd/container", "lxc\n", "lxc" },
	{ "/run/.containerenv", "", "podman" },
	{ "/.dockerenv", "", "docker" },
	{ "/run/secrets/kubernetes.io/serviceaccount/token", "", "Kubernetes" },
};

START_TEST(in_a_container_the_host_loads_the_module)
{
	tree_remove("/lib/modules");
	tree_put(marks[_i][0], marks[_i][1]);
	patient_examine();
	expect("container", STATUS_NOTE, marks[_i][2], "on the host");
	expect("module", STATUS_FAIL, "not loaded", "not in here: modprobe sockopt");
	expect_none("headers");
	expect_none("file");
	expect_one_fail("module");
}
END_TEST

START_TEST(in_a_pod_that_only_its_environment_shows_the_host_loads_the_module)
{
	tree_remove("/lib/modules");
	patient.kubernetes = _i ? "10.96.0.1" : "";
	patient_examine();
	if (_i)
		expect("container", STATUS_NOTE, "Kubernetes", "on the host");
	else
		expect_none("container");
}
END_TEST

START_TEST(who_has_no_modules_of_this_kernel_may_be_in_a_container)
{
	if (_i)
		tree_remove(MODULE);
	else
		tree_remove("/lib/modules/" RELEASE);
	patient_examine();
	expect("file", STATUS_FAIL, "no sockopt.ko", "make install");
	ck_assert_int_eq(!strstr(findings_of(&patient.findings, "file")->advice,
				 "In a container, the module is installed and loaded on the "
				 "host."), _i);
}
END_TEST

START_TEST(a_mark_beside_modules_of_its_own_is_none)
{
	tree_put("/.dockerenv", "");
	patient_examine();
	expect_none("container");
	expect("module", STATUS_FAIL, "not loaded", "sudo modprobe sockopt");
}
END_TEST

START_TEST(in_a_container_with_the_module_nothing_is_said)
{
	tree_remove("/lib/modules");
	tree_put("/.dockerenv", "");
	patient_load();
	patient_examine();
	expect_none("container");
	expect_one_fail(NULL);
}
END_TEST

static TCase *kernel_case(void)
{
	TCase *tc = tcase_create("kernel");

	tcase_add_test(tc, who_has_all_but_the_module_is_told_to_load_it);
	tcase_add_test(tc, root_types_no_sudo);
	tcase_add_loop_test(tc, a_32_bit_kernel_is_not_supported, 0, COUNT(small_machines));
	tcase_add_loop_test(tc, a_64_bit_kernel_is_one_whatever_its_name, 0,
			    COUNT(large_machines));
	tcase_add_test(tc, a_32_bit_program_does_not_make_the_kernel_one);
	tcase_add_loop_test(tc, a_kernel_out_of_the_tested_range_is_noted, 0, 2);
	tcase_add_test(tc, a_kernel_on_which_it_works_is_fine_whatever_was_tested);
	tcase_add_test(tc, without_modules_nothing_is_said_of_their_files);
	tcase_add_test(tc, where_no_module_can_be_loaded_nobody_is_sent_to_a_host);
	tcase_add_test(tc, where_proc_hides_it_nothing_is_concluded);
	tcase_add_test(tc, where_nothing_can_be_asked_the_module_may_be_loaded);
	tcase_add_test(tc, a_module_that_answers_disproves_what_files_say_of_the_kernel);
	tcase_add_test(tc, modules_that_are_disabled_need_a_reboot);
	tcase_add_test(tc, modules_that_are_disabled_later_hurt_nobody);
	tcase_add_test(tc, a_kernel_without_netfilter_fails);
	tcase_add_test(tc, wsl_1_is_no_kernel);
	tcase_add_loop_test(tc, in_a_container_the_host_loads_the_module, 0, COUNT(marks));
	tcase_add_loop_test(tc,
			    in_a_pod_that_only_its_environment_shows_the_host_loads_the_module,
			    0, 2);
	tcase_add_loop_test(tc, who_has_no_modules_of_this_kernel_may_be_in_a_container, 0, 2);
	tcase_add_test(tc, a_mark_beside_modules_of_its_own_is_none);
	tcase_add_test(tc, in_a_container_with_the_module_nothing_is_said);
	return tc;
}

Suite *doctor_kernel_suite(void)
{
	Suite *suite = suite_create("doctor-kernel");
	TCase *tc = kernel_case();

	tcase_add_unchecked_fixture(tc, tree_begin, tree_end);
	tcase_add_checked_fixture(tc, patient_make, patient_free);
	suite_add_tcase(suite, tc);
	return suite;
}
