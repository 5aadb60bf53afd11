/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The ABI between sockopt.ko and programs: option numbers, structs, errors.
 * Included by the kernel module and by programs; this file is the
 * specification of both. Programs use libsockopt (sockopt.h); what stands
 * here is for those who make the system calls themselves.
 *
 * How to call
 *
 *   int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
 *   getsockopt(fd, SOL_IP, SOCKOPT_OPTION(channel, operation), buf, &len);
 *   setsockopt(fd, SOL_IP, SOCKOPT_OPTION(channel, operation), buf, len);
 *
 * Only AF_INET sockets of type SOCK_RAW are answered; any other socket gets
 * ENOPROTOOPT, as if the module was not there. The network namespace is the
 * socket's. Operations on channel 0 speak to the module itself.
 *
 * Structs
 *
 * Every struct has fixed-width, naturally aligned members and no pointer, so
 * 32-bit and 64-bit programs use the same bytes. It begins with its own size
 * as the caller was compiled: a newer caller may pass a longer one if the
 * members that this kernel does not know are zero (else E2BIG), an older one a
 * shorter one. Unknown flags and reserved members that are not zero: EINVAL.
 *
 * Errors, the same for every operation (each adds its own below)
 *
 *   ENOPROTOOPT  the module is not loaded, the socket is not AF_INET and
 *                SOCK_RAW, or the operation does not exist; and, until it is
 *                gone, while another netfilter module is being unloaded
 *   EPERM        the right is missing: see 'Rights'
 *   ESTALE       no channel has this id, or its generation is another one:
 *                look it up again by name
 *   EOPNOTSUPP   this channel does not do that (publishes no records, answers
 *                no texts), or this kernel does not (see features in INFO)
 *   EINVAL       a member is out of range, a reserved one is not zero, or the
 *                length cannot be right
 *   E2BIG        the struct is longer than known, and not zero there; or longer
 *                than 4096 bytes (a filter: than those and its program)
 *   EFAULT       the buffer cannot be read or written
 *
 * An error changes nothing. Two exceptions: what RECORDS acknowledged stays so,
 * whatever else the call meets; and where the answer of a TEXT or CALL cannot be
 * written (EFAULT), the channel has handled the request.
 *
 * Rights
 *
 * INFO, CHANNEL: none. TEXT, CALL, OPEN: the capability that the channel
 * states, in the user namespace that owns the socket's network namespace (for
 * 'icmp' and 'message': CAP_NET_RAW). If that is not the initial user
 * namespace, net.sockopt.userns must be on too. TUNE of a filter: as OPEN, so
 * that a stream which was handed on cannot be made to see more. RECORDS, STATS,
 * STOP, TUNE of the wake-up and the stream fd: none; whoever holds them may
 * read, and may hand them on.
 */
#ifndef SOCKOPT_UAPI_H
#define SOCKOPT_UAPI_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define SOCKOPT_ABI		1	/* struct sockopt_info.abi */

/* Option numbers: [SOCKOPT_BASE, SOCKOPT_END), 16 operations a channel. */
#define SOCKOPT_BASE		0x534f0000
#define SOCKOPT_CHANNELS_MAX	4096
#define SOCKOPT_END		(SOCKOPT_BASE + (SOCKOPT_CHANNELS_MAX << 4))
#define SOCKOPT_OPTION(channel, operation) \
	((int)(SOCKOPT_BASE + ((uint32_t)(channel) << 4) + (uint32_t)(operation)))

/* Channels that are always there. Others are looked up by name. */
#define SOCKOPT_CHANNEL_CORE	0	/* the module itself: INFO, CHANNEL */
#define SOCKOPT_CHANNEL_MESSAGE	1	/* "message": texts */
#define SOCKOPT_CHANNEL_ICMP	2	/* "icmp": a record for each ICMP packet */

