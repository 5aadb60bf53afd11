/* SPDX-License-Identifier: MIT */
/*
 * Texts: to a channel, from a channel, and both in one call. What a text may be
 * is the kernel's to say; here is only what the system call could not carry.
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* On the stack: nothing is allocated after open. */
struct call_buffer {
	struct sockopt_call head;
	char text[SOCKOPT_TEXT_MAX];
};

int sockopt_text_set(struct sockopt *so, unsigned int channel,
		     const char *text, size_t len)
{
	if (len > INT_MAX)
		return -EMSGSIZE;
	return sockopt_internal_set(so->fd, channel, SOCKOPT_TEXT, text,
				    (socklen_t)len);
}

ssize_t sockopt_text_get(struct sockopt *so, unsigned int channel,
			 char *buf, size_t size)
{
	socklen_t len = (socklen_t)(size < INT_MAX ? size : INT_MAX);
	int ret;

	ret = sockopt_internal_get(so->fd, channel, SOCKOPT_TEXT, buf, &len);
	if (ret)
		return ret;
	if (len > size)
		return -EPROTO;
	if (len < size)
		buf[len] = '\0';
	return (ssize_t)len;
}

/* Room for the reply: the caller's, as far as a text can be long. */
static size_t reply_room(size_t size)
{
	return size < SOCKOPT_TEXT_MAX ? size : SOCKOPT_TEXT_MAX;
}

/* Bring the reply home. reply_len is checked: the caller's buffer is small. */
static ssize_t take_reply(const struct call_buffer *call, char *buf, size_t size)
{
	size_t len = call->head.reply_len;

	if (len > reply_room(size))
		return -EPROTO;
	if (len)
		memcpy(buf, call->text, len);
	if (len < size)
		buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t sockopt_call(struct sockopt *so, unsigned int channel,
		     unsigned int generation, const char *request, size_t len,
		     char *buf, size_t size)
{
	struct call_buffer call;
	size_t room = reply_room(size);
	socklen_t optlen;
	int ret;

	if (!len)
		return -EINVAL;
	if (len > SOCKOPT_TEXT_MAX)
		return -EMSGSIZE;
	memset(&call, 0, sizeof(call));
	call.head.size = sizeof(call.head);
	call.head.generation = generation;
	call.head.request_len = (uint32_t)len;
	call.head.reply_room = (uint32_t)room;
	memcpy(call.text, request, len);
	optlen = (socklen_t)(sizeof(call.head) + (len > room ? len : room));
	ret = sockopt_internal_get(so->fd, channel, SOCKOPT_CALL, &call, &optlen);
	return ret ? ret : take_reply(&call, buf, size);
}
