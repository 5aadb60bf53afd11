// SPDX-License-Identifier: GPL-2.0-only
/* A character device: ioctl, write and read. A text is whole or refused. */
#include "peers.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static struct peer_text by_ioctl = PEER_TEXT_INIT(by_ioctl);
static struct peer_text by_file = PEER_TEXT_INIT(by_file);

static int put(struct peer_text *text, const void __user *user)
{
	char bytes[PEER_TEXT];

	if (copy_from_user(bytes, user, sizeof(bytes)))
		return -EFAULT;
	peer_put(text, bytes);
	return 0;
}

static int get(struct peer_text *text, void __user *user)
{
	char bytes[PEER_TEXT];

	peer_get(text, bytes);
	return copy_to_user(user, bytes, sizeof(bytes)) ? -EFAULT : 0;
}

static int swap_texts(struct peer_text *text, void __user *user)
{
	char bytes[PEER_TEXT], before[PEER_TEXT];

	if (copy_from_user(bytes, user, sizeof(bytes)))
		return -EFAULT;
	peer_swap(text, bytes, before);
	return copy_to_user(user, before, sizeof(before)) ? -EFAULT : 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (command) {
	case PEER_IOC_NONE:
		return 0;
	case PEER_IOC_PUT:
		return put(&by_ioctl, user);
	case PEER_IOC_GET:
		return get(&by_ioctl, user);
	case PEER_IOC_CALL:
		return swap_texts(&by_ioctl, user);
	default:
		return -ENOTTY;
	}
}

static ssize_t device_write(struct file *file, const char __user *user, size_t len,
			    loff_t *pos)
{
	int ret = len == PEER_TEXT ? put(&by_file, user) : -EINVAL;

	return ret ? ret : PEER_TEXT;
}

static ssize_t device_read(struct file *file, char __user *user, size_t len,
			   loff_t *pos)
{
	int ret = len >= PEER_TEXT ? get(&by_file, user) : -EINVAL;

	return ret ? ret : PEER_TEXT;
}

static const struct file_operations device_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.write = device_write,
	.read = device_read,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = PEER_DEVICE,
	.fops = &device_ops,
	.mode = 0600,
};

int peer_device_init(void)
{
	return misc_register(&device);
}

void peer_device_exit(void)
{
	misc_deregister(&device);
}