/* Operations. 'get' is getsockopt, 'set' is setsockopt. */
enum sockopt_operation {
	SOCKOPT_INFO	= 0,	/* get, channel 0: struct sockopt_info */
	SOCKOPT_CHANNEL	= 1,	/* get, channel 0: struct sockopt_channel */
	SOCKOPT_TEXT	= 2,	/* set, get: the bytes of a text */
	SOCKOPT_CALL	= 3,	/* get: struct sockopt_call + text */
	SOCKOPT_OPEN	= 4,	/* get: struct sockopt_open + filter */
	SOCKOPT_TUNE	= 5,	/* set: struct sockopt_tune + filter */
	SOCKOPT_STOP	= 6,	/* set: struct sockopt_stop */
	SOCKOPT_RECORDS	= 7,	/* get: struct sockopt_records + records */
	SOCKOPT_STATS	= 8,	/* get: struct sockopt_stats */
};

/* Limits */
#define SOCKOPT_TEXT_MAX	4096	/* bytes of a text, at least 1 */
#define SOCKOPT_NAME_MAX	32	/* bytes of a channel's name with its NUL */
#define SOCKOPT_SLOTS_MIN	2	/* records in a ring, a power of two */
#define SOCKOPT_SLOTS_MAX	65536
#define SOCKOPT_SLOTS_DEFAULT	512
#define SOCKOPT_SNAPLEN_MAX	65535	/* bytes of payload kept of a record */
#define SOCKOPT_SNAPLEN_NONE	0xffffffffU /* as snaplen: keep no payload */
#define SOCKOPT_PROGRAM_MAX	4096	/* BPF instructions, as BPF_MAXINSNS */
#define SOCKOPT_WAKE_DELAY_DEFAULT 4000	/* microseconds */
#define SOCKOPT_WAKE_DELAY_NONE	0xffffffffU /* as wake_delay_us: no limit */

/*
 * The size that each struct had in its first version. A shorter one is EINVAL;
 * members are only ever added behind.
 */
#define SOCKOPT_INFO_SIZE_1	48
#define SOCKOPT_CHANNEL_SIZE_1	64
#define SOCKOPT_CALL_SIZE_1	24
#define SOCKOPT_FILTER_SIZE_1	192
#define SOCKOPT_OPEN_SIZE_1	48
#define SOCKOPT_TUNE_SIZE_1	24
#define SOCKOPT_STOP_SIZE_1	8
#define SOCKOPT_RECORDS_SIZE_1	32
#define SOCKOPT_STATS_SIZE_1	64
#define SOCKOPT_STATUS_SIZE_1	64

/*
 * INFO: what this kernel's module is. Asked first, before any other option.
 */
#define SOCKOPT_FEAT_TEXT	(1ULL << 0)	/* TEXT and CALL */
#define SOCKOPT_FEAT_PULL	(1ULL << 1)	/* OPEN, RECORDS, STOP, STATS */
#define SOCKOPT_FEAT_POLL	(1ULL << 2)	/* poll on the stream fd */
#define SOCKOPT_FEAT_TYPES	(1ULL << 3)	/* struct sockopt_filter.types */
#define SOCKOPT_FEAT_ICMP4	(1ULL << 4)	/* 'icmp' publishes IPv4 */
#define SOCKOPT_FEAT_READ	(1ULL << 5)	/* read, O_ASYNC on the stream fd */
#define SOCKOPT_FEAT_MAP	(1ULL << 6)	/* mmap of the stream fd */
#define SOCKOPT_FEAT_WAKE	(1ULL << 7)	/* wake_records, wake_delay_us */
#define SOCKOPT_FEAT_TUNE	(1ULL << 8)	/* TUNE */
#define SOCKOPT_FEAT_FILTER	(1ULL << 9)	/* all of struct sockopt_filter */
#define SOCKOPT_FEAT_BPF	(1ULL << 10)	/* programs behind a filter */
#define SOCKOPT_FEAT_ICMP6	(1ULL << 11)	/* 'icmp' publishes IPv6 */
#define SOCKOPT_FEAT_CHARGED	(1ULL << 12)	/* rings are charged to the opener's
						 * memory cgroup
						 */

