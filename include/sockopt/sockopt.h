/* SPDX-License-Identifier: MIT */
/*
 * libsockopt: texts and records from Linux kernel code, over a raw IPv4 socket
 * and its options. Needs the kernel module sockopt.ko; link with
 * `pkg-config --cflags --libs libsockopt`.
 *
 * Rules for every function
 *
 * Returns: >= 0 is good, negative is -errno (errno itself is not used);
 * sockopt_strerror() says what to do about it. Objects come through the first
 * parameter; on an error it is set to NULL. close functions take NULL.
 * Structs that a function fills begin with their own size, which the caller sets
 * to sizeof before (as in 'struct sockopt_stats stats = { sizeof(stats) }'), so that they
 * can grow: what a newer caller has more of than this library stays untouched.
 * -EINVAL: the size is not that of any version. On an error nothing is filled.
 * Memory: allocated by open functions, and for its own time by tune.
 * What a function returns a pointer to belongs to the object and lives as the
 * function says.
 * Blocking: sockopt_stream_wait() may block, and the texts as long as the
 * kernel's handler sleeps. Nothing else does; sockopt_stream_stop(), and a tune after
 * which a family is not wanted any more, take some milliseconds (RCU). One exception:
 * while another netfilter module is being unloaded the kernel finds no option of ours
 * (ENOPROTOOPT), and every function that asks it, pull and stop too, asks again for up
 * to a quarter of a second (between, pselect(2) with signals blocked). So a module that
 * is absent is known after that time; from a stream, which holds the module,
 * -ENOPROTOOPT only says that the other one takes longer: repeat the call, nothing is
 * lost.
 * Threads: no global state, no thread of its own. One handle, or one stream,
 * in one thread at a time; sockopt_stream_stop() may come from any other.
 *
 *   struct sockopt_stream *st;
 *   const struct sockopt_record *rec;
 *   char line[SOCKOPT_ICMP_LINE];
 *   int n = sockopt_icmp_open(&st, NULL);
 *
 *   while (n >= 0 && (n = sockopt_stream_wait(st, -1)) > 0 &&
 *          (n = sockopt_stream_pull(st)) > 0)
 *           while ((rec = sockopt_stream_next(st)) != NULL) {
 *                   sockopt_icmp_format(rec, line, sizeof(line));
 *                   puts(line);
 *                   sockopt_stream_release(st);
 *           }
 *   if (n < 0)
 *           fprintf(stderr, "%s\n", sockopt_strerror(n));
 *   sockopt_stream_close(st);
 */
#ifndef SOCKOPT_SOCKOPT_H
#define SOCKOPT_SOCKOPT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Handle: a socket that speaks to the module ------------------------ */

struct sockopt;

/*
 * Open a handle in the caller's network namespace: a SOCK_RAW, IPPROTO_RAW,
 * close-on-exec IPv4 socket, which receives nothing. (A socket of one's own of
 * another protocol, as IPPROTO_ICMP, would be given a copy of every packet.)
 * Asks INFO, so success means that the module is there and speaks our ABI.
 * -EPERM: no CAP_NET_RAW, or a policy says so to socket(2). -EACCES: a policy (seccomp,
 * SELinux, a BPF program) forbids to ask, for which no right is needed; the same from
 * every function but sockopt_stream_tune() that needs none. -ENOPROTOOPT: module not
 * loaded. -EPROTO: the module's ABI is not ours. -EMFILE, -ENFILE, -ENOMEM.
 */
int sockopt_open(struct sockopt **so);

/* Close it. Its streams go on: each is held by its own fd. */
void sockopt_close(struct sockopt *so);

/* The socket, to be handed on or for SO_RCVTIMEO. Owned by the handle. */
int sockopt_fd(const struct sockopt *so);

/* What the module told at open (INFO). Lives as long as the handle. */
const struct sockopt_info *sockopt_info(const struct sockopt *so);

/*
 * What an error of this library means and what to do about it, as one line
 * without a full stop. err: a negative errno as returned here (a positive one
 * is taken too). A constant string; never NULL; thread-safe.
 */
const char *sockopt_strerror(int err);

/* The library's version, as "0.1.0". A constant string. */
const char *sockopt_version(void);

/* ---- Channels ---------------------------------------------------------- */

