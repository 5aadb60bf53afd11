/* SPDX-License-Identifier: MIT */
/*
 * What only the kernel can tell, asked by calls that change nothing but how many streams
 * the machine has opened. The one here has the smallest ring, and is closed at once.
 */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sockopt/sockopt.h>

/* ---- Option numbers ------------------------------------------------------ */

/*
 * ENOPROTOOPT is believed when it comes twice, for a module that is being unloaded hides
 * those behind it. Not with the library's patience: there are thousands of numbers to ask
 * for. No byte is asked for.
 */
static int ask(int fd, int option)
{
	socklen_t len;
	char none;
	int tries;

	for (tries = 0; tries < 2; tries++) {
		len = 0;
		if (!getsockopt(fd, IPPROTO_IP, option, &none, &len))
			return 0;
		if (errno != ENOPROTOOPT)
			break;
	}
	return -errno;
}

static void probe_numbers(struct probe *probe, int fd)
{
	int option, ret;

	probe->control_error = ask(fd, SOCKOPT_END);
	for (option = SOCKOPT_BASE; option < SOCKOPT_END; option++) {
		ret = ask(fd, option);
		if (ret == -ENOPROTOOPT)
			continue;
		probe->number = option;
		probe->number_error = ret;
		return;
	}
}

/* ---- The module ---------------------------------------------------------- */

/* It wants nothing: what it does not read would count as lost in the machine's statistics. */
static int probe_stream(struct sockopt *so)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };
	struct sockopt_config config = { .size = sizeof(config),
					 .slots = SOCKOPT_SLOTS_MIN,
					 .filter = &filter };
	struct sockopt_stream *st;
	int ret = sockopt_stream_open(&st, so, SOCKOPT_CHANNEL_ICMP, &config);

	if (!ret)
		sockopt_stream_close(st);
	return ret;
}

static void probe_module(struct probe *probe)
{
	const struct sockopt_info *info;
	struct sockopt *so;

	probe->open_error = sockopt_open(&so);
	probe->stream_error = probe->open_error;
	if (probe->open_error)
		return;
	info = sockopt_info(so);
	memcpy(probe->version, info->version, sizeof(probe->version));
	probe->version[sizeof(probe->version) - 1] = '\0';
	probe->features = info->features;
	probe->stream_error = probe_stream(so);
	sockopt_close(so);
}

/* ---- Namespaces ---------------------------------------------------------- */

static void probe_net(struct probe *probe)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), user;
	struct stat stat;

	if (net < 0)
		return;
	user = ioctl(net, NS_GET_USERNS);
	probe->is_net_foreign = user < 0 && errno == EPERM;
	if (user >= 0 && !fstat(user, &stat))
		probe->net_owner = stat.st_ino;
	if (user >= 0)
		close(user);
	close(net);
}

/* ---- All of it ----------------------------------------------------------- */

void probe(struct doctor *d)
{
	struct probe *probe = &d->probe;
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	memset(probe, 0, sizeof(*probe));
	probe->socket_error = fd < 0 ? -errno : 0;
	probe_net(probe);
	probe_module(probe);
	if (!probe->open_error) {		/* whatever files can be seen from here */
		d->survey.is_loaded = 1;
		d->survey.is_fixed = 0;
	}
	if (fd < 0)
		return;
	if (!d->survey.is_loaded && !d->survey.is_fixed)
		probe_numbers(probe, fd);
	close(fd);
}