struct sockopt_info {
	uint32_t size;		/* in: sizeof(struct sockopt_info) */
	uint32_t abi;		/* SOCKOPT_ABI */
	uint64_t features;	/* SOCKOPT_FEAT_* */
	uint32_t text_max;	/* SOCKOPT_TEXT_MAX of this kernel */
	uint32_t slots_max;	/* SOCKOPT_SLOTS_MAX of this kernel */
	uint32_t channels_max;	/* SOCKOPT_CHANNELS_MAX of this kernel */
	uint32_t records_max;	/* most bytes that one RECORDS can return */
	char version[16];	/* of the module, NUL-terminated */
};

/*
 * CHANNEL: look a channel up. With a name: that one. With an empty name: the
 * first one whose id is at least 'id', so that a loop over id + 1 lists all.
 * ENOENT: no such channel (any more). EINVAL: the name has no NUL.
 */
#define SOCKOPT_CHANNEL_F_TEXTS		(1U << 0)	/* answers TEXT, CALL */
#define SOCKOPT_CHANNEL_F_RECORDS	(1U << 1)	/* publishes records */

struct sockopt_channel {
	uint32_t size;		/* in: sizeof(struct sockopt_channel) */
	uint32_t id;		/* in, out */
	uint32_t generation;	/* out: never 0; another one after re-use of id */
	uint32_t flags;		/* in: 0; out: SOCKOPT_CHANNEL_F_* */
	uint32_t snaplen;	/* out: default at OPEN, 0 if it has no records */
	uint32_t snaplen_max;	/* out */
	uint32_t reserved[2];	/* 0 */
	char name[SOCKOPT_NAME_MAX]; /* in, out: NUL-terminated */
};

/*
 * TEXT: the option's value is the text itself: 1 to SOCKOPT_TEXT_MAX bytes, no
 * NUL within and none at the end. set hands it to the channel, get brings the
 * channel's text and its length. May sleep in the channel's handler; a signal
 * may interrupt it (EINTR).
 * EMSGSIZE: longer than SOCKOPT_TEXT_MAX. EINVAL: empty, or with a NUL.
 * ERANGE (get): the buffer is too small; nothing is consumed.
 */

/*
 * CALL: a request and its reply in one system call. The request stands behind
 * the struct, at offset 'size'; the reply overwrites it at the same place.
 * The buffer has size + max(request_len, reply_room) bytes.
 * Errors of TEXT; ERANGE: the reply does not fit reply_room; nothing consumed.
 */
struct sockopt_call {
	uint32_t size;		/* in: sizeof(struct sockopt_call) */
	uint32_t generation;	/* in: from CHANNEL; 0: not compared */
	uint32_t request_len;	/* in: 1 to SOCKOPT_TEXT_MAX */
	uint32_t reply_room;	/* in: bytes that the reply may take */
	uint32_t reply_len;	/* in: 0; out */
	uint32_t reserved;	/* 0 */
};

/*
 * A filter says which of a channel's records a stream gets. It stands behind the
 * struct of OPEN or TUNE, filter_len bytes of it: this struct, then program_len
 * instructions. Without a filter: all records, also of families and kinds that
 * a later kernel may bring: a reader skips what it does not know.
 *
 * Types say what is wanted; what they do not name is not, so members that a later
 * version adds want nothing when they are zero. Bit t % 32 of types[t / 32] set:
 * records of type t are wanted. In 'icmp' that is the type of an ICMP packet,
 * 'types' for IPv4 and 'types6' for IPv6; one too short to have a type counts as
 * 255. A family of which no type is wanted is never looked at, nor does it
 * count as 'seen'. Other channels look at 'types' alone.
 *
 * Conditions narrow that: a record has to meet each one that is not zero. They
 * look into packets; a channel whose records are none refuses them, and programs
 * (EOPNOTSUPP). A packet in which what they ask for is missing or cut off does
 * not meet them.
 *
 * The quoted flow is that of the packet which an ICMP error quotes (ICMP types 3,
 * 4, 5, 11 and 12; ICMPv6 types 1 to 4), so that of a packet sent from here
 * quoted_src is an address of this host: 'errors that hit this connection'. Other
 * types do not meet a condition on it.
 *
 * The program is classic BPF, as of SO_ATTACH_FILTER, and sees the packet from
 * its IP header on (DLT_RAW). It is asked last, and a record is wanted if it
 * returns anything but 0; how much is kept is the snap length's alone. EINVAL:
 * the kernel's verifier refuses it.
 */
