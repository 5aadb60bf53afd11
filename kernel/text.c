// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts: TEXT and CALL, from the caller's buffer to the channel's handler and
 * back. Process context; the handler may sleep.
 */
#include "channel.h"
#include "option.h"

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

/* Enter a channel that answers texts, with the right to do so. */
static struct sko_channel *enter(struct sock *sk, u32 id, u32 generation)
{
	struct sko_channel *channel = sko_channel_enter(id, generation);
	int ret = 0;

	if (IS_ERR(channel))
		return channel;
	if (!channel->has_texts)
		ret = -EOPNOTSUPP;
	else if (!sko_is_permitted(sock_net(sk), channel->text_capability))
		ret = -EPERM;
	if (ret) {
		sko_channel_leave(channel);
		return ERR_PTR(ret);
	}
	return channel;
}

/*
 * Let the handler work. The caller's memory is read before and written after:
 * a page of it may take for ever to come, and a channel must be able to go.
 * A handler that returns more than it was given room for overran its buffer.
 */
static ssize_t handle(struct sock *sk, u32 id, u32 generation,
		      struct sko_text *text)
{
	struct sko_channel *channel = enter(sk, id, generation);
	ssize_t len;

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	text->channel = channel;
	len = sko_channel_result(channel->ops->text(text));
	sko_channel_leave(channel);
	return WARN_ON_ONCE(len > (ssize_t)text->room) ? -EIO : len;
}

static int check_len(size_t len)
{
	if (!len)
		return -EINVAL;
	return len > SOCKOPT_TEXT_MAX ? -EMSGSIZE : 0;
}

static int request_in(struct sko_text *text, sockptr_t arg, size_t len)
{
	int ret = check_len(len);
	char *request;

	if (ret)
		return ret;
	request = memdup_sockptr(arg, len);
	if (IS_ERR(request))
		return PTR_ERR(request);
	if (memchr(request, 0, len)) {
		kfree(request);
		return -EINVAL;
	}
	text->request = request;
	text->len = len;
	return 0;
}

/* Zeroed, should a handler return more than it wrote. */
static int reply_alloc(struct sko_text *text, size_t room)
{
	text->room = min_t(size_t, room, SOCKOPT_TEXT_MAX);
	text->reply = kzalloc(text->room, GFP_KERNEL);
	return text->reply ? 0 : -ENOMEM;
}

static void text_free(struct sko_text *text)
{
	kfree(text->request);
	kfree(text->reply);
}

int sko_text_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len)
{
	struct sko_text text = { .net = sock_net(sk) };
	ssize_t ret = request_in(&text, arg, len);

	if (!ret)
		ret = handle(sk, id, 0, &text);
	text_free(&text);
	return ret < 0 ? ret : 0;
}

int sko_text_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sko_text text = { .net = sock_net(sk) };
	ssize_t ret = reply_alloc(&text, *len);

	if (!ret)
		ret = handle(sk, id, 0, &text);
	if (ret >= 0) {
		*len = ret;
		ret = copy_to_user(user, text.reply, ret) ? -EFAULT : 0;
	}
	text_free(&text);
	return ret;
}

/* The lengths are the caller's own; len is what the buffer really has. */
static int check_call(const struct sockopt_call *call, size_t len)
{
	int ret = check_len(call->request_len);

	if (ret)
		return ret;
	if (call->reply_len || call->reserved)
		return -EINVAL;
	if (call->request_len > len - call->size ||
	    call->reply_room > len - call->size)
		return -EINVAL;
	return 0;
}

int sko_call_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sko_text text = { .net = sock_net(sk) };
	struct sockopt_call call;
	u8 __user *behind;
	ssize_t ret;
	int size = sko_struct_in(&call, sizeof(call), SOCKOPT_CALL_SIZE_1,
				 user, *len);

	if (size < 0)
		return size;
	behind = user + size;
	ret = check_call(&call, *len) ?:
	      request_in(&text, USER_SOCKPTR(behind), call.request_len) ?:
	      reply_alloc(&text, call.reply_room);
	if (!ret)
		ret = handle(sk, id, call.generation, &text);
	if (ret >= 0) {
		call.reply_len = ret;
		*len = size + ret;
		ret = copy_to_user(behind, text.reply, ret) ? -EFAULT :
		      sko_struct_out(user, size, &call, sizeof(call));
	}
	text_free(&text);
	return ret;
}