/*
 * Look a channel up by name (1 to 31 bytes). Fills *channel (its size set
 * before) and returns its id (> 0). -ENOENT: no channel has that name.
 * -ENAMETOOLONG, -EINVAL (empty). -EPROTO: what the kernel says is no channel. Option
 * CHANNEL.
 */
int sockopt_channel(struct sockopt *so, const char *name,
		    struct sockopt_channel *channel);

/*
 * The first channel whose id is at least id: a loop over the returned id + 1
 * lists all. -ENOENT: no more. -EPROTO as above. Option CHANNEL.
 */
int sockopt_channel_from(struct sockopt *so, unsigned int id,
			 struct sockopt_channel *channel);

/* ---- Texts ------------------------------------------------------------- */

/*
 * Hand a text of len bytes (1 to SOCKOPT_TEXT_MAX, no NUL) to a channel.
 * Returns 0. -EINVAL: empty, or it has a NUL. -EMSGSIZE: too long. -EPERM: the
 * channel's right is missing. -ESTALE: no such channel. -EOPNOTSUPP: it
 * answers no texts. -EINTR. Option TEXT (set).
 */
int sockopt_text_set(struct sockopt *so, unsigned int channel,
		     const char *text, size_t len);

/*
 * Bring a channel's text to buf, of size bytes. Returns its length; a NUL
 * follows it if there is room for one. -ERANGE: size is too small, nothing is
 * consumed and nothing that is in buf means anything; SOCKOPT_TEXT_MAX always
 * suffices. -EPROTO: what the kernel says is longer than size. Other errors as above.
 * Option TEXT (get).
 */
ssize_t sockopt_text_get(struct sockopt *so, unsigned int channel,
			 char *buf, size_t size);

/*
 * A request (len bytes) and its reply (up to size bytes, a NUL follows if there
 * is room) in one system call. Returns the reply's length. generation: from
 * struct sockopt_channel, or 0 for any. Errors of the two above; -ERANGE: the
 * reply does not fit, nothing was consumed. Option CALL.
 */
ssize_t sockopt_call(struct sockopt *so, unsigned int channel,
		     unsigned int generation, const char *request, size_t len,
		     char *buf, size_t size);

/* ---- Streams ----------------------------------------------------------- */

struct sockopt_stream;

/* How a stream is to be. All zero but 'size' (or NULL for the whole): defaults. */
struct sockopt_config {
	uint32_t size;		/* sizeof(struct sockopt_config) */
	uint32_t slots;		/* records in the ring, a power of two, 2 to
				 * SOCKOPT_SLOTS_MAX; 0: SOCKOPT_SLOTS_DEFAULT
				 */
	uint32_t snaplen;	/* bytes of payload kept; 0: the channel's default
				 * ('icmp': 96), SOCKOPT_SNAPLEN_NONE: none
				 */
	uint32_t batch;		/* bytes that one pull fetches at most, but a record
				 * at least; 0: 4096, or what wake_records take, up to
				 * 65536; tune does not change it
				 */
	uint32_t generation;	/* of the channel, as looked up; 0: any */
	uint32_t wake_records;	/* wait until so many records are there, up to
				 * slots; 0: 1, at once
				 */
	uint32_t wake_delay_us;	/* or until the oldest is so old, microseconds; 0:
				 * SOCKOPT_WAKE_DELAY_DEFAULT (4 ms), or
				 * SOCKOPT_WAKE_DELAY_NONE
				 */
	uint32_t reserved;	/* 0 */
	const struct sockopt_filter *filter; /* NULL: every record */
	const void *program;	/* filter->program_len instructions of classic BPF:
				 * struct sockopt_instruction, struct sock_filter,
				 * or what pcap_compile() makes for DLT_RAW
				 */
};

/*
 * Filters: see struct sockopt_filter for what can be asked. One that begins with its
 * size and has nothing else, '{ sizeof(struct sockopt_filter) }', wants nothing.
 * These add types that are wanted: one (0 to 255) of IPv4, one of IPv6, all of
 * both, those of both that quote the packet which caused them (unreachable, too
 * big, time exceeded, parameter problem, source quench, redirect of IPv4).
 */
void sockopt_filter_add(struct sockopt_filter *filter, uint8_t type);
void sockopt_filter_add6(struct sockopt_filter *filter, uint8_t type);
void sockopt_filter_add_all(struct sockopt_filter *filter);
void sockopt_filter_add_errors(struct sockopt_filter *filter);