struct sockopt_filter {
	uint32_t size;		/* in: sizeof(struct sockopt_filter) */
	uint32_t flags;		/* 0 */
	uint32_t types[8];	/* wanted: of IPv4, or of no family */
	uint32_t types6[8];	/* wanted: of IPv6 */
	uint32_t codes[8];	/* condition: the code, a mask as types */
	uint32_t ifindex;	/* condition: interface that it came in by */
	uint8_t  family;	/* of the addresses below: 2: IPv4, 10: IPv6; needed
				 * with any prefix; the other family meets none
				 */
	uint8_t  src_prefix;	/* condition: bits of src that count */
	uint8_t  dst_prefix;	/* condition: bits of dst that count */
	uint8_t  quoted_protocol; /* condition: IPPROTO_* */
	uint8_t  src[16];	/* network order, 4 bytes of it for IPv4; */
	uint8_t  dst[16];	/* bits behind the prefix do not matter */
	uint8_t  quoted_src[16];
	uint8_t  quoted_dst[16];
	uint8_t  quoted_src_prefix; /* condition: as src_prefix */
	uint8_t  quoted_dst_prefix; /* condition: as dst_prefix */
	uint16_t quoted_sport;	/* condition: host order; TCP, UDP, UDP-Lite, SCTP,
				 * DCCP; of a quoted echo, timestamp, information or
				 * mask message its identifier
				 */
	uint16_t quoted_dport;	/* condition: an echo has none */
	uint16_t reserved;	/* 0 */
	uint32_t program_len;	/* instructions behind, up to SOCKOPT_PROGRAM_MAX */
	uint32_t reserved2;	/* 0 */
};

/* One instruction: struct sock_filter, struct bpf_insn of libpcap. */
struct sockopt_instruction {
	uint16_t code;
	uint8_t  jt;
	uint8_t  jf;
	uint32_t k;
};

/*
 * OPEN: subscribe. Makes a stream: a ring of 'slots' records that the kernel
 * fills from now on, held by a new file descriptor (close-on-exec). The stream
 * lives as long as that file: closing the last descriptor of it ends it, also
 * after the socket was closed. One stream a socket and channel: EBUSY.
 *
 * ENOSPC: net.sockopt.streams_max or net.sockopt.ring_bytes_max of this
 * namespace is reached; the memory of a stream counts until it is free, a moment
 * after the close. ENOMEM (also: the memory cgroup of the caller, which pays for the
 * ring, has no room; nobody is killed to make some, but while it is tried the cgroup is
 * full for others, too). EMFILE, ENFILE. EINVAL: fd is not -1.
 *
 * If the kernel fails the call after the stream was made (a BPF program at
 * cgroup getsockopt that denies it, an unwritable optlen), 'fd' has been
 * written: a caller that sees an error and fd >= 0 closes it.
 *
 * The fd
 *
 * poll, select, epoll (by level and by edge). EPOLLIN: enough records that were
 * not returned yet, or not released yet where the ring is mapped; 'enough' as the
 * wake-up below says. A call that failed is repeated before one waits again.
 * EPOLLIN | EPOLLHUP: end of stream, everything is in the ring.
 *
 * read(2): as many whole records as fit the buffer, oldest first, slot_size bytes
 * each, from the first one that is not acknowledged; those it returns are
 * acknowledged by that, and a cursor of RECORDS from before is then EINVAL. Blocks
 * until there is one, unless O_NONBLOCK (EAGAIN); signals interrupt. 0: end of
 * stream. EINVAL: the buffer is smaller than one record. EFAULT consumes nothing.
 *
 * O_ASYNC: SIGIO where a sleeper would be woken, and at the end of stream.
 *
 * mmap(2): see 'The mapped ring'. /proc/PID/fdinfo: channel, geometry, counters.
 *
 * Wake-up
 *
 * A sleeper in poll, in RECORDS or in read is woken when wake_records records are
 * there, or wake_delay_us after the oldest of them came, whichever is first; when
 * the ring is full (also of records that were returned and not acknowledged: then
 * RECORDS makes room); at the end of stream; when the wake-up is tuned; and when
 * the ring is mapped (RECORDS and read then get EBUSY). The delay is precise to the
 * kernel's timers. RECORDS and read return whatever is there: they wait, and so need
 * a wake-up, only when there is no record at all.
 */
