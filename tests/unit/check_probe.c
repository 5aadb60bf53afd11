/* SPDX-License-Identifier: MIT */
/* What the doctor asks the kernel: the calls of sockets are wrapped, and answered here. */
#include "check_doctor.h"

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <sockopt/sockopt.h>

int __wrap_socket(int domain, int type, int protocol);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len);

#define NUMBERS	(SOCKOPT_END - SOCKOPT_BASE)
#define LIBRARY_TRIES 9	/* of its own, before it believes that the module is absent */

static struct doctor d;
static int socket_errno;	/* 0: there is one */
static int strange_errno;	/* of a number that nobody has */
static int taken;		/* a number that somebody else has, 0: none */
static int taken_errno;		/* what it says, 0: success */
static int late;		/* it does so when it is asked again only */
static int is_there;		/* our module is */
static unsigned int opened;
static unsigned char asked[NUMBERS + 1];
static unsigned int sets;

int __wrap_socket(int domain, int type, int protocol)
{
	ck_assert_int_eq(domain, AF_INET);
	ck_assert_int_eq(type & ~SOCK_CLOEXEC, SOCK_RAW);
	ck_assert_int_eq(protocol, IPPROTO_RAW);
	errno = socket_errno;
	return socket_errno ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int answer(int option)
{
	unsigned int index = (unsigned int)(option - SOCKOPT_BASE);

	ck_assert_uint_le(index, NUMBERS);
	asked[index]++;
	if (option == taken && (!late || asked[index] == 2))
		return taken_errno;
	return option == SOCKOPT_END ? strange_errno : ENOPROTOOPT;
}

static int tell_info(void *value)
{
	struct sockopt_info *info = value;

	info->abi = SOCKOPT_ABI;
	strcpy(info->version, "1.2.3");
	return 0;
}

/* Whoever reads nothing must want nothing. */
static int open_stream(void *value, socklen_t len)
{
	static const struct sockopt_filter nothing = { .size = sizeof(nothing) };
	struct sockopt_open *head = value;

	ck_assert_uint_eq(head->slots, SOCKOPT_SLOTS_MIN);
	ck_assert_uint_eq(head->filter_len, sizeof(nothing));
	ck_assert_uint_eq(len, sizeof(*head) + sizeof(nothing));
	ck_assert_mem_eq(head + 1, &nothing, sizeof(nothing));
	head->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	head->slot_size = 64;
	opened++;
	return 0;
}

/* What our module says; the library's last word at the close is not heard. */
static int speak(int option, void *value, socklen_t len)
{
	if (option == SOCKOPT_OPTION(SOCKOPT_CHANNEL_CORE, SOCKOPT_INFO))
		return tell_info(value);
	if (option == SOCKOPT_OPTION(SOCKOPT_CHANNEL_ICMP, SOCKOPT_OPEN))
		return open_stream(value, len);
	ck_assert_int_eq(option, SOCKOPT_OPTION(SOCKOPT_CHANNEL_ICMP, SOCKOPT_RECORDS));
	return 0;
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	if (is_there)
		return speak(option, value, *len);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(level, IPPROTO_IP);
	/* the library asks who is there, and no more: we ask for no byte */
	ck_assert(*len == 0 || option == SOCKOPT_OPTION(0, SOCKOPT_INFO));
	errno = answer(option);
	return errno ? -1 : 0;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)option;
	(void)value;
	(void)len;
	sets++;
	errno = ENOPROTOOPT;
	return -1;
}

static void begin(void)
{
	memset(&d, 0, sizeof(d));
	d.root = "";
	socket_errno = 0;
	strange_errno = ENOPROTOOPT;
	taken = 0;
	taken_errno = 0;
	late = 0;
	is_there = 0;
	opened = 0;
	memset(asked, 0, sizeof(asked));
}

/* Nothing was changed, whatever came of it. */
static void end(void)
{
	ck_assert_uint_eq(sets, 0);
}