/*
 * Subscribe to a channel. The stream keeps what it needs of the handle: the
 * handle may be closed before it. One stream a handle and channel: -EBUSY.
 * -EPERM, -ESTALE, -EOPNOTSUPP (it publishes no records, or none that such a
 * filter could look into), -EINVAL (also: the kernel refuses the program), -ENOSPC
 * (a limit of net.sockopt is reached), -ENOMEM, -EMFILE, -ENFILE. Option OPEN.
 */
int sockopt_stream_open(struct sockopt_stream **st, struct sockopt *so,
			unsigned int channel,
			const struct sockopt_config *config);

/*
 * End the stream and free it. Records released before count as delivered,
 * those not released as lost. A descriptor of the stream's file that was
 * passed on, or inherited, keeps the kernel's part alive.
 */
void sockopt_stream_close(struct sockopt_stream *st);

/*
 * The stream's fd, for poll, select and epoll: readable when there are as many
 * records as the wake-up asks for, or the oldest is old enough, or at the end of
 * stream. Records already fetched by pull don't show there: call next until NULL
 * before waiting. Nor do those of a pull that failed: repeat it before waiting
 * (sockopt_stream_wait() knows both). O_NONBLOCK, O_ASYNC and read(2) work on it,
 * see SOCKOPT_OPEN in uapi.h. After a read that took records every pull gets
 * -EINVAL, for its cursor is too old: use one of the two. Owned by the stream. A
 * process that is handed the socket and
 * this fd reads by the option RECORDS, and needs the cursor where its predecessor
 * stopped: this library adopts no stream. One that is handed this fd alone reads
 * by read, or maps it.
 */
int sockopt_stream_fd(const struct sockopt_stream *st);

/*
 * Wait until pull has something to say; as long as the ring is mapped, until next
 * has. timeout in ms: 0 looks only, -1 has no end; measured from the call. 1:
 * records (as many as the wake-up asks for, or old enough), or end of stream; 0:
 * timed out. -EINTR: a signal came. -ENODATA: the ring is mapped, the stream has
 * ended, and all records are taken. -EPROTO: the ring is mapped, and what the kernel
 * says is there is no record. No system call if there is something.
 */
int sockopt_stream_wait(struct sockopt_stream *st, int timeout);

/*
 * Acknowledge what was released, and fetch what is there, as much as fits one
 * batch. Waits for no record. Returns how many records next will hand out; 0: end of
 * stream; -EAGAIN: none now. -ENOTCONN: the stream's file was closed. -EBUSY: the
 * ring is mapped, here or by another process: next takes them there. -EPROTO: what
 * the kernel wrote are no records. A failed pull loses nothing: the next one brings
 * the same records. Pointers that next returned before are no longer valid. Option
 * RECORDS.
 */
int sockopt_stream_pull(struct sockopt_stream *st);

/*
 * Look at the oldest record that was fetched and not released; NULL: none,
 * pull again. Consumes nothing: without release it is the same one again.
 * Belongs to the stream; valid until release, pull or close. As long as the ring is
 * mapped: the oldest that is there, without a system call, in the kernel's own
 * memory, valid until release, unmap or close; NULL: wait.
 */
const struct sockopt_record *sockopt_stream_next(struct sockopt_stream *st);

/* Consume the record that next shows. No effect if there is none. */
void sockopt_stream_release(struct sockopt_stream *st);

/*
 * Map the ring, so that next and release need no system call. What was fetched and
 * not released is shown again. Until unmap or close, pull returns -EBUSY; unmap
 * returns to it, and loses nothing. The descriptor is inherited over fork and the
 * mapping too, but a ring has one reader: the child closes its stream.
 *
 *   while ((n = sockopt_stream_wait(st, -1)) > 0)
 *           while ((rec = sockopt_stream_next(st)) != NULL) {
 *                   ...
 *                   sockopt_stream_release(st);
 *           }
 *
 * ends with n -ENODATA at the end of stream. Returns 0. -EBUSY: it is mapped, here
 * or by another process, or another thread is reading. -ENOTCONN, -EPROTO, -ENOMEM,
 * -ENODEV (the kernel's module cannot). Option OPEN, 'The mapped ring'.
 */
int sockopt_stream_map(struct sockopt_stream *st);
void sockopt_stream_unmap(struct sockopt_stream *st);