struct sockopt_open {
	uint32_t size;		/* in: sizeof(struct sockopt_open) */
	int32_t  fd;		/* in: -1; out: the stream */
	uint32_t generation;	/* in: from CHANNEL; 0: not compared */
	uint32_t flags;		/* in: 0 */
	uint32_t slots;		/* in: a power of two, 0: default; out: taken */
	uint32_t snaplen;	/* in: bytes, 0: the channel's default,
				 * SOCKOPT_SNAPLEN_NONE: none; out: taken (0: none)
				 */
	uint32_t wake_records;	/* in: up to slots, 0: 1, at once; out: taken */
	uint32_t wake_delay_us;	/* in: 0: SOCKOPT_WAKE_DELAY_DEFAULT,
				 * SOCKOPT_WAKE_DELAY_NONE: none; out: taken
				 */
	uint32_t filter_len;	/* in: bytes of filter behind this struct, or 0 */
	uint32_t slot_size;	/* in: 0; out: bytes from record to record */
	uint32_t cursor;	/* in: 0; out: first cursor for RECORDS */
	uint32_t reserved;	/* 0 */
};

/*
 * TUNE: change an open stream, without losing a record. Only what flags name; the
 * rest of the struct is 0. A new filter takes effect at once: every packet is
 * judged by the old one or by the new one; one that comes when the call has
 * returned, by the new one (one that was on its way meanwhile may still be queued
 * by the old one). Filter and wake-up: as in OPEN. ENOTCONN as in RECORDS; an ended
 * stream can be tuned, to no effect. A filter asks for the right that OPEN needs
 * (EPERM, and ESTALE when the channel has gone).
 */
#define SOCKOPT_TUNE_F_WAKE	(1U << 0)	/* wake_records, wake_delay_us */
#define SOCKOPT_TUNE_F_FILTER	(1U << 1)	/* filter_len 0: all records */

struct sockopt_tune {
	uint32_t size;		/* in: sizeof(struct sockopt_tune) */
	uint32_t flags;		/* in: SOCKOPT_TUNE_F_*, at least one */
	uint32_t wake_records;	/* in */
	uint32_t wake_delay_us;	/* in */
	uint32_t filter_len;	/* in: bytes of filter behind this struct, or 0 */
	uint32_t reserved;	/* 0 */
};

/*
 * STOP: end of stream. No further record is queued; those that are can still be
 * read; every waiter wakes, in every thread and process. Sleeps for a moment
 * (an RCU grace period). ENOTCONN: this socket has no stream on this channel.
 */
struct sockopt_stop {
	uint32_t size;		/* in: sizeof(struct sockopt_stop) */
	uint32_t flags;		/* 0 */
};

/*
 * RECORDS: take records, oldest first, as many whole ones as fit the buffer:
 * this struct, then 'count' records of slot_size bytes each.
 *
 * 'cursor' in means 'I have all records before this one'; the kernel frees
 * those and nothing else. So a call that failed, or whose result got lost, is
 * repeated with the same cursor and brings the same records. 'cursor' out goes
 * into the next call. A cursor that is not between the oldest record in the
 * ring and the newest: EINVAL, and nothing changes.
 *
 * A buffer of just this struct acknowledges and returns at once, count 0. A
 * larger one that holds no whole record: EINVAL.
 *
 * Blocks until there is a record, as recv(2) does: O_NONBLOCK and SO_RCVTIMEO
 * of the socket hold, and signals interrupt. count 0 after success: end of
 * stream (STOP, or the channel is gone). EAGAIN: none now, or timed out.
 * ENOTCONN: no stream on this socket and channel, or its file was closed. EBUSY:
 * the ring is mapped, and its tail belongs to who mapped it.
 * Never writes more than records_max bytes (INFO), however large the buffer.
 */
#define SOCKOPT_RECORDS_F_DONTWAIT	(1U << 0)	/* as MSG_DONTWAIT */

