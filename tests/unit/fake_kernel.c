/* SPDX-License-Identifier: MIT */
/* The options of uapi.h, answered as it says, with errors on request. */
#include "fake_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

struct fake_kernel fake;

/* Names that the linker gives: --wrap. */
int __wrap_socket(int domain, int type, int protocol);
int __wrap_getsockopt(int fd, int level, int name, void *buf, socklen_t *len);
int __wrap_setsockopt(int fd, int level, int name, const void *buf,
		      socklen_t len);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

void fake_reset(void)
{
	fake_ring_forget();
	memset(&fake, 0, sizeof(fake));
	fake.abi = SOCKOPT_ABI;
	fake.slot_size = 64;
	fake.largest = (size_t)1 << 30;
	fake.stream_fd = -1;
	fake.text = "hello";
}

void fake_publish(uint32_t n)
{
	while (n--) {
		if (fake_ring_publish(fake.count))
			fake.count++;
		else
			fake.lost++;
	}
}

void fake_end(void)
{
	fake.has_ended = 1;
	fake_ring_end();
}

uint32_t fake_released(void)
{
	return fake_ring_is_held() ? fake_ring_tail() : fake.acknowledged;
}

int fake_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int fake_count_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fake_is_open(fd);
	return n;
}

static int fail(int err)
{
	errno = err;
	return -1;
}

static int new_fd(void)
{
	return open("/dev/null", O_RDONLY);
}

int __wrap_socket(int domain, int type, int protocol)
{
	if (domain != AF_INET || !(type & SOCK_RAW) || protocol != IPPROTO_RAW)
		return fail(EAFNOSUPPORT);
	if (fake.socket_error)
		return fail(fake.socket_error);
	return new_fd();
}

static int get_info(struct sockopt_info *info)
{
	if (info->size != sizeof(*info))
		return fail(EINVAL);
	info->abi = (uint32_t)fake.abi;
	info->text_max = SOCKOPT_TEXT_MAX;
	memset(info->version, 'v', sizeof(info->version));
	return 0;
}

static int get_channel(struct sockopt_channel *channel)
{
	if (channel->size != sizeof(*channel) || channel->flags)
		return fail(EINVAL);
	fake.channel = *channel;
	if (channel->name[0] ? strcmp(channel->name, "icmp") != 0 :
			       channel->id > SOCKOPT_CHANNEL_ICMP)
		return fail(ENOENT);
	channel->id = SOCKOPT_CHANNEL_ICMP;
	channel->generation = 5;
	strcpy(channel->name, "icmp");
	return 0;
}

static int get_open(struct sockopt_open *open, socklen_t len)
{
	if (open->size != sizeof(*open) || open->fd != -1 ||
	    len != sizeof(*open) + open->filter_len)
		return fail(EINVAL);
	fake.open = *open;
	if (open->filter_len)
		memcpy(&fake.filter, open + 1, sizeof(fake.filter));
	if (fake.open_error && !fake.open_error_late)
		return fail(fake.open_error);
	fake.slots = open->slots ? open->slots : SOCKOPT_SLOTS_DEFAULT;
	fake.stream_fd = fake_ring_fd();
	open->fd = fake.stream_fd;
	open->slots = fake.lie_no_slots ? 0 : fake.slots;
	open->slot_size = fake.slot_size;
	open->cursor = fake.start;
	return fake.open_error ? fail(fake.open_error) : 0;
}

void fake_fill_record(struct sockopt_record *rec, uint32_t number)
{
	memset(rec, 0, sizeof(*rec));
	rec->seq = fake.start + number + 1;
	rec->len = number;
	rec->caplen = fake.lie_caplen;
	rec->flags = fake.flags[number % FAKE_RECORDS];
}

/* Records from number on; the bytes written. */
static socklen_t fill_records(struct sockopt_records *head, uint32_t number,
			      uint32_t room)
{
	uint8_t *at = (uint8_t *)(head + 1);
	uint32_t n = 0;

	for (; n < room && number + n < fake.count; n++)
		fake_fill_record((struct sockopt_record *)(void *)
				 (at + n * fake.slot_size), number + n);
	head->count = fake.lie_count ? fake.lie_count : n;
	head->cursor = fake.start + number + n;
	head->slot_size = fake.lie_slot_size ? fake.lie_slot_size :
					       fake.slot_size;
	return fake.lie_len ? fake.lie_len :
			      (socklen_t)(sizeof(*head) + n * fake.slot_size);
}

/* Overwrite what the caller gave, as a call that fails late does. */
static int fail_late(void *buf, socklen_t len, int err)
{
	memset(buf, 0xee, len);
	return fail(err);
}

static int get_records(struct sockopt_records *head, socklen_t *len)
{
	uint32_t number = head->cursor - fake.start;
	uint32_t room = (uint32_t)((*len - sizeof(*head)) / fake.slot_size);
	int err = fake.records_error;

	fake.records_calls++;
	fake.records_len = *len;
	if (fake_ring_is_held())
		return fail(EBUSY);
	if (head->size != sizeof(*head) || head->count ||
	    number < fake.acknowledged || number > fake.count)
		return fail(EINVAL);
	fake.acknowledged = number;
	if (*len > fake.largest)
		return fail_late(head, *len, EFAULT);
	fake.records_error = 0;
	if (err)
		return fail_late(head, *len, err);
	if (room && number == fake.count && !fake.has_ended)
		return fail(head->flags & SOCKOPT_RECORDS_F_DONTWAIT ? EAGAIN :
								       EDEADLK);
	/* What is not written must not look wrong by accident. */
	memset(head + 1, 0, *len - sizeof(*head));
	*len = fill_records(head, number, room);
	return 0;
}

