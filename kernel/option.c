// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options: from a number to an operation. Called by netfilter for the
 * numbers of our range, in the process that made the system call, without the
 * socket's lock; the module is pinned meanwhile. May sleep.
 */
#include "channel.h"
#include "compat.h"
#include "option.h"
#include "stream.h"
#include "sysctl.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#define FEATURES (SOCKOPT_FEAT_TEXT | SOCKOPT_FEAT_PULL | SOCKOPT_FEAT_POLL | \
		  SOCKOPT_FEAT_TYPES | SOCKOPT_FEAT_ICMP4 | \
		  SOCKOPT_FEAT_READ | SOCKOPT_FEAT_MAP | SOCKOPT_FEAT_WAKE | \
		  SOCKOPT_FEAT_TUNE | SOCKOPT_FEAT_FILTER | SOCKOPT_FEAT_BPF | \
		  SOCKOPT_FEAT_ICMP6 | SKO_FEAT_CHARGED)

/* ---- What the operations share ---- */

static bool is_served(const struct net *net)
{
	return net->user_ns == &init_user_ns || READ_ONCE(sko_sysctl_userns);
}

bool sko_is_permitted(const struct net *net, int capability)
{
	return is_served(net) && ns_capable(net->user_ns, capability);
}

/*
 * Who opened a raw socket had CAP_NET_RAW in its namespace, and has it still if
 * these are the very credentials of then: they are replaced, never changed. A
 * security module that would refuse the capability by now is not asked again; its
 * hook for this very call was.
 */
static bool is_opener(const struct sock *sk)
{
	const struct socket *sock = sk->sk_socket;

	return sock && sock->file && sock->file->f_cred == current_cred();
}

bool sko_is_permitted_text(const struct sock *sk, int capability)
{
	const struct net *net = sock_net(sk);

	return is_served(net) && ((capability == CAP_NET_RAW && is_opener(sk)) ||
				  ns_capable(net->user_ns, capability));
}

bool sko_is_permitted_file(const struct file *file, const struct net *net,
			   int capability)
{
	return is_served(net) && file_ns_capable(file, net->user_ns, capability);
}

int sko_struct_in_any(void *dst, size_t ksize, size_t min,
		      const void __user *user, size_t len)
{
	u32 usize;
	int ret;

	if (len < sizeof(usize))
		return -EINVAL;
	if (get_user(usize, (const u32 __user *)user))
		return -EFAULT;
	if (usize < min || usize > len)
		return -EINVAL;
	if (usize > SKO_STRUCT_MAX)
		return -E2BIG;
	ret = copy_struct_from_user(dst, ksize, user, usize);
	if (ret)
		return ret;
	*(u32 *)dst = usize;
	return usize;
}

int sko_struct_take(void *dst, size_t ksize, size_t min, const void *src,
		    size_t len)
{
	u32 usize;

	if (len < sizeof(usize))
		return -EINVAL;
	memcpy(&usize, src, sizeof(usize));
	if (usize < min || usize > len)
		return -EINVAL;
	if (usize > SKO_STRUCT_MAX ||
	    (usize > ksize && memchr_inv(src + ksize, 0, usize - ksize)))
		return -E2BIG;
	memset(dst, 0, ksize);
	memcpy(dst, src, min_t(size_t, usize, ksize));
	return usize;
}

/* ---- INFO, CHANNEL ---- */

static int info_get(struct sock *sk, u32 channel, void __user *user, int *len)
{
	struct sockopt_info info;
	int size = sko_struct_in(&info, sizeof(info), SOCKOPT_INFO_SIZE_1,
				 user, *len);

	if (size < 0)
		return size;
	memset(&info, 0, sizeof(info));
	info.size = size;
	info.abi = SOCKOPT_ABI;
	info.features = FEATURES;
	info.text_max = SOCKOPT_TEXT_MAX;
	info.slots_max = SOCKOPT_SLOTS_MAX;
	info.channels_max = SOCKOPT_CHANNELS_MAX;
	info.records_max = INT_MAX;
	strscpy(info.version, SKO_VERSION, sizeof(info.version));
	*len = size;
	return sko_struct_out(user, size, &info, sizeof(info));
}

