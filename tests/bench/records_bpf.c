/* SPDX-License-Identifier: MIT */
/*
 * A program of BPF where packets come in (tc's ingress), which puts them into a ring buffer that
 * is mapped here; see records.h. The program is written for packets of the length that is sent,
 * and copies them by words: shorter than it can be for packets of any length. It leaves out those
 * that are shorter.
 */
#include "records.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PINNED "/sys/fs/bpf/sko"
#define ROOM (256 * 1024)	/* bytes of the buffer */

/* What the program writes; the head is as long as that of our records. */
struct entry {
	uint64_t time;		/* ns since the machine started */
	uint32_t ifindex;
	uint32_t len;
	uint64_t more[2];
	uint8_t bytes[RECORDS_SNAPLEN];
};

/* ---- The program ---- */

#define CONTEXT 6		/* registers: what calls do not change */
#define PACKET 7		/* from its Ethernet header */
#define ENTRY 8
#define IP ETHER_HDR_LEN

#define LOAD(size, to, from, at) { BPF_LDX | BPF_MEM | (size), to, from, at, 0 }
#define STORE(size, to, at, from) { BPF_STX | BPF_MEM | (size), to, from, at, 0 }
#define MOVE(to, from) { BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 }
#define SET(to, value) { BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value }
#define ADD(to, value) { BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value }
#define CALL(function) { BPF_JMP | BPF_CALL, 0, 0, 0, function }
#define JUMP(condition, a, b, n) { BPF_JMP | (condition) | BPF_X, a, b, n, 0 }
#define JUMP_UNLESS(a, value, n) { BPF_JMP | BPF_JNE | BPF_K, a, 0, n, value }
#define JUMP_IF(a, value, n) { BPF_JMP | BPF_JEQ | BPF_K, a, 0, n, value }
#define EXIT { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }
#define MAP(to, map) { BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, map }, { 0 }

#define FIELD(member) ((short)offsetof(struct entry, member))
#define SKB(member) ((short)offsetof(struct __sk_buff, member))
#define BYTES(size, at) \
	LOAD(size, 1, PACKET, IP + (at)), STORE(size, ENTRY, FIELD(bytes) + (at), 1)

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load(const struct bpf_insn *code, int count)
{
	static char complaint[16384];	/* of the kernel's verifier */
	union bpf_attr attr;
	int program;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = (uint32_t)count;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)complaint;
	attr.log_size = sizeof(complaint);
	attr.log_level = 1;
	program = bpf(BPF_PROG_LOAD, &attr);
	ck_assert_msg(program >= 0, "the program was refused: %s", complaint);
	return program;
}

#define END 48			/* its last two instructions */

static int load_program(int map, int flags)
{
	const struct bpf_insn code[] = {
		MOVE(CONTEXT, 1),
		LOAD(BPF_W, PACKET, CONTEXT, SKB(data)),
		LOAD(BPF_W, 3, CONTEXT, SKB(data_end)),
		MOVE(2, PACKET),
		ADD(2, IP + RECORDS_PACKET),
		JUMP(BPF_JGT, 2, 3, END - 6),
		LOAD(BPF_H, 2, PACKET, IP - 2),
		JUMP_UNLESS(2, 8, END - 8),	/* IPv4, as it is on the wire */
		LOAD(BPF_B, 2, PACKET, IP + 9),
		JUMP_UNLESS(2, IPPROTO_ICMP, END - 10),
		MAP(1, map),
		SET(2, sizeof(struct entry)),
		SET(3, 0),
		CALL(BPF_FUNC_ringbuf_reserve),
		JUMP_IF(0, 0, END - 16),
		MOVE(ENTRY, 0),
		CALL(BPF_FUNC_ktime_get_ns),
		STORE(BPF_DW, ENTRY, FIELD(time), 0),
		LOAD(BPF_W, 1, CONTEXT, SKB(ifindex)),
		STORE(BPF_W, ENTRY, FIELD(ifindex), 1),
		LOAD(BPF_W, 1, CONTEXT, SKB(len)),
		STORE(BPF_W, ENTRY, FIELD(len), 1),
		BYTES(BPF_DW, 0), BYTES(BPF_DW, 8), BYTES(BPF_DW, 16), BYTES(BPF_DW, 24),
		BYTES(BPF_DW, 32), BYTES(BPF_DW, 40), BYTES(BPF_DW, 48), BYTES(BPF_DW, 56),
		BYTES(BPF_DW, 64), BYTES(BPF_DW, 72), BYTES(BPF_W, 80),
		MOVE(1, ENTRY),
		SET(2, flags),
		CALL(BPF_FUNC_ringbuf_submit),
		SET(0, TC_ACT_OK),
		EXIT,
	};

	ck_assert_int_eq(VM_COUNT(code), END + 2);
	return load(code, VM_COUNT(code));
}

