/* SPDX-License-Identifier: MIT */
/*
 * The handle: a socket that speaks to the module, what the module says about
 * itself, and the channels it has. All option calls of the library end here.
 */
#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

/* More than this is no struct of ours, whatever version. */
#define STRUCT_MAX 4096

/* The kernel's struct was filled this far: all we need of INFO is there. */
#define INFO_MIN (offsetof(struct sockopt_info, features))

/* Between so many tries: 1, 2, 4 ... ms, a quarter of a second in all. */
#define PAUSES 8

/*
 * The kernel stops its search for an option's owner with ENOPROTOOPT when it
 * meets another netfilter module that is being unloaded; no handler of ours has
 * run then. That passes, mostly at once, but some (nf_conntrack) have much to
 * end before their options go. So this error is believed when it does not pass.
 *
 * True: try again. False: errno is as it was. A signal handler may stop a
 * stream, and of what waits pselect() is safe there; other signals have to wait, or many of
 * them would end the pauses early.
 */
static int may_pass(int *pauses)
{
	struct timespec pause = { 0 };
	sigset_t all;

	if (errno != ENOPROTOOPT || *pauses == PAUSES)
		return 0;
	pause.tv_nsec = 1000000L << (*pauses)++;
	sigfillset(&all);
	pselect(0, NULL, NULL, NULL, &pause, &all);
	return 1;
}

/* The module itself is asked two things. */
static int has_no_channel(unsigned int channel, unsigned int operation)
{
	return channel >= SOCKOPT_CHANNELS_MAX ||
	       (channel == SOCKOPT_CHANNEL_CORE && operation != SOCKOPT_INFO &&
		operation != SOCKOPT_CHANNEL);
}

/* Where the kernel asks for no right, who says EPERM is a policy: seccomp, a BPF program. */
static int error_of(unsigned int operation)
{
	switch (operation) {
	case SOCKOPT_TEXT:
	case SOCKOPT_CALL:
	case SOCKOPT_OPEN:
	case SOCKOPT_TUNE:
		return -errno;
	default:
		return errno == EPERM ? -EACCES : -errno;
	}
}

int sockopt_internal_get(int fd, unsigned int channel, unsigned int operation,
			 void *buf, socklen_t *len)
{
	socklen_t room = *len;
	int pauses = 0;

	if (has_no_channel(channel, operation))
		return -ESTALE;
	do {
		if (!getsockopt(fd, IPPROTO_IP,
				SOCKOPT_OPTION(channel, operation), buf, len))
			return 0;
		*len = room;
	} while (may_pass(&pauses));
	return error_of(operation);
}

int sockopt_internal_set(int fd, unsigned int channel, unsigned int operation,
			 const void *buf, socklen_t len)
{
	int pauses = 0;

	if (has_no_channel(channel, operation))
		return -ESTALE;
	do {
		if (!setsockopt(fd, IPPROTO_IP,
				SOCKOPT_OPTION(channel, operation), buf, len))
			return 0;
	} while (may_pass(&pauses));
	return error_of(operation);
}

static int is_zero(const unsigned char *bytes, size_t len)
{
	while (len--)
		if (*bytes++)
			return 0;
	return 1;
}

int sockopt_internal_take(void *dst, size_t size, const void *src)
{
	const unsigned char *bytes = src;
	uint32_t theirs;

	memcpy(&theirs, src, sizeof(theirs));
	if (theirs < sizeof(theirs))
		return -EINVAL;
	if (theirs > STRUCT_MAX ||
	    (theirs > size && !is_zero(bytes + size, theirs - size)))
		return -E2BIG;
	memset(dst, 0, size);
	memcpy(dst, src, theirs < size ? theirs : size);
	return 0;
}

int sockopt_internal_give(void *dst, size_t min, const void *src, size_t size)
{
	uint32_t theirs;

	memcpy(&theirs, dst, sizeof(theirs));
	if (theirs < min)
		return -EINVAL;
	memcpy(dst, src, theirs < size ? theirs : size);
	memcpy(dst, &theirs, sizeof(theirs));
	return 0;
}

/* Ask INFO. An answer in another ABI is none. */
static int ask_info(struct sockopt *so)
{
	socklen_t len = sizeof(so->info);
	int ret;

	memset(&so->info, 0, sizeof(so->info));
	so->info.size = sizeof(so->info);
	ret = sockopt_internal_get(so->fd, SOCKOPT_CHANNEL_CORE, SOCKOPT_INFO,
				   &so->info, &len);
	if (ret)
		return ret;
	if (len < INFO_MIN || so->info.abi != SOCKOPT_ABI)
		return -EPROTO;
	so->info.version[sizeof(so->info.version) - 1] = '\0';
	return 0;
}

static int open_socket(struct sockopt *so)
{
	so->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	return so->fd < 0 ? -errno : 0;
}

int sockopt_open(struct sockopt **so)
{
	struct sockopt *made = malloc(sizeof(*made));
	int ret;

	*so = NULL;
	if (!made)
		return -ENOMEM;
	ret = open_socket(made);
	if (!ret)
		ret = ask_info(made);
	if (ret) {
		sockopt_close(made);
		return ret;
	}
	*so = made;
	return 0;
}

/* Takes a half-built handle too: fd is -1 if there is no socket. */
void sockopt_close(struct sockopt *so)
{
	if (!so)
		return;
	if (so->fd >= 0)
		close(so->fd);
	free(so);
}

int sockopt_fd(const struct sockopt *so)
{
	return so->fd;
}

const struct sockopt_info *sockopt_info(const struct sockopt *so)
{
	return &so->info;
}

/*
 * Ask CHANNEL with what is in ask; *channel changes on success only. Callers loop over
 * ids: one that is none of those asked for would have no end, or be taken for an error.
 */
static int ask_channel(struct sockopt *so, struct sockopt_channel *ask,
		       struct sockopt_channel *channel)
{
	uint32_t least = ask->id ? ask->id : 1;
	socklen_t len = sizeof(*ask);
	int ret;

	ask->size = sizeof(*ask);
	ret = sockopt_internal_get(so->fd, SOCKOPT_CHANNEL_CORE,
				   SOCKOPT_CHANNEL, ask, &len);
	if (ret)
		return ret;
	if (ask->id < least || ask->id >= SOCKOPT_CHANNELS_MAX)
		return -EPROTO;
	ask->name[sizeof(ask->name) - 1] = '\0';
	ret = sockopt_internal_give(channel, SOCKOPT_CHANNEL_SIZE_1, ask,
				    sizeof(*ask));
	return ret ? ret : (int)ask->id;
}

int sockopt_channel(struct sockopt *so, const char *name,
		    struct sockopt_channel *channel)
{
	struct sockopt_channel ask = { 0 };
	size_t len = strlen(name);

	if (!len)
		return -EINVAL;
	if (len >= sizeof(ask.name))
		return -ENAMETOOLONG;
	memcpy(ask.name, name, len);
	return ask_channel(so, &ask, channel);
}

int sockopt_channel_from(struct sockopt *so, unsigned int id,
			 struct sockopt_channel *channel)
{
	struct sockopt_channel ask = { 0 };

	ask.id = id;
	return ask_channel(so, &ask, channel);
}