static int channel_get(struct sock *sk, u32 channel, void __user *user, int *len)
{
	struct sockopt_channel arg;
	int size = sko_struct_in(&arg, sizeof(arg), SOCKOPT_CHANNEL_SIZE_1,
				 user, *len);
	int ret;

	if (size < 0)
		return size;
	if (arg.flags || arg.reserved[0] || arg.reserved[1])
		return -EINVAL;
	ret = sko_channel_describe(&arg);
	if (ret)
		return ret;
	*len = size;
	return sko_struct_out(user, size, &arg, sizeof(arg));
}

/* ---- STOP, STATS ---- */

/* A sockptr may be the kernel's own memory, of len bytes and not one more. */
static int stop_set(struct sock *sk, u32 channel, sockptr_t arg, unsigned int len)
{
	struct sockopt_stop stop;
	void *bytes;
	int ret;

	if (len > SKO_STRUCT_MAX)
		return -E2BIG;
	bytes = memdup_sockptr(arg, len);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	ret = sko_struct_take(&stop, sizeof(stop), SOCKOPT_STOP_SIZE_1, bytes,
			      len);
	kfree(bytes);
	if (ret < 0)
		return ret;
	return stop.flags ? -EINVAL : sko_stream_stop(sk, channel);
}

static int stats_get(struct sock *sk, u32 channel, void __user *user, int *len)
{
	struct sockopt_stats stats;
	int size = sko_struct_in(&stats, sizeof(stats), SOCKOPT_STATS_SIZE_1,
				 user, *len);
	struct sko_stream *st;

	if (size < 0)
		return size;
	if (stats.flags)
		return -EINVAL;
	st = sko_stream_find(sk, channel);
	if (!st)
		return -ENOTCONN;
	sko_stream_stats(st, &stats);
	sko_stream_put(st);
	*len = size;
	return sko_struct_out(user, size, &stats, sizeof(stats));
}

/* ---- Numbers ---- */

typedef int get_fn(struct sock *sk, u32 channel, void __user *user, int *len);
typedef int set_fn(struct sock *sk, u32 channel, sockptr_t arg, unsigned int len);

static get_fn *const core_gets[16] = {
	[SOCKOPT_INFO] = info_get,
	[SOCKOPT_CHANNEL] = channel_get,
};

static get_fn *const channel_gets[16] = {
	[SOCKOPT_TEXT] = sko_text_get,
	[SOCKOPT_CALL] = sko_call_get,
	[SOCKOPT_OPEN] = sko_open_get,
	[SOCKOPT_RECORDS] = sko_records_get,
	[SOCKOPT_STATS] = stats_get,
};

static set_fn *const channel_sets[16] = {
	[SOCKOPT_TEXT] = sko_text_set,
	[SOCKOPT_TUNE] = sko_tune_set,
	[SOCKOPT_STOP] = stop_set,
};

/* AF_INET6 sockets reach PF_INET's options too. */
static bool is_ours(const struct sock *sk)
{
	return sk->sk_family == AF_INET && sk->sk_type == SOCK_RAW;
}

static u32 channel_of(int option)
{
	return (option - SOCKOPT_BASE) >> 4;
}

static int get(struct sock *sk, int option, void __user *user, int *len)
{
	u32 channel = channel_of(option);
	get_fn *const *gets = channel ? channel_gets : core_gets;
	get_fn *operation = gets[option & 15];

	if (!is_ours(sk) || !operation)
		return -ENOPROTOOPT;
	if (*len < 0)
		return -EINVAL;
	return operation(sk, channel, user, len);
}

static int set(struct sock *sk, int option, sockptr_t arg, unsigned int len)
{
	u32 channel = channel_of(option);
	set_fn *operation = channel ? channel_sets[option & 15] : NULL;

	if (!is_ours(sk) || !operation)
		return -ENOPROTOOPT;
	if (len > INT_MAX)
		return -EINVAL;
	return operation(sk, channel, arg, len);
}

static struct nf_sockopt_ops ops = {
	.pf = PF_INET,
	.set_optmin = SOCKOPT_BASE,
	.set_optmax = SOCKOPT_END,
	.set = set,
	.get_optmin = SOCKOPT_BASE,
	.get_optmax = SOCKOPT_END,
	.get = get,
	.owner = THIS_MODULE,
};

int __init sko_option_init(void)
{
	return nf_register_sockopt(&ops);
}

void sko_option_exit(void)
{
	nf_unregister_sockopt(&ops);
}
