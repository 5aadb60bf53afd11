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

#include <asm/word-at-a-time.h>

/* Enter a channel that answers texts, with the right to do so. */
static struct sko_channel *enter(struct sock *sk, u32 id, u32 generation)
{
	struct sko_channel *channel = sko_channel_enter(id, generation);
	int ret = 0;

	if (IS_ERR(channel))
		return channel;
	if (!channel->has_texts)
		ret = -EOPNOTSUPP;
	else if (!sko_is_permitted_text(sk, channel->text_capability))
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

/* By words, which memchr() does not do. */
bool sko_text_has_nul(const char *text, size_t len)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long word, found;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		if (has_zero(word, &found, &constants))
			return true;
	}
	while (len--)
		if (!*text++)
			return true;
	return false;
}

/*
 * Texts up to this length stand on the stack while they are handled: most are short,
 * and memory is dearer than all the rest of a call. Where KASAN watches, none does,
 * so that it sees who writes behind one.
 */
#define OWN 128

/*
 * Where a text stands. Only what was written there is copied out, so that kernels
 * which clear the stack need not clear this part of it.
 */
struct place {
	char *allocated;		/* or NULL: then it is in own */
	char own[OWN];
};

static void place_init(struct place *place)
{
	place->allocated = NULL;
}

/* Room for len bytes, as zeros or as they are. NULL: no memory. */
static char *place_provide(struct place *place, size_t len, bool is_zeroed)
{
	if (!IS_ENABLED(CONFIG_KASAN) && len <= OWN)
		return is_zeroed ? memset(place->own, 0, len) : place->own;
	place->allocated = kmalloc(len, GFP_KERNEL | (is_zeroed ? __GFP_ZERO : 0));
	return place->allocated;
}

static void place_free(struct place *place)
{
	kfree(place->allocated);
}

static int request_in(struct sko_text *text, struct place *place, sockptr_t arg,
		      size_t len)
{
	int ret = check_len(len);
	char *request;

	if (ret)
		return ret;
	request = place_provide(place, len, false);
	if (!request)
		return -ENOMEM;
	if (copy_from_sockptr(request, arg, len))
		return -EFAULT;
	if (sko_text_has_nul(request, len))
		return -EINVAL;
	text->request = request;
	text->len = len;
	return 0;
}

/* Zeroed, should a handler return more than it wrote. */
static int reply_provide(struct sko_text *text, struct place *place, size_t room)
{
	text->room = min_t(size_t, room, SOCKOPT_TEXT_MAX);
	text->reply = place_provide(place, text->room, true);
	return text->reply ? 0 : -ENOMEM;
}

int sko_text_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len)
{
	struct sko_text text = { .net = sock_net(sk) };
	struct place request __uninitialized;
	ssize_t ret;

	place_init(&request);
	ret = request_in(&text, &request, arg, len);
	if (!ret)
		ret = handle(sk, id, 0, &text);
	place_free(&request);
	return ret < 0 ? ret : 0;
}

int sko_text_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sko_text text = { .net = sock_net(sk) };
	struct place reply __uninitialized;
	ssize_t ret;

	place_init(&reply);
	ret = reply_provide(&text, &reply, *len);
	if (!ret)
		ret = handle(sk, id, 0, &text);
	if (ret >= 0) {
		*len = ret;
		ret = copy_to_user(user, text.reply, ret) ? -EFAULT : 0;
	}
	place_free(&reply);
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

/* The request stands behind the struct, and the reply comes to where it stood. */
static ssize_t exchange(struct sock *sk, u32 id, const struct sockopt_call *call,
			u8 __user *behind)
{
	struct sko_text text = { .net = sock_net(sk) };
	struct place request __uninitialized, reply __uninitialized;
	ssize_t ret;

	place_init(&request);
	place_init(&reply);
	ret = request_in(&text, &request, USER_SOCKPTR(behind),
			 call->request_len) ?:
	      reply_provide(&text, &reply, call->reply_room);
	if (!ret)
		ret = handle(sk, id, call->generation, &text);
	if (ret > 0 && copy_to_user(behind, text.reply, ret))
		ret = -EFAULT;
	place_free(&reply);
	place_free(&request);
	return ret;
}

int sko_call_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct sockopt_call arg;
	int size = sko_struct_in(&arg, sizeof(arg), SOCKOPT_CALL_SIZE_1, user,
				 *len);
	ssize_t ret;

	if (size < 0)
		return size;
	ret = check_call(&arg, *len) ?:
	      exchange(sk, id, &arg, (u8 __user *)user + size);
	if (ret < 0)
		return ret;
	arg.reply_len = ret;
	*len = size + ret;
	return sko_struct_out(user, size, &arg, sizeof(arg));
}
