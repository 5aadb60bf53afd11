/* SPDX-License-Identifier: MIT */
/*
 * Errors in words that say what to do, and the version. Constant strings only:
 * no locale, no buffer, so any thread may ask.
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>

/* Errors with a meaning of our own. */
static const char *own_error(int err)
{
	switch (err) {
	case ENOPROTOOPT:
		return "the kernel module is not loaded: run \"modprobe sockopt\" as root";
	case EPERM:
		return "this needs CAP_NET_RAW: run as root or \"setcap cap_net_raw+ep PROGRAM\" (in a container or user namespace: net.sockopt.userns must be 1, too)";
	case EPROTO:
		return "the kernel module and this library speak different versions: install both from one release";
	case ESTALE:
		return "the channel is gone or was replaced: look it up again by name";
	case ENOENT:
		return "no channel has this name: is the module that publishes it loaded";
	case ENAMETOOLONG:
		return "a channel's name has at most 31 bytes";
	case EBUSY:
		return "in use: this handle has a stream of the channel already (open another handle), or the ring is mapped (take records by next, or unmap before pull)";
	case ENODATA:
		return "the stream has ended and all its records are taken";
	case ENOSPC:
		return "a limit is reached: raise net.sockopt.streams_max or net.sockopt.ring_bytes_max, or open fewer or smaller rings";
	case ERANGE:
		return "the buffer is too small for the text: 4096 bytes always suffice, nothing is lost";
	case EMSGSIZE:
		return "the text is too long: at most 4096 bytes";
	case EOPNOTSUPP:
		return "this channel or this version of the kernel module cannot do that";
	case EAGAIN:
		return "no record now: wait until the stream is readable";
	case ENOTCONN:
		return "the stream is closed (open it again), or the socket is not connected";
	case E2BIG:
		return "the program asks for something this version does not know: update libsockopt and the kernel module";
	case EBADMSG:
		return "the packet has something that no rule allows: skip the rest of it";
	case EINVAL:
		return "a value is out of range: see the rules in sockopt/sockopt.h";
	default:
		return NULL;
	}
}

/* Errors of the system that one meets here. */
static const char *system_error(int err)
{
	switch (err) {
	case 0:
		return "no error";
	case EBADF:
		return "the file descriptor is closed: the program closed one that libsockopt owns";
	case ENODEV:
		return "this version of the kernel module cannot map a stream: update it";
	case ENOTSOCK:
		return "the file descriptor is not a socket";
	case EFAULT:
		return "a buffer cannot be read or written: the program passed a bad address";
	case EINTR:
		return "interrupted by a signal: try again";
	case EMFILE:
		return "this process has too many open files: raise \"ulimit -n\"";
	case ENFILE:
		return "the system has too many open files: raise fs.file-max";
	case ENOMEM:
		return "out of memory: open fewer or smaller rings";
	case EACCES:
		return "a security policy forbids it: look at the sandbox (seccomp, SELinux, a BPF program of the cgroup), then at the audit log";
	case EAFNOSUPPORT:
		return "no IPv4 sockets here (the kernel, or the service's sandbox, forbids them), or the socket is not one of IP";
	default:
		return "unexpected error: see errno(3) for its number";
	}
}

const char *sockopt_strerror(int err)
{
	const char *text;

	/* The most negative int has no positive twin. */
	if (err < 0)
		err = err < -INT_MAX ? INT_MAX : -err;
	text = own_error(err);
	return text ? text : system_error(err);
}

const char *sockopt_version(void)
{
	return SOCKOPT_VERSION;
}
