// SPDX-License-Identifier: GPL-2.0-only
/* OPEN: from the caller's struct to a stream and its descriptor. */
#include "channel.h"
#include "feed.h"
#include "filter.h"
#include "netns.h"
#include "option.h"
#include "stream.h"
#include "tune.h"

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/sock.h>

/* What OPEN asks for. */
struct open_request {
	struct sockopt_open arg;
	void *filter;		/* arg.filter_len bytes, as the caller wrote them */
};

/* The filter stands behind the struct. */
static int filter_in(struct open_request *request, const void __user *user, size_t len)
{
	const struct sockopt_open *arg = &request->arg;

	if (arg->filter_len > len - arg->size)
		return -EINVAL;
	if (arg->filter_len > SKO_FILTER_LEN_MAX)
		return -E2BIG;
	if (!arg->filter_len)
		return 0;
	request->filter = memdup_user(user + arg->size, arg->filter_len);
	return PTR_ERR_OR_ZERO(request->filter);
}

static int check(const struct sockopt_open *arg)
{
	if (arg->fd != -1 || arg->flags || arg->slot_size || arg->cursor ||
	    arg->reserved)
		return -EINVAL;
	if (arg->slots && (!is_power_of_2(arg->slots) ||
			   arg->slots < SOCKOPT_SLOTS_MIN ||
			   arg->slots > SOCKOPT_SLOTS_MAX))
		return -EINVAL;
	return 0;
}

static int settle_geometry(struct sockopt_open *arg,
			   const struct sko_channel *channel)
{
	if (!arg->slots)
		arg->slots = SOCKOPT_SLOTS_DEFAULT;
	if (!arg->snaplen)
		arg->snaplen = channel->snaplen;
	else if (arg->snaplen == SOCKOPT_SNAPLEN_NONE)
		arg->snaplen = 0;
	if (arg->snaplen > channel->snaplen_max)
		return -EINVAL;
	arg->slot_size = sockopt_ring_slot_size(arg->snaplen);
	return sko_tune_settle(&arg->wake_records, &arg->wake_delay_us,
			       arg->slots);
}

/* A stream and its file, which owns it and its charge. */
static struct file *make_file(struct sock *sk, struct sko_channel *channel,
			      struct sockopt_open *arg,
			      struct sko_filter *filter)
{
	u64 bytes = sko_buffer_bytes((u64)arg->slots * arg->slot_size);
	struct sko_net *sn = sko_net(sock_net(sk));
	struct sko_stream *st;
	struct file *file;
	int ret;

	ret = sko_net_charge(sn, bytes);
	if (ret) {
		file = ERR_PTR(ret);
		goto err_free_filter;
	}
	st = sko_stream_alloc(sk, arg, filter);
	if (!st) {
		file = ERR_PTR(-ENOMEM);
		goto err_uncharge;
	}
	arg->cursor = st->handed;
	file = sko_stream_open(st, channel);
	if (IS_ERR(file)) {
		sko_stream_put(st); /* and with its memory go the bytes */
		sko_net_uncharge(sn, 1, 0);
	}
	return file;

err_uncharge:
	sko_net_uncharge(sn, 1, bytes);
err_free_filter:
	sko_filter_free(filter);
	return file;
}

/* Before there is memory for another one; link_stream() decides. */
static bool has_stream(struct sock *sk, u32 id)
{
	struct sko_stream *st = sko_stream_find(sk, id);

	if (st)
		sko_stream_put(st);
	return st;
}

static struct file *filter_and_make(struct sock *sk, struct sko_channel *channel,
				    struct open_request *request)
{
	struct sko_filter *filter = sko_filter_make(request->filter,
						    request->arg.filter_len,
						    channel->is_ip);

	if (IS_ERR(filter))
		return ERR_CAST(filter);
	return make_file(sk, channel, &request->arg, filter);
}

static struct file *enter_and_make(struct sock *sk, u32 id,
				   struct open_request *request)
{
	struct sko_channel *channel = sko_channel_enter(id,
							request->arg.generation);
	struct file *file;
	int ret = 0;

	if (IS_ERR(channel))
		return ERR_CAST(channel);
	if (!channel->snaplen_max)
		ret = -EOPNOTSUPP;
	else if (!sko_is_permitted(sock_net(sk), channel->open_capability))
		ret = -EPERM;
	else if (has_stream(sk, id))
		ret = -EBUSY;
	else
		ret = settle_geometry(&request->arg, channel);
	file = ret ? ERR_PTR(ret) : filter_and_make(sk, channel, request);
	sko_channel_leave(channel);
	return file;
}

/*
 * The descriptor's number is written last, by itself: a caller that finds it
 * after an error knows that the descriptor is its own, and closes it.
 */
static int tell(const struct sockopt_open *arg, int fd,
		struct sockopt_open __user *user)
{
	int ret = sko_struct_out(user, arg->size, arg, sizeof(*arg));

	return ret ?: put_user(fd, &user->fd);
}

/*
 * The stream is there before the caller can be told of it. If that fails, it goes again and
 * never counted. fd_install() is the last act: only the kernel's own put of the length may
 * still fail.
 */
static int open_stream(struct sock *sk, u32 id, struct open_request *request,
		       void __user *user)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct sko_stream *st;
	struct file *file;
	int ret;

	if (fd < 0)
		return fd;
	file = enter_and_make(sk, id, request);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_put_fd;
	}
	st = file->private_data;
	ret = tell(&request->arg, fd, user);
	if (ret)
		goto err_put_file;
	sko_feed_enrol(st->feed, st);
	fd_install(fd, file);
	return 0;

err_put_file:
	fput(file);
err_put_fd:
	put_unused_fd(fd);
	return ret;
}

int sko_open_get(struct sock *sk, u32 id, void __user *user, int *len)
{
	struct open_request request = { };
	int ret, size;

	size = sko_struct_in(&request.arg, sizeof(request.arg),
			     SOCKOPT_OPEN_SIZE_1, user, *len);
	if (size < 0)
		return size;
	ret = check(&request.arg) ?: filter_in(&request, user, *len);
	if (ret)
		return ret;
	ret = open_stream(sk, id, &request, user);
	if (!ret)
		*len = size;
	kfree(request.filter);
	return ret;
}
