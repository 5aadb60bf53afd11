/* SPDX-License-Identifier: MIT */
/*
 * See call_run.h. Only those commands of the module that any program may give at any time,
 * and counts that end soon.
 */
#include "call_run.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sockopt/uapi.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME "publisher"

static const char *path_of_module(void)
{
	static char path[256];
	const char *dir = getenv("SKO_MODULES");

	snprintf(path, sizeof(path), "%s/" NAME ".ko", dir ? dir : "/lib/modules");
	return path;
}

static long insert(void)
{
	int fd = open(path_of_module(), O_RDONLY | O_CLOEXEC);
	long ret = syscall(SYS_finit_module, fd, "", 0);

	close(fd);
	return ret;
}

/* It gets another id each time. */
static bool look_up(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct sockopt_channel channel = { .size = sizeof(channel), .name = NAME };
	socklen_t len = sizeof(channel);
	int ret = getsockopt(fd, SOL_IP, SOCKOPT_OPTION(0, SOCKOPT_CHANNEL), &channel, &len);

	close(fd);
	if (!ret)
		__atomic_store_n(&machine.publisher, channel.id, __ATOMIC_RELAXED);
	return !ret;
}

/* numbers: 0: it goes, else it comes */
long run_module(struct worker *worker, const struct call *call)
{
	long ret;

	(void)worker;
	machine.has_changed = true;
	if (call->numbers[0])
		ret = insert();
	else
		ret = syscall(SYS_delete_module, NAME, O_NONBLOCK);
	look_up();
	return ret;
}

static long command(int fd, const char *text)
{
	uint32_t channel = __atomic_load_n(&machine.publisher, __ATOMIC_RELAXED);

	return setsockopt(fd, SOL_IP, SOCKOPT_OPTION(channel, SOCKOPT_TEXT), text,
			  (socklen_t)strlen(text));
}

/* numbers: socket, which, how many */
long run_command(struct worker *worker, const struct call *call)
{
	static const char *const commands[] = {
		"process %u", "process %u 1", "reserve %u", "softirq %u", "irq %u", "nested %u",
		"flood %u 2", "softflood %u 2", "pool %u 3", "cycle 1", "refuse 117", "refuse 92",
		"accept", "fail %u", "fail 92", "sleep",
	};
	char text[64];

	(void)worker;
	machine.has_changed = true;
	snprintf(text, sizeof(text), commands[call->numbers[1] % COUNT(commands)],
		 call->numbers[2] % 41);
	return command(socket_at(call->numbers[0]), text);
}

bool publisher_start(void)
{
	if (!look_up() && (insert() || !look_up())) {
		fprintf(stderr, "%s: no such channel\n", path_of_module());
		return false;
	}
	return true;
}

void publisher_restore(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (!publisher_start() || command(fd, "accept"))
		finding("the module " NAME " does not come back");
	close(fd);
}