/*
 * Change a stream, without losing a record. config has what is to change: filter
 * (with its program), or wake_records and wake_delay_us, of which one that is 0
 * then gets its default. What is NULL, or both 0, stays as it is; to want all again,
 * a filter with sockopt_filter_add_all(). What cannot change must be 0. A packet is
 * judged by the old or the new filter; one that comes after the call, by the new
 * one. Returns 0.
 * -EINVAL (also: nothing to change), -EOPNOTSUPP, -ENOMEM, -ENOTCONN; for a filter
 * also -EPERM and -ESTALE: it needs the right that open needs. -EPERM also where a
 * policy forbids the call. Option TUNE.
 */
int sockopt_stream_tune(struct sockopt_stream *st,
			const struct sockopt_config *config);

/* The payload of a record: its caplen bytes. Lives as long as the record. */
const uint8_t *sockopt_record_data(const struct sockopt_record *rec);

/*
 * End of stream for every reader of it, in every thread and process: waiters
 * wake, queued records can still be pulled, then pull returns 0. May be called
 * from another thread, and from a signal handler. Option STOP.
 */
int sockopt_stream_stop(struct sockopt_stream *st);

/*
 * The stream's counters; the size member is set before. What was released and
 * not yet acknowledged by a pull counts as pending. Option STATS.
 */
int sockopt_stream_stats(struct sockopt_stream *st, struct sockopt_stats *stats);

/* ---- ICMP -------------------------------------------------------------- */

/*
 * Open a stream of every ICMP packet that reaches this host (channel 'icmp'),
 * in the caller's network namespace, with a handle of its own that the stream
 * owns. Errors of sockopt_open() and sockopt_stream_open().
 */
int sockopt_icmp_open(struct sockopt_stream **st,
		      const struct sockopt_config *config);

/*
 * Make a filter of a connected socket of this host: 'errors that hit this
 * connection'. TCP, UDP, UDP-Lite, SCTP, DCCP, ICMP (SOCK_DGRAM), or raw; IPv4, IPv6,
 * or IPv4 over IPv6. Fills *filter, whose size is set before: of the types of
 * sockopt_filter_add_errors() those of the connection's family, and the quoted flow.
 * A firewall of this host that rewrites the connection's addresses is not known:
 * errors quote what was on the wire. Returns 0. -ENOTCONN: not connected, or with
 * port 0, of which the kernel says the same: connect an ICMP or raw socket with any
 * other. -EAFNOSUPPORT: not IP, or of a protocol above 255. -EBADF, -ENOTSOCK,
 * -EINVAL (size).
 */
int sockopt_icmp_filter_socket(struct sockopt_filter *filter, int fd);

