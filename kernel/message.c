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

#define LETTER_MIN 64	/* bytes of text that there is room for */

static const char greeting[] = "a message from kernel\n";

/*
 * A text that somebody sent. The next one is written over it if there is room, so
 * that a namespace keeps the room of its longest text each way, charged to who
 * sent that.
 */
struct letter {
	struct timespec64 time;
	struct pid *pid;	/* a reference */
	kuid_t uid;
	size_t len;
	size_t room;		/* bytes of text */
	char text[];
};

struct message_net {
	spinlock_t lock;		/* both letters, and what is in them */
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

static void write_letter(struct letter *letter, const char *text, size_t len)
{
	ktime_get_real_ts64(&letter->time);
	letter->uid = current_uid();
	letter->len = len;
	memcpy(letter->text, text, len);
}

static struct letter *letter_alloc(const char *text, size_t len)
{
	size_t room = max_t(size_t, len, LETTER_MIN);
	struct letter *letter = kmalloc(struct_size(letter, text, room),
					GFP_KERNEL_ACCOUNT);

	if (!letter)
		return NULL;
	letter->pid = get_pid(task_tgid(current));
	letter->room = room;
	write_letter(letter, text, len);
	return letter;
}

static void letter_free(struct letter *letter)
{
	if (!letter)
		return;
	put_pid(letter->pid);
	kfree(letter);
}

/* Write over the letter in its place; false: there is none, or one without room. */
static bool overwrite(struct message_net *mn, struct letter *const *place,
		      const char *text, size_t len)
{
	struct pid *sender = task_tgid(current), *before = NULL;
	struct letter *letter;
	bool has_room;

	spin_lock(&mn->lock);
	letter = *place;
	has_room = letter && letter->room >= len;
	if (has_room) {
		write_letter(letter, text, len);
		if (letter->pid != sender) {
			before = letter->pid;
			letter->pid = get_pid(sender);
		}
	}
	spin_unlock(&mn->lock);
	put_pid(before);
	return has_room;
}

/* Put a letter in its place; the one that lay there goes. */
static void replace(struct message_net *mn, struct letter **place,
		    struct letter *letter)
{
	spin_lock(&mn->lock);
	swap(*place, letter);
	spin_unlock(&mn->lock);
	letter_free(letter);
}

/*
 * A text of the process that runs becomes the one in its place. -ENOMEM: nothing
 * has changed.
 */
static int post(struct message_net *mn, struct letter **place, const char *text,
		size_t len)
{
	struct letter *letter;

	if (overwrite(mn, place, text, len))
		return 0;
	letter = letter_alloc(text, len);
	if (!letter)
		return -ENOMEM;
	replace(mn, place, letter);
	return 0;
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
	ssize_t len = 0;
	int ret;

	if (text->reply)
		len = answer(mn, text->reply, text->room);
	if (len < 0 || !text->request)
		return len;
	ret = post(mn, &mn->from_program, text->request, text->len);
	if (ret)
		return ret;
	log_text(text->request, text->len);
	return len;
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
	int ret = check_write(net, file, len);
	char *text;

	if (ret)
		return ret;
	text = memdup_user(user, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = sko_text_has_nul(text, len) ? -EINVAL :
	      post(message_net(net), &message_net(net)->from_kernel, text, len);
	kfree(text);
	return ret ? ret : (ssize_t)len;
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
