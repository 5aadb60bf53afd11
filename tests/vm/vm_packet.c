/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int vm_sender(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	ck_assert_msg(fd >= 0, "ICMP socket: %s", strerror(errno));
	return fd;
}

uint16_t vm_checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct sockaddr_in address(const char *to, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

	ck_assert_int_eq(inet_pton(AF_INET, to, &addr.sin_addr), 1);
	return addr;
}

void vm_icmp(int sender, const char *to, uint8_t type, uint8_t code, const void *rest, size_t len)
{
	struct sockaddr_in addr = address(to, 0);
	uint8_t packet[4 + 8192] = { type, code };
	uint16_t sum;

	ck_assert_uint_le(len, sizeof(packet) - 4);
	memcpy(packet + 4, rest, len);
	sum = vm_checksum(packet, 4 + len);
	packet[2] = (uint8_t)(sum >> 8);
	packet[3] = (uint8_t)sum;
	ck_assert_msg(sendto(sender, packet, 4 + len, 0, (struct sockaddr *)&addr,
			     sizeof(addr)) == (ssize_t)(4 + len),
		      "sendto %s: %s", to, strerror(errno));
}

void vm_echo(int sender, const char *to, uint16_t id, uint16_t seq, size_t payload, int ttl)
{
	uint8_t rest[8192] = { (uint8_t)(id >> 8), (uint8_t)id,
			       (uint8_t)(seq >> 8), (uint8_t)seq };
	int any = ttl ? ttl : 64;
	size_t i;

	ck_assert_uint_le(payload, sizeof(rest) - 4);
	for (i = 0; i < payload; i++)
		rest[4 + i] = (uint8_t)i;
	ck_assert_int_eq(setsockopt(sender, IPPROTO_IP, IP_TTL, &any, sizeof(any)), 0);
	vm_icmp(sender, to, 8, 0, rest, 4 + payload);
}

uint16_t vm_udp(const char *to, uint16_t port)
{
	struct sockaddr_in addr = address(to, port), mine;
	socklen_t len = sizeof(mine);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&mine, &len), 0);
	close(fd);
	return ntohs(mine.sin_port);
}

void vm_ping_self(int times, uint16_t id)
{
	int sender = vm_sender(), i;

	for (i = 0; i < times; i++)
		vm_echo(sender, VM_LO, id, (uint16_t)i, 8, 0);
	close(sender);
}

void vm_flood(void *to)
{
	struct sockaddr_in addr = address(to, 0);
	uint8_t echo[16] = { ECHO_REQUEST };
	uint16_t sum = vm_checksum(echo, sizeof(echo));
	int sender = vm_sender();
	unsigned int n;

	echo[2] = (uint8_t)(sum >> 8);
	echo[3] = (uint8_t)sum;
	for (n = 1;; n++) {
		sendto(sender, echo, sizeof(echo), MSG_DONTWAIT, (struct sockaddr *)&addr,
		       sizeof(addr));
		if (n % 16 == 0)
			poll(NULL, 0, 1);
	}
}

void vm_ping_for_ever(void *arg)
{
	int sender = vm_sender();
	uint16_t seq = 0;

	(void)arg;
	for (;;) {
		vm_echo(sender, VM_LO, 2, seq++, 8, 0);
		if (seq % 16 == 0)
			poll(NULL, 0, 1);
	}
}