START_TEST(each_number_is_asked_twice_and_none_is_taken)
{
	int i;

	probe(&d);
	ck_assert_int_eq(d.probe.socket_error, 0);
	ck_assert_int_eq(d.probe.open_error, -ENOPROTOOPT);
	ck_assert_int_eq(d.probe.stream_error, -ENOPROTOOPT);
	ck_assert_int_eq(d.probe.control_error, -ENOPROTOOPT);
	ck_assert_int_eq(d.probe.number, 0);
	ck_assert_int_eq(asked[0], 2 + LIBRARY_TRIES);
	for (i = 1; i <= NUMBERS; i++)
		ck_assert_int_eq(asked[i], 2);
}
END_TEST

static const int numbers[] = { 0, 1, 0x1235, NUMBERS - 1 };
#define TAKEN ((int)(sizeof(numbers) / sizeof(numbers[0])))

START_TEST(a_number_that_somebody_has_is_found_whatever_it_says)
{
	static const int errors[] = { 0, EINVAL, EPERM };

	taken = SOCKOPT_BASE + numbers[_i % TAKEN];
	taken_errno = errors[_i / TAKEN];
	probe(&d);
	ck_assert_int_eq(d.probe.number, taken);
	ck_assert_int_eq(d.probe.number_error, -taken_errno);
	ck_assert_int_eq(d.survey.is_loaded, 0);
}
END_TEST

/* As when a module that stands before it in the kernel's list is being unloaded. */
START_TEST(a_number_that_is_hidden_once_is_found)
{
	taken = SOCKOPT_BASE + 16;
	taken_errno = EINVAL;
	late = 1;
	probe(&d);
	ck_assert_int_eq(d.probe.number, taken);
}
END_TEST

START_TEST(who_answers_for_nobody_is_seen)
{
	strange_errno = EPERM;
	probe(&d);
	ck_assert_int_eq(d.probe.control_error, -EPERM);
}
END_TEST

START_TEST(numbers_of_a_module_that_is_loaded_are_not_asked)
{
	d.survey.is_loaded = 1;
	probe(&d);
	ck_assert_int_eq(asked[0], LIBRARY_TRIES);
	ck_assert_int_eq(asked[1], 0);
	ck_assert_int_eq(asked[NUMBERS], 0);
}
END_TEST

START_TEST(without_a_socket_nothing_is_asked)
{
	socket_errno = EPERM;
	probe(&d);
	ck_assert_int_eq(d.probe.socket_error, -EPERM);
	ck_assert_int_eq(d.probe.open_error, -EPERM);
	ck_assert_int_eq(asked[0], 0);
}
END_TEST

START_TEST(a_stream_that_wants_nothing_is_opened)
{
	is_there = 1;
	probe(&d);
	ck_assert_int_eq(d.probe.stream_error, 0);
	ck_assert_uint_eq(opened, 1);
}
END_TEST

START_TEST(a_module_that_answers_is_loaded_whatever_files_say)
{
	is_there = 1;
	d.survey.is_fixed = 1;
	probe(&d);
	ck_assert_int_eq(d.survey.is_loaded, 1);
	ck_assert_int_eq(d.survey.is_fixed, 0);
	ck_assert_str_eq(d.probe.version, "1.2.3");
}
END_TEST

Suite *probe_suite(void)
{
	Suite *suite = suite_create("probe");
	TCase *tc = tcase_create("probe");

	tcase_set_timeout(tc, 60);	/* many numbers, on a busy machine */
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, each_number_is_asked_twice_and_none_is_taken);
	tcase_add_loop_test(tc, a_number_that_somebody_has_is_found_whatever_it_says, 0,
			    3 * TAKEN);
	tcase_add_test(tc, a_number_that_is_hidden_once_is_found);
	tcase_add_test(tc, who_answers_for_nobody_is_seen);
	tcase_add_test(tc, numbers_of_a_module_that_is_loaded_are_not_asked);
	tcase_add_test(tc, a_stream_that_wants_nothing_is_opened);
	tcase_add_test(tc, a_module_that_answers_is_loaded_whatever_files_say);
	tcase_add_test(tc, without_a_socket_nothing_is_asked);
	suite_add_tcase(suite, tc);
	return suite;
}
