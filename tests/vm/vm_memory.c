/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len + page - 1) / page * page;
}

void *vm_guarded(size_t len)
{
	size_t room = whole_pages(len), page = whole_pages(1);
	char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(mprotect(memory + room, page, PROT_NONE), 0);
	return memory + room - len;
}

void vm_read_only(void *memory, size_t len)
{
	size_t room = whole_pages(len);

	ck_assert_int_eq(mprotect((char *)memory + len - room, room, PROT_READ), 0);
}

bool vm_has_rings(void)
{
	static char buf[1 << 20];

	ck_assert_int_gt(vm_read("/proc/vmallocinfo", buf, sizeof(buf)), 0);
	return strstr(buf, "sko_buffer_alloc") != NULL;
}

static bool are_rings_gone(void *arg)
{
	(void)arg;
	return !vm_stream_count() && !vm_has_rings();
}

void vm_wait_rings_gone(void)
{
	vm_wait(are_rings_gone, NULL, "rings to go");
}

static long meminfo_kb(const char *name)
{
	char buf[4096], *at;

	ck_assert_int_gt(vm_read("/proc/meminfo", buf, sizeof(buf)), 0);
	at = strstr(buf, name);
	ck_assert_ptr_nonnull(at);
	return atol(at + strlen(name));
}

/* Free pages that processors keep at hand. */
static long at_hand_kb(void)
{
	static const char name[] = "count: ";
	char buf[65536], *at = buf;
	long pages = 0;

	ck_assert_int_gt(vm_read("/proc/zoneinfo", buf, sizeof(buf)), 0);
	while ((at = strstr(at, name)) != NULL)
		pages += atol(at += strlen(name));
	return pages * (VM_PAGE / 1024);
}

long vm_kernel_kb(void)
{
	return meminfo_kb("MemTotal:") - meminfo_kb("MemFree:") - at_hand_kb() -
	       meminfo_kb("\nCached:") - meminfo_kb("Buffers:") - meminfo_kb("AnonPages:") -
	       meminfo_kb("PageTables:") - meminfo_kb("KernelStack:");
}

/* The word is on the command line of a debug kernel: see guest-debug.sh. */
bool vm_keeps_freed(void)
{
	return getenv("detectors");
}

static bool is_kernel_below(void *limit)
{
	return vm_kernel_kb() < *(long *)limit;
}

void vm_wait_kernel_kb(long limit)
{
	if (!vm_keeps_freed())
		vm_wait(is_kernel_below, &limit, "the kernel's memory to be back");
}

long vm_available_kb(void)
{
	return meminfo_kb("MemAvailable:") + at_hand_kb();
}

static bool is_available(void *arg)
{
	return vm_available_kb() >= *(long *)arg;
}

void vm_wait_available_kb(long wanted)
{
	vm_wait(is_available, &wanted, "memory to be given back");
}