struct sockopt_records {
	uint32_t size;		/* in: sizeof(struct sockopt_records) */
	uint32_t flags;		/* in: SOCKOPT_RECORDS_F_* */
	uint32_t cursor;	/* in, out: see above */
	uint32_t count;		/* in: 0; out: records in this buffer */
	uint32_t slot_size;	/* in: 0; out: bytes from record to record */
	uint32_t reserved[3];	/* 0 */
};

/*
 * One record: this header, then 'caplen' bytes of payload, then zeros up to
 * the slot's size. (Of a discarded one nothing but seq, lost and flags means
 * anything.)
 */
#define SOCKOPT_RECORD_F_TRUNCATED	(1U << 0)	/* caplen < len */
#define SOCKOPT_RECORD_F_DISCARDED	(1U << 1)	/* not a record: skip it */

#define SOCKOPT_KIND_BYTES	0	/* payload: the channel's own */
#define SOCKOPT_KIND_IP		1	/* payload: an IP packet, from its header */

struct sockopt_record {
	uint32_t seq;		/* position + 1; written last, by a release store */
	uint32_t lost;		/* records of this stream lost before this one,
				 * low 32 bits; the whole number is in STATS
				 */
	uint64_t time;		/* ns since 1970, CLOCK_REALTIME */
	uint32_t len;		/* bytes that the payload had */
	uint16_t caplen;	/* bytes of it that are here */
	uint16_t flags;		/* SOCKOPT_RECORD_F_* */
	uint32_t ifindex;	/* interface it came in by, or 0 */
	uint8_t  family;	/* 2: IPv4 (AF_INET), 10: IPv6 (AF_INET6), 0: other */
	uint8_t  kind;		/* SOCKOPT_KIND_* */
	uint16_t offset;	/* KIND_IP: where the ICMP header starts in the
				 * payload; else the channel's own use
				 */
};

/*
 * The mapped ring: reading with no system call while records are there. The
 * stream fd is mapped MAP_SHARED (else EINVAL), P the size of a page:
 *
 *   offset   what is there                                  may be mapped
 *   0        the consumer's page: u32 tail, the oldest       to read and write, this
 *            position that is still wanted; what is          page alone (EINVAL)
 *            behind it is the reader's
 *   P        struct sockopt_status                           to read only (EPERM; by
 *   2 P      the slots: position p is at (p % slots) *       mprotect EACCES)
 *            slot_size
 *
 * A record is there if the seq in its slot, loaded with acquire, is its position
 * + 1. The reader starts at tail, takes records in order, and stores (release) the
 * position behind those that it is done with. To sleep: poll. A tail that is not
 * between the oldest record and the newest makes the reader's own counters wrong,
 * and maybe loses its own records, and nothing else; a sane one later makes the
 * ring work again.
 *
 * As long as the consumer's page is mapped, RECORDS, read and another mmap of it get
 * EBUSY, and mmap gets it while one of those is at work. Nothing of it may be executed (EPERM).
 * EINVAL: beyond the end. A mapping keeps the stream, as a descriptor does.
 */
#define SOCKOPT_STATUS_F_ENDED	(1U << 0)	/* end of stream: all records that
						 * will ever come are there
						 */

struct sockopt_status {
	uint32_t size;		/* of this struct, in this kernel */
	uint32_t flags;		/* SOCKOPT_STATUS_F_*; load with acquire */
	uint32_t slots;
	uint32_t slot_size;
	uint32_t snaplen;
	uint32_t start;		/* first position ever */
	uint32_t reserved[10];
};

/*
 * STATS: the stream's counters since OPEN, never reset. At any time
 *
 *   seen = filtered + delivered + pending + lost
 *
 * and at rest, when no record is being published, each is exact. ENOTCONN as in RECORDS.
 */
#define SOCKOPT_STATS_F_ENDED	(1U << 0)	/* end of stream was reached */

