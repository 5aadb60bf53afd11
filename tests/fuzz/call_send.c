/* SPDX-License-Identifier: MIT */
/*
 * See call_run.h. A packet goes over loopback, as every program's, and is then seen in softirq;
 * or into a tun device, and is seen in the call that brings it: there KCOV follows it.
 */
#include "call_packet.h"
#include "call_run.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMES_MAX 64

static int tun;

static long send_once(const uint8_t *packet, size_t len)
{
	const struct sockaddr_in to4 = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool is_ip6 = len && packet[0] >> 4 == 6;
	int fd = socket(is_ip6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	long ret;

	if (is_ip6)
		ret = sendto(fd, packet, len, MSG_DONTWAIT, (const void *)&to6, sizeof(to6));
	else
		ret = sendto(fd, packet, len, MSG_DONTWAIT, (const void *)&to4, sizeof(to4));
	close(fd);
	return ret;
}

/* numbers: 0: into tun, else over loopback; how often; bytes beyond the data; 1: as it is */
long run_packet(struct worker *worker, const struct call *call)
{
	uint32_t times = call->numbers[1] % TIMES_MAX;
	size_t len = call->len + call->numbers[2] % 4096;
	long ret = 0;

	memset(worker->room, 'p', len);
	memcpy(worker->room, call->data, call->len);
	if (!call->numbers[3])
		packet_seal(worker->room, len);
	while (times--)
		ret = call->numbers[0] ? send_once(worker->room, len) :
					 write(tun, worker->room, len);
	return ret;
}

static bool bring_up(struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in *address = (void *)&request->ifr_addr;
	bool is_up;

	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(0x0a080001);	/* 10.8.0.1 */
	is_up = !ioctl(fd, SIOCSIFADDR, request);
	request->ifr_flags = IFF_UP | IFF_RUNNING;
	is_up = is_up && !ioctl(fd, SIOCSIFFLAGS, request);
	close(fd);
	return is_up;
}

bool send_start(void)
{
	struct ifreq request = { .ifr_name = "callfuzz", .ifr_flags = IFF_TUN | IFF_NO_PI };

	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request) || !bring_up(&request)) {
		perror("/dev/net/tun");
		return false;
	}
	return true;
}
