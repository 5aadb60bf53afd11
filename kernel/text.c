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
	else if (!sko_is_permitted(sock_net(sk), channel->ops->text_capability))
		ret = -EPERM;
	if (ret) {
		sko_channel_leave(channel);
		return ERR_PTR(ret);
	}
	return channel;
}

static int check_len(size_t len)
{
	if (!len)
		return -EINVAL;
	return len > SOCKOPT_TEXT_MAX ? -EMSGSIZE : 0;
}

static char *text_in(sockptr_t arg, size_t len)
{
	int ret = check_len(len);
	char *text;

	if (ret)
		return ERR_PTR(ret);
	text = memdup_sockptr(arg, len);
	if (!IS_ERR(text) && memchr(text, 0, len)) {
		kfree(text);
		return ERR_PTR(-EINVAL);
	}
	return text;
}

/* Room for a reply; no caller needs more than the longest text. */
static char *reply_alloc(struct sko_text *text, size_t room)
{
	text->room = min_t(size_t, room, SOCKOPT_TEXT_MAX);
	text->reply = kmalloc(text->room, GFP_KERNEL);
	return text->reply;
}

/* A handler that returns more than it was given room for overran its buffer. */
static ssize_t handle(struct sko_channel *channel, const struct sko_text *text)
{
	ssize_t len = channel->ops->text(text);

	if (WARN_ON_ONCE(len > (ssize_t)text->room))
		return -EIO;
	return len;
}

int sko_text_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len)
{
	struct sko_channel *channel = enter(sk, id, 0);
	struct sko_text text = { .net = sock_net(sk), .len = len };
	ssize_t ret;

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	text.request = text_in(arg, len);
	if (IS_ERR(text.request)) {
		ret = PTR_ERR(text.request);
		goto out_leave;
	}
	ret = handle(channel, &text);
	kfree(text.request);
out_leave:
	sko_channel_leave(channel);
	return ret < 0 ? ret : 0;
}

int sko_text_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sko_channel *channel = enter(sk, id, 0);
	struct sko_text text = { .net = sock_net(sk) };
	ssize_t ret = -ENOMEM;

	if (IS_ERR(channel))
		return PTR_ERR(channel);
	if (!reply_alloc(&text, *len))
		goto out_leave;
	ret = handle(channel, &text);
	if (ret >= 0) {
		*len = ret;
		ret = copy_to_user(user, text.reply, ret) ? -EFAULT : 0;
	}
	kfree(text.reply);
out_leave:
	sko_channel_leave(channel);
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

static ssize_t exchange(struct sko_channel *channel, struct sko_text *text,
			const struct sockopt_call *call, void __user *user)
{
	ssize_t ret = -ENOMEM;

	text->len = call->request_len;
	text->request = text_in(USER_SOCKPTR(user), text->len);
	if (IS_ERR(text->request))
		return PTR_ERR(text->request);
	if (!reply_alloc(text, call->reply_room))
		goto out_free_request;
	ret = handle(channel, text);
	if (ret >= 0 && copy_to_user(user, text->reply, ret))
		ret = -EFAULT;
	kfree(text->reply);
out_free_request:
	kfree(text->request);
	return ret;
}

int sko_call_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sko_text text = { .net = sock_net(sk) };
	struct sko_channel *channel;
	struct sockopt_call call;
	ssize_t ret;
	int size = sko_struct_in(&call, sizeof(call), sizeof(call), user, *len);

	if (size < 0)
		return size;
	channel = enter(sk, id, call.generation);
	if (IS_ERR(channel))
		return PTR_ERR(channel);
	ret = check_call(&call, *len);
	if (!ret)
		ret = exchange(channel, &text, &call, user + size);
	sko_channel_leave(channel);
	if (ret < 0)
		return ret;
	call.reply_len = ret;
	*len = size + ret;
	return sko_struct_out(user, size, &call, sizeof(call));
}
