// SPDX-License-Identifier: GPL-2.0-only
/* An attribute in /sys/kernel. */
#include "peers.h"

#include <linux/kobject.h>
#include <linux/sysfs.h>

static struct peer_text text = PEER_TEXT_INIT(text);
static struct kobject *directory;

static ssize_t text_show(struct kobject *kobj, struct kobj_attribute *attribute,
			 char *page)
{
	peer_get(&text, page);
	return PEER_TEXT;
}

static ssize_t text_store(struct kobject *kobj, struct kobj_attribute *attribute,
			  const char *page, size_t len)
{
	if (len != PEER_TEXT)
		return -EINVAL;
	peer_put(&text, page);
	return PEER_TEXT;
}

static struct kobj_attribute attribute = __ATTR(text, 0600, text_show, text_store);

int peer_sysfs_init(void)
{
	int ret;

	directory = kobject_create_and_add(PEER_SYSFS, kernel_kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_file(directory, &attribute.attr);
	if (ret)
		kobject_put(directory);
	return ret;
}

void peer_sysfs_exit(void)
{
	kobject_put(directory);
}
