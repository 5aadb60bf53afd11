/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * ABI 1 as it was in version 0.1.0, for tests/unit/abi.sh: what any later uapi.h must still
 * have. Never changed; a new version is recorded in a new file beside it.
 */
#ifndef SOCKOPT_UAPI_H
#define SOCKOPT_UAPI_H

#include <stdint.h>

#define SOCKOPT_ABI		1

#define SOCKOPT_BASE		0x534f0000
#define SOCKOPT_CHANNELS_MAX	4096
#define SOCKOPT_END		(SOCKOPT_BASE + (SOCKOPT_CHANNELS_MAX << 4))
#define SOCKOPT_OPTION(channel, operation) \
	((int)(SOCKOPT_BASE + ((uint32_t)(channel) << 4) + (uint32_t)(operation)))

#define SOCKOPT_CHANNEL_CORE	0
#define SOCKOPT_CHANNEL_MESSAGE	1
#define SOCKOPT_CHANNEL_ICMP	2

enum sockopt_operation {
	SOCKOPT_INFO	= 0,
	SOCKOPT_CHANNEL	= 1,
	SOCKOPT_TEXT	= 2,
	SOCKOPT_CALL	= 3,
	SOCKOPT_OPEN	= 4,
	SOCKOPT_TUNE	= 5,
	SOCKOPT_STOP	= 6,
	SOCKOPT_RECORDS	= 7,
	SOCKOPT_STATS	= 8,
};

#define SOCKOPT_TEXT_MAX	4096
#define SOCKOPT_NAME_MAX	32
#define SOCKOPT_SLOTS_MIN	2
#define SOCKOPT_SLOTS_MAX	65536
#define SOCKOPT_SLOTS_DEFAULT	512
#define SOCKOPT_SNAPLEN_MAX	65535
#define SOCKOPT_SNAPLEN_NONE	0xffffffffU
#define SOCKOPT_PROGRAM_MAX	4096
#define SOCKOPT_WAKE_DELAY_DEFAULT 4000
#define SOCKOPT_WAKE_DELAY_NONE	0xffffffffU

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

#define SOCKOPT_FEAT_TEXT	(1ULL << 0)
#define SOCKOPT_FEAT_PULL	(1ULL << 1)
#define SOCKOPT_FEAT_POLL	(1ULL << 2)
#define SOCKOPT_FEAT_TYPES	(1ULL << 3)
#define SOCKOPT_FEAT_ICMP4	(1ULL << 4)
#define SOCKOPT_FEAT_READ	(1ULL << 5)
#define SOCKOPT_FEAT_MAP	(1ULL << 6)
#define SOCKOPT_FEAT_WAKE	(1ULL << 7)
#define SOCKOPT_FEAT_TUNE	(1ULL << 8)
#define SOCKOPT_FEAT_FILTER	(1ULL << 9)
#define SOCKOPT_FEAT_BPF	(1ULL << 10)
#define SOCKOPT_FEAT_ICMP6	(1ULL << 11)
#define SOCKOPT_FEAT_CHARGED	(1ULL << 12)

struct sockopt_info {
	uint32_t size;
	uint32_t abi;
	uint64_t features;
	uint32_t text_max;
	uint32_t slots_max;
	uint32_t channels_max;
	uint32_t records_max;
	char version[16];
};

#define SOCKOPT_CHANNEL_F_TEXTS		(1U << 0)
#define SOCKOPT_CHANNEL_F_RECORDS	(1U << 1)

struct sockopt_channel {
	uint32_t size;
	uint32_t id;
	uint32_t generation;
	uint32_t flags;
	uint32_t snaplen;
	uint32_t snaplen_max;
	uint32_t reserved[2];
	char name[SOCKOPT_NAME_MAX];
};

struct sockopt_call {
	uint32_t size;
	uint32_t generation;
	uint32_t request_len;
	uint32_t reply_room;
	uint32_t reply_len;
	uint32_t reserved;
};

struct sockopt_filter {
	uint32_t size;
	uint32_t flags;
	uint32_t types[8];
	uint32_t types6[8];
	uint32_t codes[8];
	uint32_t ifindex;
	uint8_t  family;
	uint8_t  src_prefix;
	uint8_t  dst_prefix;
	uint8_t  quoted_protocol;
	uint8_t  src[16];
	uint8_t  dst[16];
	uint8_t  quoted_src[16];
	uint8_t  quoted_dst[16];
	uint8_t  quoted_src_prefix;
	uint8_t  quoted_dst_prefix;
	uint16_t quoted_sport;
	uint16_t quoted_dport;
	uint16_t reserved;
	uint32_t program_len;
	uint32_t reserved2;
};

struct sockopt_instruction {
	uint16_t code;
	uint8_t  jt;
	uint8_t  jf;
	uint32_t k;
};

struct sockopt_open {
	uint32_t size;
	int32_t  fd;
	uint32_t generation;
	uint32_t flags;
	uint32_t slots;
	uint32_t snaplen;
	uint32_t wake_records;
	uint32_t wake_delay_us;
	uint32_t filter_len;
	uint32_t slot_size;
	uint32_t cursor;
	uint32_t reserved;
};

#define SOCKOPT_TUNE_F_WAKE	(1U << 0)
#define SOCKOPT_TUNE_F_FILTER	(1U << 1)

struct sockopt_tune {
	uint32_t size;
	uint32_t flags;
	uint32_t wake_records;
	uint32_t wake_delay_us;
	uint32_t filter_len;
	uint32_t reserved;
};

struct sockopt_stop {
	uint32_t size;
	uint32_t flags;
};

#define SOCKOPT_RECORDS_F_DONTWAIT	(1U << 0)

struct sockopt_records {
	uint32_t size;
	uint32_t flags;
	uint32_t cursor;
	uint32_t count;
	uint32_t slot_size;
	uint32_t reserved[3];
};

#define SOCKOPT_RECORD_F_TRUNCATED	(1U << 0)
#define SOCKOPT_RECORD_F_DISCARDED	(1U << 1)

#define SOCKOPT_KIND_BYTES	0
#define SOCKOPT_KIND_IP		1

struct sockopt_record {
	uint32_t seq;
	uint32_t lost;
	uint64_t time;
	uint32_t len;
	uint16_t caplen;
	uint16_t flags;
	uint32_t ifindex;
	uint8_t  family;
	uint8_t  kind;
	uint16_t offset;
};

#define SOCKOPT_STATUS_F_ENDED	(1U << 0)

struct sockopt_status {
	uint32_t size;
	uint32_t flags;
	uint32_t slots;
	uint32_t slot_size;
	uint32_t snaplen;
	uint32_t start;
	uint32_t reserved[10];
};

#define SOCKOPT_STATS_F_ENDED	(1U << 0)

struct sockopt_stats {
	uint32_t size;
	uint32_t flags;
	uint64_t seen;
	uint64_t filtered;
	uint64_t delivered;
	uint64_t pending;
	uint64_t lost;
	uint64_t lost_full;
	uint64_t lost_busy;
};

#endif