static int get_text(char *buf, socklen_t *len)
{
	socklen_t text_len = (socklen_t)strlen(fake.text);

	if (fake.text_error)
		return fail(fake.text_error);
	if (*len < text_len)
		return fail(ERANGE);
	memcpy(buf, fake.text, text_len);
	*len = text_len;
	return 0;
}

static int get_call(struct sockopt_call *call, socklen_t *len)
{
	socklen_t room = call->reply_room;

	fake.call = *call;
	memset(fake.said, 0, sizeof(fake.said));
	memcpy(fake.said, call + 1, call->request_len);
	if (*len < sizeof(*call) + call->request_len ||
	    *len < sizeof(*call) + call->reply_room)
		return fail(EINVAL);
	if (get_text((char *)(call + 1), &room))
		return -1;
	call->reply_len = room;
	*len = (socklen_t)sizeof(*call) + room;
	return 0;
}

static int get_stats(struct sockopt_stats *stats)
{
	if (stats->size != sizeof(*stats) || stats->flags)
		return fail(EINVAL);
	stats->seen = fake.count;
	stats->delivered = fake_released();
	stats->pending = fake.count - fake_released();
	return 0;
}

static int answer(int operation, void *buf, socklen_t *len)
{
	switch (operation) {
	case SOCKOPT_INFO:
		return get_info(buf);
	case SOCKOPT_CHANNEL:
		return get_channel(buf);
	case SOCKOPT_TEXT:
		return get_text(buf, len);
	case SOCKOPT_CALL:
		return get_call(buf, len);
	case SOCKOPT_OPEN:
		return get_open(buf, *len);
	case SOCKOPT_RECORDS:
		return get_records(buf, len);
	case SOCKOPT_STATS:
		return get_stats(buf);
	default:
		return fail(ENOPROTOOPT);
	}
}

int __wrap_getsockopt(int fd, int level, int name, void *buf, socklen_t *len)
{
	int operation = (name - SOCKOPT_BASE) & 15, ret = 1;

	fake.gets++;
	fake.option = name;
	if (!fake_is_open(fd))
		return fail(EBADF);
	if (level != IPPROTO_IP || fake.absent-- > 0)
		return fail(ENOPROTOOPT);
	if (fake.answer)
		ret = fake.answer(operation, buf, len);
	return ret > 0 ? answer(operation, buf, len) : ret;
}

/* What flags do not name is 0, and what is behind the struct is told. */
static int is_tune(const struct sockopt_tune *tune, socklen_t len)
{
	return tune->size == sizeof(*tune) && tune->flags &&
	       !(tune->flags & ~(SOCKOPT_TUNE_F_WAKE | SOCKOPT_TUNE_F_FILTER)) &&
	       (tune->flags & SOCKOPT_TUNE_F_WAKE ||
		!(tune->wake_records || tune->wake_delay_us)) &&
	       (tune->flags & SOCKOPT_TUNE_F_FILTER || !tune->filter_len) &&
	       !tune->reserved && len == sizeof(*tune) + tune->filter_len;
}

static int set_tune(const void *value, socklen_t len)
{
	if (len < sizeof(struct sockopt_tune) || len > FAKE_VALUE_MAX ||
	    !is_tune(value, len))
		return fail(EINVAL);
	if (fake.tune_error)
		return fail(fake.tune_error);
	fake.tunes++;
	fake.value_len = len;
	memcpy(fake.value, value, len);
	return 0;
}

static int set_stop(void)
{
	fake.stops++;
	fake_end();
	return 0;
}

static int set_text(const void *text, socklen_t len)
{
	if (fake.text_error)
		return fail(fake.text_error);
	memset(fake.said, 0, sizeof(fake.said));
	memcpy(fake.said, text, len < SOCKOPT_TEXT_MAX ? len : SOCKOPT_TEXT_MAX);
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *buf,
		      socklen_t len)
{
	fake.sets++;
	fake.option = name;
	if (!fake_is_open(fd))
		return fail(EBADF);
	if (level != IPPROTO_IP || fake.absent-- > 0)
		return fail(ENOPROTOOPT);
	switch ((name - SOCKOPT_BASE) & 15) {
	case SOCKOPT_TUNE:
		return set_tune(buf, len);
	case SOCKOPT_STOP:
		return set_stop();
	default:
		return set_text(buf, len);
	}
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	fake.polls++;
	fake.poll_timeout = timeout;
	if (count != 1 || fds->fd != fake.stream_fd)
		return fail(EINVAL);
	if (fake.poll_error)
		return fail(fake.poll_error);
	if (fake.meanwhile)
		fake.meanwhile();
	fds->revents = (short)fake.poll_says;
	return fake.poll_says != 0;
}