/* ---- The buffer ---- */

static struct {
	int map;
	unsigned long *consumed;	/* bytes, ever */
	const unsigned long *produced;
	const uint8_t *bytes;		/* twice, one behind the other */
} ring;

static void make_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = ROOM;
	ring.map = bpf(BPF_MAP_CREATE, &attr);
	ck_assert_int_ge(ring.map, 0);
}

static void map_it(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring.map, 0);

	ck_assert_ptr_ne(at, MAP_FAILED);
	ring.consumed = at;
	at = mmap(NULL, page + 2 * (size_t)ROOM, PROT_READ, MAP_SHARED, ring.map, (off_t)page);
	ck_assert_ptr_ne(at, MAP_FAILED);
	ring.produced = at;
	ring.bytes = (uint8_t *)at + page;
}

static void pin(int program)
{
	union bpf_attr attr;

	ck_assert_int_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)PINNED;
	attr.bpf_fd = (uint32_t)program;
	ck_assert_int_eq(bpf(BPF_OBJ_PIN, &attr), 0);
}

/* ---- The way ---- */

static const char *const tc_modules[] = { "sch_ingress", "cls_bpf", NULL };

static void open_buffer(const struct records_way *way)
{
	records_load(tc_modules);
	make_map();
	map_it();
	pin(load_program(ring.map, way->wakes ? 0 : BPF_RB_NO_WAKEUP));
	records_run("/usr/bin/tc qdisc add dev lo ingress");
	records_run("/usr/bin/tc filter add dev lo parent ffff: bpf direct-action object-pinned "
		    PINNED);
}

static void close_buffer(void)
{
	records_run("/usr/bin/tc qdisc del dev lo ingress");
	ck_assert_int_eq(umount("/sys/fs/bpf"), 0);
	records_unload(tc_modules);
}

static unsigned int take_entries(unsigned int wanted)
{
	unsigned long consumed = *ring.consumed, produced;
	const uint32_t *head;
	unsigned int n = 0;
	uint32_t len;

	produced = __atomic_load_n(ring.produced, __ATOMIC_ACQUIRE);
	while (consumed < produced && n < wanted) {
		head = (const void *)(ring.bytes + consumed % ROOM);
		len = __atomic_load_n(head, __ATOMIC_ACQUIRE);
		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			records_read(((const struct entry *)(head + 2))->bytes);
			n++;
		}
		len &= ~(uint32_t)BPF_RINGBUF_DISCARD_BIT;
		consumed += BPF_RINGBUF_HDR_SZ + ((len + 7) & ~7U);
	}
	__atomic_store_n(ring.consumed, consumed, __ATOMIC_RELEASE);
	return n;
}

/* With the reader's page and the program's; what else the kernel has is not counted. */
uint64_t records_bytes_bpf(void)
{
	return 2 * VM_PAGE + ROOM;
}

static int fd_of_map(void)
{
	return ring.map;
}

const struct records_way records_bpf[] = {
	{ "BPF at tc, ring buffer", open_buffer, take_entries, fd_of_map, close_buffer,
	  .batch = 1 },
	{ "BPF at tc, ring buffer, wakes", open_buffer, take_entries, fd_of_map, close_buffer,
	  .batch = 1, .wakes = true },
	{ 0 }
};
