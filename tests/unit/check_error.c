/* SPDX-License-Identifier: MIT */
/* What errors say, and the version. */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <sockopt/sockopt.h>

/* An error and a word that its remedy must have. */
struct remedy {
	int err;
	const char *word;
};

static const struct remedy remedies[] = {
	{ ENOPROTOOPT, "modprobe sockopt" },
	{ EPERM, "setcap cap_net_raw+ep" },
	{ EPERM, "net.sockopt.userns" },
	{ EPROTO, "install both from one release" },
	{ ESTALE, "look it up again" },
	{ ENOENT, "no channel has this name" },
	{ ENAMETOOLONG, "31 bytes" },
	{ EBUSY, "open another handle" },
	{ EBUSY, "unmap before pull" },
	{ ENODATA, "has ended" },
	{ ENODEV, "cannot map" },
	{ ENOSPC, "net.sockopt.streams_max" },
	{ ENOSPC, "net.sockopt.ring_bytes_max" },
	{ ERANGE, "4096" },
	{ EMSGSIZE, "4096" },
	{ EOPNOTSUPP, "cannot do that" },
	{ EAGAIN, "wait" },
	{ ENOTCONN, "open it again" },
	{ E2BIG, "update" },
	{ EBADMSG, "skip the rest" },
	{ EINVAL, "sockopt.h" },
	{ EBADF, "descriptor" },
	{ EFAULT, "address" },
	{ EINTR, "again" },
	{ EMFILE, "ulimit -n" },
	{ ENFILE, "fs.file-max" },
	{ ENOMEM, "memory" },
	{ 0, "no error" },
};
#define REMEDIES ((int)(sizeof(remedies) / sizeof(remedies[0])))

START_TEST(an_error_says_what_to_do)
{
	const struct remedy *r = &remedies[_i];

	ck_assert_ptr_nonnull(strstr(sockopt_strerror(-r->err), r->word));
}
END_TEST

START_TEST(a_positive_error_says_the_same)
{
	const struct remedy *r = &remedies[_i];

	ck_assert_str_eq(sockopt_strerror(r->err), sockopt_strerror(-r->err));
}
END_TEST

START_TEST(every_number_has_one_line_without_a_full_stop)
{
	int err;

	for (err = -4200; err <= 4200; err++) {
		const char *text = sockopt_strerror(err);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(strlen(text), 0);
		ck_assert_ptr_null(strchr(text, '\n'));
		ck_assert_int_ne(text[strlen(text) - 1], '.');
	}
}
END_TEST

START_TEST(the_ends_of_int_are_unexpected_errors)
{
	const char *unexpected = sockopt_strerror(-4095);

	ck_assert_ptr_nonnull(strstr(unexpected, "unexpected"));
	ck_assert_str_eq(sockopt_strerror(INT_MIN), unexpected);
	ck_assert_str_eq(sockopt_strerror(INT_MIN + 1), unexpected);
	ck_assert_str_eq(sockopt_strerror(INT_MAX), unexpected);
}
END_TEST

START_TEST(the_version_is_that_of_configure)
{
	ck_assert_str_eq(sockopt_version(), PACKAGE_VERSION);
}
END_TEST

Suite *error_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("error");

	tcase_add_loop_test(tc, an_error_says_what_to_do, 0, REMEDIES);
	tcase_add_loop_test(tc, a_positive_error_says_the_same, 0, REMEDIES);
	tcase_add_test(tc, every_number_has_one_line_without_a_full_stop);
	tcase_add_test(tc, the_ends_of_int_are_unexpected_errors);
	tcase_add_test(tc, the_version_is_that_of_configure);
	suite_add_tcase(suite, tc);
	return suite;
}
