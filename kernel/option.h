/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket options: what they share, and the function of each operation. */
#ifndef SKO_OPTION_H
#define SKO_OPTION_H

#include <linux/sockptr.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define SKO_VERSION "0.1.0"	/* the module's; configure.ac has the same */

/*
 * Bytes of the largest size-prefixed struct that is taken: more than any version will have.
 * What callers see is the same on every architecture, whatever its pages are.
 */
#define SKO_STRUCT_MAX 4096

struct file;
struct net;
struct sock;

/*
 * May the caller use this capability in the namespace? Namespaces of other user
 * namespaces than the initial one: only with net.sockopt.userns.
 */
bool sko_is_permitted(const struct net *net, int capability);

/*
 * The same for a text by this raw socket, in its namespace: one who opened it
 * needs not be asked again for the capability that this took.
 */
bool sko_is_permitted_text(const struct sock *sk, int capability);

/* The same of the one who opened a file, whoever writes to it now. */
bool sko_is_permitted_file(const struct file *file, const struct net *net,
			   int capability);

int sko_struct_in_any(void *dst, size_t ksize, size_t min,
		      const void __user *user, size_t len);

/*
 * Read a size-prefixed struct of ksize bytes that a caller has with another
 * size. Members that the caller lacks become 0; min is the size of its first
 * version. Returns the caller's size, at most len; -EINVAL, -E2BIG, -EFAULT.
 * The size member of dst is what is returned, whatever the caller writes there
 * meanwhile.
 *
 * Mostly it has the size of ours, and then it is one copy, of a length that the
 * compiler knows. Else all of it is read again, and only that counts.
 */
static __always_inline int sko_struct_in(void *dst, size_t ksize, size_t min,
					 const void __user *user, size_t len)
{
	if (len >= ksize && !copy_from_user(dst, user, ksize) &&
	    *(const u32 *)dst == ksize)
		return ksize;
	return sko_struct_in_any(dst, ksize, min, user, len);
}

/*
 * The same of bytes that were copied into the kernel: -EINVAL, -E2BIG.
 */
int sko_struct_take(void *dst, size_t ksize, size_t min, const void *src,
		    size_t len);

/* Write it back: the part that both know. usize: what sko_struct_in() returned. */
static __always_inline int sko_struct_out(void __user *user, size_t usize,
					  const void *src, size_t ksize)
{
	if (usize >= ksize)
		return copy_to_user(user, src, ksize) ? -EFAULT : 0;
	return copy_to_user(user, src, usize) ? -EFAULT : 0;
}

/* Is a byte of the text 0? */
bool sko_text_has_nul(const char *text, size_t len);

/* Operations on the channel of this id: text.c, open.c, tune.c, records.c. *len: in and out. */
int sko_text_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len);
int sko_text_get(struct sock *sk, u32 id, void __user *user, int *len);
int sko_call_get(struct sock *sk, u32 id, void __user *user, int *len);
int sko_open_get(struct sock *sk, u32 id, void __user *user, int *len);
int sko_tune_set(struct sock *sk, u32 id, sockptr_t arg, unsigned int len);
int sko_records_get(struct sock *sk, u32 id, void __user *user, int *len);

/* The last act of module init, the first of its exit. */
int sko_option_init(void);
void sko_option_exit(void);

#endif /* SKO_OPTION_H */
