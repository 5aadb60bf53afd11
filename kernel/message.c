// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel 'message': a text each way, for every network namespace its own.
 * Programs send one and read the kernel's; who administers the machine does the
 * same from the other side, through /proc/net/sockopt/message: what is written
 * there is what programs read, and it shows the last text that one of them sent.
 * All in process context.
 */
#include "message.h"
#include "option.h"
#include "proc.h"
#include "sysctl.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include <sockopt/channel.h>

static const char greeting[] = "a message from kernel\n";

/* A text that somebody sent. Never changed once it can be found. */
struct letter {
	struct timespec64 time;
	struct pid *pid;	/* a reference */
	kuid_t uid;
	size_t len;
	char text[];
};

struct message_net {
	spinlock_t lock;		/* both letters */
	struct letter *from_program;	/* NULL: none yet */
	struct letter *from_kernel;	/* NULL: the greeting */
};

static unsigned int net_id __read_mostly;
static struct sko_channel *channel;

static struct message_net *message_net(const struct net *net)
{
	return net_generic(net, net_id);
}

/* ---- Letters ---- */

static struct letter *letter_alloc(size_t len)
{
	struct letter *letter = kmalloc(struct_size(letter, text, len),
					GFP_KERNEL_ACCOUNT);

	if (!letter)
		return NULL;
	ktime_get_real_ts64(&letter->time);
	letter->pid = get_pid(task_tgid(current));
	letter->uid = current_uid();
	letter->len = len;
	return letter;
}

static void letter_free(struct letter *letter)
{
	if (!letter)
		return;
	put_pid(letter->pid);
	kfree(letter);
}

/* Put a letter in its place; the one that lay there goes. */
static void post(struct message_net *mn, struct letter **place,
		 struct letter *letter)
{
	struct letter *old;

	spin_lock(&mn->lock);
	old = *place;
	*place = letter;
	spin_unlock(&mn->lock);
	letter_free(old);
}

/* A copy of the letter that lies there, to be freed; NULL: none. */
static struct letter *fetch(struct message_net *mn, struct letter **place)
{
	struct letter *copy = kmalloc(struct_size(copy, text, SOCKOPT_TEXT_MAX),
				      GFP_KERNEL);
	const struct letter *letter;

	if (!copy)
		return ERR_PTR(-ENOMEM);
	spin_lock(&mn->lock);
	letter = *place;
	if (letter) {
		memcpy(copy, letter, struct_size(letter, text, letter->len));
		get_pid(copy->pid);
	}
	spin_unlock(&mn->lock);
	if (letter)
		return copy;
	kfree(copy);
	return NULL;
}

/* ---- Texts ---- */

static void log_text(const char *text, size_t len)
{
	if (READ_ONCE(sko_sysctl_log_messages))
		pr_info_ratelimited("sockopt: pid %d: \"%*pE\"\n",
				    task_tgid_nr(current),
				    (int)min_t(size_t, len, 256), text);
}

static ssize_t answer(struct message_net *mn, char *reply, size_t room)
{
	const struct letter *letter;
	size_t len;

	spin_lock(&mn->lock);
	letter = mn->from_kernel;
	len = letter ? letter->len : sizeof(greeting) - 1;
	if (len <= room)
		memcpy(reply, letter ? letter->text : greeting, len);
	spin_unlock(&mn->lock);
	return len <= room ? len : -ERANGE;
}

/* The answer goes first: if it does not fit, nothing may change. */
static ssize_t handle(const struct sko_text *text)
{
	struct message_net *mn = message_net(text->net);
	struct letter *letter = NULL;
	ssize_t ret = 0;

	if (text->request) {
		letter = letter_alloc(text->len);
		if (!letter)
			return -ENOMEM;
		memcpy(letter->text, text->request, text->len);
	}
	if (text->reply)
		ret = answer(mn, text->reply, text->room);
	if (ret < 0) {
		letter_free(letter);
	} else if (letter) {
		log_text(letter->text, letter->len);
		post(mn, &mn->from_program, letter);
	}
	return ret;
}

/* ---- /proc/net/sockopt/message ---- */

static int proc_show(struct seq_file *m, void *v)
{
	struct message_net *mn = message_net(m->private);
	struct letter *letter = fetch(mn, &mn->from_program);

	if (IS_ERR_OR_NULL(letter))
		return PTR_ERR_OR_ZERO(letter);
	seq_printf(m, "time %lld.%09ld pid %d uid %u len %zu\n",
		   (long long)letter->time.tv_sec, letter->time.tv_nsec,
		   pid_nr_ns(letter->pid, task_active_pid_ns(current)),
		   from_kuid_munged(seq_user_ns(m), letter->uid), letter->len);
	seq_write(m, letter->text, letter->len);
	letter_free(letter);
	return 0;
}

static int check_write(const struct net *net, const struct file *file,
		       size_t len)
{
	if (!sko_is_permitted_file(file, net, CAP_NET_RAW))
		return -EPERM;
	if (!len)
		return -EINVAL;
	return len > SOCKOPT_TEXT_MAX ? -EMSGSIZE : 0;
}

/* One write is one text. */
static ssize_t proc_write(struct file *file, const char __user *user,
			  size_t len, loff_t *pos)
{
	struct net *net = sko_proc_net(file_inode(file));
	struct letter *letter;
	int ret = check_write(net, file, len);

	if (ret)
		return ret;
	letter = letter_alloc(len);
	if (!letter)
		return -ENOMEM;
	if (copy_from_user(letter->text, user, len))
		ret = -EFAULT;
	else if (memchr(letter->text, 0, len))
		ret = -EINVAL;
	if (ret) {
		letter_free(letter);
		return ret;
	}
	post(message_net(net), &message_net(net)->from_kernel, letter);
	return len;
}

static int proc_open(struct inode *inode, struct file *file)
{
	return single_open(file, proc_show, sko_proc_net(inode));
}

static const struct proc_ops proc_ops = {
	.proc_open = proc_open,
	.proc_read = seq_read,
	.proc_write = proc_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

/* ---- Life ---- */

static int __net_init net_init(struct net *net)
{
	spin_lock_init(&message_net(net)->lock);
	return sko_proc_add(net, "message", 0640, &proc_ops);
}

static void __net_exit net_exit(struct net *net)
{
	struct message_net *mn = message_net(net);

	sko_proc_remove(net, "message");
	letter_free(mn->from_program);
	letter_free(mn->from_kernel);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct message_net),
};

static const struct sko_channel_ops ops = {
	.name = "message",
	.text = handle,
	.text_capability = CAP_NET_RAW,
	.open_capability = CAP_NET_RAW,
};

int __init sko_message_init(void)
{
	int ret = register_pernet_subsys(&net_ops);

	if (ret)
		return ret;
	channel = sko_channel_register(&ops);
	if (IS_ERR(channel)) {
		unregister_pernet_subsys(&net_ops);
		return PTR_ERR(channel);
	}
	WARN_ON(sko_channel_id(channel) != SOCKOPT_CHANNEL_MESSAGE);
	return 0;
}

void sko_message_exit(void)
{
	sko_channel_unregister(channel);
	unregister_pernet_subsys(&net_ops);
}
