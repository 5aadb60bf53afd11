/* SPDX-License-Identifier: MIT */
/* What the tests in the VM share; see vm.h. */
#include "vm.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int vm_fd;

void vm_setup(void)
{
	vm_new_netns();
	vm_fd = vm_raw();
}

TCase *vm_case(Suite *suite, const char *name, double seconds, SFun before)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, seconds);
	if (before)
		tcase_add_checked_fixture(tc, before, NULL);
	suite_add_tcase(suite, tc);
	return tc;
}

unsigned int vm_fewer(unsigned int n)
{
	const char *times = getenv("SKO_FEWER");

	return times ? n / (unsigned int)atoi(times) : n;
}

/* ---- System calls ---- */

int vm_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	ck_assert_msg(fd >= 0, "raw socket: %s", strerror(errno));
	return fd;
}

int vm_get(int fd, unsigned int channel, int operation, void *buf, socklen_t *len)
{
	int option = SOCKOPT_OPTION(channel, (unsigned int)operation);

	return getsockopt(fd, SOL_IP, option, buf, len) ? -errno : 0;
}

int vm_set(int fd, unsigned int channel, int operation, const void *buf, socklen_t len)
{
	int option = SOCKOPT_OPTION(channel, (unsigned int)operation);

	return setsockopt(fd, SOL_IP, option, buf, len) ? -errno : 0;
}

struct sockopt_open vm_open_args(void)
{
	struct sockopt_open args = { .size = sizeof(args), .fd = -1 };

	return args;
}

int vm_open(int fd, unsigned int channel, struct sockopt_open *args)
{
	socklen_t len = sizeof(*args);
	int ret = vm_get(fd, channel, SOCKOPT_OPEN, args, &len);

	return ret ? ret : args->fd;
}

int vm_stream(int fd, uint32_t slots, struct sockopt_open *args)
{
	int ret;

	*args = vm_open_args();
	args->slots = slots;
	ret = vm_open(fd, ICMP, args);
	ck_assert_msg(ret >= 0, "OPEN: %s", strerror(-ret));
	return ret;
}

int vm_stream_types(int fd, struct sockopt_open *args, const int *types)
{
	struct {
		struct sockopt_open open;
		struct sockopt_filter filter;
	} both = { .open = vm_open_args(), .filter.size = sizeof(both.filter) };
	socklen_t len = sizeof(both);
	int ret;

	for (; *types >= 0; types++)
		sockopt_filter_add(&both.filter, (uint8_t)*types);
	both.open.filter_len = sizeof(both.filter);
	ret = vm_get(fd, ICMP, SOCKOPT_OPEN, &both, &len);
	ck_assert_msg(ret >= 0, "OPEN: %s", strerror(-ret));
	*args = both.open;
	return args->fd;
}

int vm_stop(int fd, unsigned int channel)
{
	struct sockopt_stop stop = { .size = sizeof(stop) };

	return vm_set(fd, channel, SOCKOPT_STOP, &stop, sizeof(stop));
}

int vm_stats(int fd, unsigned int channel, struct sockopt_stats *stats)
{
	socklen_t len = sizeof(*stats);

	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	return vm_get(fd, channel, SOCKOPT_STATS, stats, &len);
}

/* ---- Texts ---- */

int vm_text_set(int fd, const char *text, size_t len)
{
	return vm_set(fd, MESSAGE, SOCKOPT_TEXT, text, (socklen_t)len);
}

int vm_text_get(int fd, char *buf, size_t size)
{
	socklen_t len = (socklen_t)size;
	int ret = vm_get(fd, MESSAGE, SOCKOPT_TEXT, buf, &len);

	return ret ? ret : (int)len;
}

void vm_fill(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = (char)(1 + i % 255);
}

int vm_sent(char *text, size_t size)
{
	char file[SOCKOPT_TEXT_MAX + 256];
	int len = vm_read(VM_MESSAGE, file, sizeof(file));
	char *body;

	ck_assert_msg(len >= 0, "%s: %s", VM_MESSAGE, strerror(-len));
	text[0] = 0;
	if (!len)
		return 0;
	body = strchr(file, '\n');
	ck_assert_ptr_nonnull(body);
	len -= (int)(++body - file);
	ck_assert_int_lt(len, (int)size);
	memcpy(text, body, (size_t)len + 1);
	return len;
}

#define KERNEL_KEEPS "the kernel keeps this"
#define PROGRAM_SENT "a program sent this"

void vm_texts_put(int fd)
{
	ck_assert_int_eq(vm_write(VM_MESSAGE, KERNEL_KEEPS, strlen(KERNEL_KEEPS)),
			 (int)strlen(KERNEL_KEEPS));
	ck_assert_int_eq(vm_text_set(fd, PROGRAM_SENT, strlen(PROGRAM_SENT)), 0);
	vm_texts_unchanged(fd);
}

void vm_texts_unchanged(int fd)
{
	char text[SOCKOPT_TEXT_MAX + 1] = { 0 };

	ck_assert_int_eq(vm_text_get(fd, text, SOCKOPT_TEXT_MAX), (int)strlen(KERNEL_KEEPS));
	ck_assert_str_eq(text, KERNEL_KEEPS);
	ck_assert_int_eq(vm_sent(text, sizeof(text)), (int)strlen(PROGRAM_SENT));
	ck_assert_str_eq(text, PROGRAM_SENT);
}

const size_t vm_sizes[] = { 1, 2, 63, 64, 65, 127, 128, 129, 4095, 4096 };

const char *vm_kernel_text(size_t len)
{
	static char text[SOCKOPT_TEXT_MAX];

	vm_fill(text, len);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, len), (int)len);
	return text;
}