/* Which members of struct sockopt_icmp hold something. */
#define SOCKOPT_ICMP_F_TYPE	(1U << 0)	/* type, code */
#define SOCKOPT_ICMP_F_ECHO	(1U << 1)	/* id, seq */
#define SOCKOPT_ICMP_F_MTU	(1U << 2)	/* mtu */
#define SOCKOPT_ICMP_F_GATEWAY	(1U << 3)	/* gateway */
#define SOCKOPT_ICMP_F_QUOTED	(1U << 4)	/* quoted_*, but not its ports */
#define SOCKOPT_ICMP_F_PORTS	(1U << 5)	/* quoted_sport, quoted_dport */
#define SOCKOPT_ICMP_F_TRUNCATED (1U << 6)	/* one of these was cut off: by
						 * snaplen or on the wire (other
						 * payload that is missing: the
						 * record's flags)
						 */
#define SOCKOPT_ICMP_F_TARGET	(1U << 7)	/* target */
#define SOCKOPT_ICMP_F_POINTER	(1U << 8)	/* pointer */
#define SOCKOPT_ICMP_F_LIFETIME	(1U << 9)	/* lifetime */
#define SOCKOPT_ICMP_F_EXTENSIONS (1U << 10)	/* sockopt_icmp_extension() has
						 * something to hand out
						 */

/* A decoded packet. Numbers in host order, addresses in network order. */
struct sockopt_icmp {
	uint32_t size;		/* in: sizeof(struct sockopt_icmp) */
	uint32_t flags;		/* SOCKOPT_ICMP_F_* */
	uint8_t  family;	/* AF_INET: ICMP, AF_INET6: ICMPv6 */
	uint8_t  type;		/* RFC 792, RFC 4443, and those after them */
	uint8_t  code;
	uint8_t  ttl;		/* of the IP header; IPv6: its hop limit */
	uint8_t  src[16];	/* the first 4 bytes for AF_INET */
	uint8_t  dst[16];
	uint16_t id;		/* queries: identifier */
	uint16_t seq;		/* and sequence number; extended echo: 8 bits */
	uint32_t mtu;		/* unreachable, code 4 (RFC 1191); too big */
	uint32_t pointer;	/* parameter problem: the byte of the quoted
				 * packet that is wrong; 8 bits in ICMP
				 */
	uint16_t lifetime;	/* router advertisement: seconds */
	uint8_t  quoted_family;	/* errors: the packet that caused it */
	uint8_t  quoted_proto;	/* protocol; IPv6: behind up to 16 extension
				 * headers, or that of one if it is truncated
				 */
	uint8_t  gateway[16];	/* redirect: the better way */
	uint8_t  target[16];	/* neighbor discovery, multicast listeners: the
				 * address it is about; ICMPv6 redirect: the
				 * destination that has a better way
				 */
	uint8_t  quoted_src[16];
	uint8_t  quoted_dst[16];
	uint16_t quoted_sport;	/* TCP, UDP, UDP-Lite, DCCP, SCTP; an echo of
				 * ICMP, ICMPv6: its identifier
				 */
	uint16_t quoted_dport;	/* an echo: 0 */
	uint32_t quoted_len;	/* header and payload, as the header says */
	uint8_t  quoted_ttl;	/* what was left of it */
	uint8_t  reserved[3];
};

/*
 * Decode a record of channel 'icmp'; icmp's size member is set before. Every
 * bound is checked against caplen and against the packet's own lengths: what is
 * cut off is not in flags, and SOCKOPT_ICMP_F_TRUNCATED is. Returns 0, or
 * -EINVAL if the record holds no IP header.
 */
int sockopt_icmp_decode(const struct sockopt_record *rec,
			struct sockopt_icmp *icmp);

SOCKOPT_ASSERT(sizeof(struct sockopt_icmp) == 136);

/*
 * What a type, and a code of it, is called: "unreachable", "frag needed"; in lower case,
 * in the words of IANA's lists, cut short. family: AF_INET, AF_INET6. Constant strings.
 * NULL: it has no name. Of a code, "": there is nothing to say, as of an echo's.
 */
const char *sockopt_icmp_type_name(unsigned int family, unsigned int type);
const char *sockopt_icmp_code_name(unsigned int family, unsigned int type,
				   unsigned int code);

#define SOCKOPT_ICMP_LINE 512	/* bytes that every line of format fits */

/*
 * One line for people, without newline: time (UTC), source > destination,
 * type and code, and what the type carries: id and seq, the mtu, the address or
 * the byte that it is about, the gateway, the quoted flow, MPLS labels.
 *   10:21:33.123456789 10.0.0.1 > 10.0.0.2 echo request id 7 seq 1
 *   10:21:33.123456789 10.0.0.2 > 10.0.0.1 unreachable port for udp
 *   10.0.0.1:4000 > 10.0.0.2:9     (on the same line)
 *   10:21:33.123456789 fe80::2 > fe80::1 time exceeded in transit for tcp
 *   [fe80::1]:4000 > [2001:db8::9]:80 mpls 16 tc 0 ttl 1
 * IPv6 addresses in the form of RFC 5952. ' [truncated]' at the end:
 * SOCKOPT_ICMP_F_TRUNCATED. Of a long label stack the first 8, then ' ...'.
 * Only characters of our own are written, none of the packet's.
 * Returns the length of what is in buf; a line cut to size ends where size
 * does, with a NUL.
 * -EINVAL as decode, or size 0.
 */
int sockopt_icmp_format(const struct sockopt_record *rec, char *buf, size_t size);

/* What class_num says that an object is. */
#define SOCKOPT_ICMP_EXTENSION_MPLS	 1	/* RFC 4950 */
#define SOCKOPT_ICMP_EXTENSION_INTERFACE 2	/* RFC 5837 */
#define SOCKOPT_ICMP_EXTENSION_QUERY	 3	/* RFC 8335: asks about one */

#define SOCKOPT_ICMP_EXTENSION_F_TRUNCATED (1U << 0) /* the object had more */

/* An object behind the quoted packet (RFC 4884), or of an extended echo. */
struct sockopt_icmp_extension {
	uint32_t size;		/* in: sizeof(struct sockopt_icmp_extension) */
	uint32_t next;		/* in: 0: the first object; out: its end, which
				 * goes into the next call
				 */
	uint32_t flags;		/* SOCKOPT_ICMP_EXTENSION_F_* */
	uint8_t  class_num;	/* SOCKOPT_ICMP_EXTENSION_*, or another */
	uint8_t  c_type;	/* what it means depends on class_num */
	uint16_t len;		/* bytes at data, without the object's header */
	const uint8_t *data;	/* in the record; lives as long as it */
};

/*
 * Hand out the extension objects of a record, one a call. Returns 1: ext holds
 * one; 0: there is no (further) one; -EINVAL as decode; -EBADMSG: what follows
 * is no object. They stand behind 128 bytes of quote or more: a snap length of
 * 256 has most of them.
 *
 *   struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
 *
 *   while (sockopt_icmp_extension(rec, &ext) > 0)
 *           use(ext.class_num, ext.c_type, ext.data, ext.len);
 *
 * Looked at: a version of 2, and the checksum, if it is there and the message
 * is whole. Where a message has no length attribute (older routers),
 * extensions behind 128 bytes of quote are taken for such only if their
 * checksum is there and right, so of a whole message.
 */
int sockopt_icmp_extension(const struct sockopt_record *rec,
			   struct sockopt_icmp_extension *ext);

/* An entry of the MPLS label stack that the packet had. */
struct sockopt_icmp_mpls {
	uint32_t size;		/* in: sizeof(struct sockopt_icmp_mpls) */
	uint32_t label;		/* 20 bits */
	uint8_t  tc;		/* traffic class, once 'exp': 3 bits */
	uint8_t  bottom;	/* 1: the last one of the stack */
	uint8_t  ttl;
	uint8_t  reserved;
};

SOCKOPT_ASSERT(sizeof(struct sockopt_icmp_mpls) == 12);

/*
 * Entry 'index' of an object, from 0: the top. Returns 1; 0: it has no such
 * entry, or no label stack; -EINVAL: the size of mpls.
 */
int sockopt_icmp_mpls(const struct sockopt_icmp_extension *ext,
		      unsigned int index, struct sockopt_icmp_mpls *mpls);

/* Which members of struct sockopt_icmp_interface hold something. */
#define SOCKOPT_ICMP_INTERFACE_F_MTU	   (1U << 0)
#define SOCKOPT_ICMP_INTERFACE_F_NAME	   (1U << 1)
#define SOCKOPT_ICMP_INTERFACE_F_ADDRESS   (1U << 2)	/* family, address */
#define SOCKOPT_ICMP_INTERFACE_F_IFINDEX   (1U << 3)
#define SOCKOPT_ICMP_INTERFACE_F_TRUNCATED (1U << 4)	/* one was cut off, or
							 * makes no sense
							 */

/* An interface of the router that sent the error. */
struct sockopt_icmp_interface {
	uint32_t size;		/* in: sizeof(struct sockopt_icmp_interface) */
	uint32_t flags;		/* SOCKOPT_ICMP_INTERFACE_F_* */
	uint32_t ifindex;	/* as the router counts */
	uint32_t mtu;
	uint8_t  role;		/* 0: the packet came in by it, 1: by this part
				 * of it, 2: would have gone out, 3: next hop
				 */
	uint8_t  family;	/* AF_INET, AF_INET6 */
	uint8_t  reserved[2];
	uint8_t  address[16];	/* the first 4 bytes for AF_INET */
	char	 name[64];	/* NUL-terminated; any bytes: escape them */
};

SOCKOPT_ASSERT(sizeof(struct sockopt_icmp_interface) == 100);

/*
 * Decode an object of class SOCKOPT_ICMP_EXTENSION_INTERFACE. Returns 1; 0: it
 * is of another class; -EINVAL: the size of interface.
 */
int sockopt_icmp_interface(const struct sockopt_icmp_extension *ext,
			   struct sockopt_icmp_interface *interface);

#ifdef __cplusplus
}
#endif

#endif /* SOCKOPT_SOCKOPT_H */