struct sockopt_stats {
	uint32_t size;		/* in: sizeof(struct sockopt_stats) */
	uint32_t flags;		/* in: 0; out: SOCKOPT_STATS_F_* */
	uint64_t seen;		/* records that the channel had in this namespace, of
				 * families that the filter wants a type of
				 */
	uint64_t filtered;	/* not queued: unwanted by this stream's filter,
				 * or outside of its life (a record under way
				 * during OPEN, those after the end of stream)
				 */
	uint64_t delivered;	/* acknowledged by the reader */
	uint64_t pending;	/* in the ring, not acknowledged yet */
	uint64_t lost;		/* dropped, whatever the cause: those below, and
				 * any that a later version adds
				 */
	uint64_t lost_full;	/* dropped: the reader was a whole ring behind */
	uint64_t lost_busy;	/* dropped: the slot's last writer was still in it */
};

/*
 * Both worlds compile these: a struct that changes shape does not build.
 */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define SOCKOPT_ASSERT(what) static_assert(what, #what)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define SOCKOPT_ASSERT(what) _Static_assert(what, #what)
#else
#define SOCKOPT_ASSERT_NAME(line) sockopt_assert_##line
#define SOCKOPT_ASSERT_LINE(what, line) \
	extern char SOCKOPT_ASSERT_NAME(line)[(what) ? 1 : -1]
#define SOCKOPT_ASSERT(what) SOCKOPT_ASSERT_LINE(what, __LINE__)
#endif
#define SOCKOPT_ASSERT_AT(type, member, at) \
	SOCKOPT_ASSERT(__builtin_offsetof(struct type, member) == (at))

SOCKOPT_ASSERT(SOCKOPT_END == 0x53500000 && SOCKOPT_END > SOCKOPT_BASE);
SOCKOPT_ASSERT(sizeof(struct sockopt_info) == 48);
SOCKOPT_ASSERT_AT(sockopt_info, features, 8);
SOCKOPT_ASSERT_AT(sockopt_info, version, 32);
SOCKOPT_ASSERT(sizeof(struct sockopt_channel) == 64);
SOCKOPT_ASSERT_AT(sockopt_channel, name, 32);
SOCKOPT_ASSERT(sizeof(struct sockopt_call) == 24);
SOCKOPT_ASSERT_AT(sockopt_call, reply_len, 16);
SOCKOPT_ASSERT(sizeof(struct sockopt_filter) == 192);
SOCKOPT_ASSERT_AT(sockopt_filter, types, 8);
SOCKOPT_ASSERT_AT(sockopt_filter, ifindex, 104);
SOCKOPT_ASSERT_AT(sockopt_filter, src, 112);
SOCKOPT_ASSERT_AT(sockopt_filter, quoted_sport, 178);
SOCKOPT_ASSERT_AT(sockopt_filter, program_len, 184);
SOCKOPT_ASSERT(sizeof(struct sockopt_instruction) == 8);
SOCKOPT_ASSERT(sizeof(struct sockopt_open) == 48);
SOCKOPT_ASSERT_AT(sockopt_open, fd, 4);
SOCKOPT_ASSERT_AT(sockopt_open, filter_len, 32);
SOCKOPT_ASSERT_AT(sockopt_open, cursor, 40);
SOCKOPT_ASSERT(sizeof(struct sockopt_tune) == 24);
SOCKOPT_ASSERT_AT(sockopt_tune, filter_len, 16);
SOCKOPT_ASSERT(sizeof(struct sockopt_status) == 64);
SOCKOPT_ASSERT_AT(sockopt_status, start, 20);
SOCKOPT_ASSERT(sizeof(struct sockopt_stop) == 8);
SOCKOPT_ASSERT(sizeof(struct sockopt_records) == 32);
SOCKOPT_ASSERT_AT(sockopt_records, cursor, 8);
SOCKOPT_ASSERT(sizeof(struct sockopt_record) == 32);
SOCKOPT_ASSERT_AT(sockopt_record, time, 8);
SOCKOPT_ASSERT_AT(sockopt_record, caplen, 20);
SOCKOPT_ASSERT_AT(sockopt_record, ifindex, 24);
SOCKOPT_ASSERT_AT(sockopt_record, offset, 30);
SOCKOPT_ASSERT(sizeof(struct sockopt_stats) == 64);
SOCKOPT_ASSERT_AT(sockopt_stats, lost_busy, 56);

#endif /* SOCKOPT_UAPI_H */
