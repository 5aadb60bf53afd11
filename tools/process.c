/* SPDX-License-Identifier: MIT */
/*
 * How a name is made certain.
 *
 * The packet came at a time that the kernel wrote down. Since then its socket may have
 * gone, and another one may have its port. No interface tells when a socket was made.
 * So all sockets are looked at four times a second, and each is known since the first
 * look that saw it with its port: an older packet need not be its own. A connection of TCP can be proven
 * to be older than that: it says how long ago its peer last acknowledged something.
 *
 * Then: socket, process, socket again, process again. If nothing moved, it was all
 * there at one time.
 */
#include "process.h"

#include "tool.h"

#if HAVE_MNL

#include "holders.h"
#include "sockets.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_MS	250
#define SHARE	20	/* at most one part in so many of the time is spent looking */
#define JUMP_NS	5000000	/* a clock that moved by more was set */

/* A socket with its port, which it may change, and since when it is known. */
struct known {
	uint32_t inode;
	uint16_t port;
	uint64_t since;		/* ns, of the clock of records */
};

/* Sorted by inode and port. */
struct table {
	struct known *all;
	size_t count;
	size_t room;
	int is_short;		/* no memory for all of them */
};

struct processes {
	struct sockets *sockets;
	struct holders *holders;
	struct table table;
	uint64_t next;		/* now_ms() of the next look */
	int64_t offset;		/* between the clocks, to see one being set */
	uint64_t distrust;	/* ns: what is dated before was dated by another clock */
};

static uint64_t ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- Known sockets ------------------------------------------------------ */

static void add(void *context, uint32_t inode, uint16_t port)
{
	struct table *table = context;
	size_t room = table->room ? 2 * table->room : 256;
	struct known *all;

	if (table->count == table->room) {
		all = realloc(table->all, room * sizeof(*all));
		if (!all) {
			table->is_short = 1;
			return;
		}
		table->all = all;
		table->room = room;
	}
	table->all[table->count].inode = inode;
	table->all[table->count].port = port;
	table->all[table->count++].since = 0;
}

static int compare(const void *a, const void *b)
{
	const struct known *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return one->port < other->port ? -1 : one->port > other->port;
}

static const struct known *find(const struct table *table, uint32_t inode, uint16_t port)
{
	struct known key = { inode, port, 0 };

	return table->count ? bsearch(&key, table->all, table->count,
				      sizeof(key), compare) : NULL;
}

/* Who was known before keeps his time; who is new is known from now on. */
static void date(struct table *table, const struct table *before)
{
	uint64_t now = ns_of(CLOCK_REALTIME);
	const struct known *known;
	size_t i;

	if (table->count)
		qsort(table->all, table->count, sizeof(*table->all), compare);
	for (i = 0; i < table->count; i++) {
		known = find(before, table->all[i].inode, table->all[i].port);
		table->all[i].since = known ? known->since : now;
	}
}

static uint64_t later(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

/* Times of a clock that was set since are of no use, those of packets neither. */
static void forget_if_set(struct processes *all)
{
	int64_t offset = (int64_t)(ns_of(CLOCK_REALTIME) - ns_of(CLOCK_MONOTONIC));

	if (offset - all->offset > JUMP_NS || all->offset - offset > JUMP_NS) {
		all->table.count = 0;
		all->distrust = later(ns_of(CLOCK_REALTIME), ns_of(CLOCK_MONOTONIC) +
				      (uint64_t)all->offset);
	}
	all->offset = offset;
}

static void look(struct processes *all)
{
	struct table table = { NULL, 0, 0, 0 };

	forget_if_set(all);
	if (sockets_list(all->sockets, add, &table))
		table.count = 0;
	date(&table, &all->table);
	free(all->table.all);
	all->table = table;
}

int processes_look(struct processes *all)
{
	uint64_t now = now_ms(), took, rest;

	if (now < all->next)
		return (int)(all->next - now);
	look(all);
	took = now_ms() - now;
	rest = SHARE * took > LOOK_MS ? SHARE * took : LOOK_MS;
	all->next = now + took + rest;
	return (int)rest;
}

/* ---- Flows -------------------------------------------------------------- */

/* The type of an ICMP message that is quoted, or -1. */
static int quoted_type(const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec);
	size_t at = (size_t)rec->offset + 8;

	if (rec->caplen <= at)
		return -1;
	if (rec->family == AF_INET6)
		/* behind extension headers it is not looked for */
		at += rec->caplen > at + 6 && data[at + 6] == IPPROTO_ICMPV6 ? 40 : 65536;
	else
		at += (size_t)(data[at] & 15) * 4;
	return at < rec->caplen ? data[at] : -1;
}

/* Only requests are sent from ping sockets; the kernel answers without one. */
static int is_from_socket(const struct sockopt_record *rec,
			  const struct sockopt_icmp *icmp)
{
	if (icmp->quoted_proto == IPPROTO_ICMP)
		return quoted_type(rec) == ICMP_ECHO;
	if (icmp->quoted_proto == IPPROTO_ICMPV6)
		return quoted_type(rec) == ICMP6_ECHO_REQUEST;
	return 1;
}

static void take_flow(struct flow *flow, const struct sockopt_record *rec,
		      const struct sockopt_icmp *icmp)
{
	memset(flow, 0, sizeof(*flow));
	flow->family = icmp->quoted_family;
	flow->protocol = icmp->quoted_proto;
	memcpy(flow->src, icmp->quoted_src, sizeof(flow->src));
	memcpy(flow->dst, icmp->quoted_dst, sizeof(flow->dst));
	flow->sport = icmp->quoted_sport;
	flow->dport = icmp->quoted_dport;
	flow->ifindex = rec->ifindex;
}

static int is_address(const struct sockaddr *address, const struct flow *flow)
{
	const struct sockaddr_in *ip4 = (const void *)address;
	const struct sockaddr_in6 *ip6 = (const void *)address;

	if (!address || address->sa_family != flow->family)
		return 0;
	return flow->family == AF_INET6 ? !memcmp(&ip6->sin6_addr, flow->src, 16) :
					  !memcmp(&ip4->sin_addr, flow->src, 4);
}

/*
 * A UDP socket without an address would answer for any: those of packets that only
 * passed through here, too.
 */
static int is_ours(const struct flow *flow)
{
	struct ifaddrs *all, *one;
	int found = 0;

	if (getifaddrs(&all))
		return 0;
	for (one = all; one && !found; one = one->ifa_next)
		found = is_address(one->ifa_addr, flow);
	freeifaddrs(all);
	if (flow->family == AF_INET && flow->src[0] == 127)
		return 1;
	return found;
}

/*
 * A host that forwards may have sent the packet for another one, with its own address in the
 * place of that one's and the port as it was: masquerading. A connection has its four numbers
 * for itself; a socket that is not connected could be taken for the sender.
 */
static int is_forwarding(unsigned int family)
{
	FILE *file = fopen(family == AF_INET6 ? "/proc/sys/net/ipv6/conf/all/forwarding" :
			   "/proc/sys/net/ipv4/ip_forward", "re");
	int c = file ? fgetc(file) : '1';

	if (file)
		fclose(file);
	return c != '0';
}

static int is_sender(const struct flow *flow, const struct socket_found *found)
{
	return found->is_connected || !is_forwarding(flow->family);
}

/* ---- Names -------------------------------------------------------------- */

/* The socket was there, and had its port, when the packet came. */
static int is_older(struct processes *all, const struct flow *flow,
		    const struct socket_found *found, uint64_t time)
{
	const struct known *known;
	uint64_t now;

	forget_if_set(all);
	known = find(&all->table, found->inode, flow->sport);
	now = ns_of(CLOCK_REALTIME);
	if (time > now || time <= all->distrust)
		return 0;
	if (known && known->since <= time)
		return 1;
	return found->age_ms && now - time <= (uint64_t)found->age_ms * 1000000;
}

static int is_same_socket(struct processes *all, const struct flow *flow,
			  uint32_t inode)
{
	struct socket_found found;

	return sockets_find(all->sockets, flow, &found) > 0 && found.inode == inode;
}

static int name_process(struct processes *all, const struct flow *flow, uint32_t inode,
			struct process *process)
{
	struct holder holder;

	if (!holders_find(all->holders, inode, &holder) ||
	    holder_command(&holder, process->command, sizeof(process->command)) ||
	    !is_same_socket(all, flow, inode) || !holder_is_there(&holder))
		return 0;
	process->pid = holder.pid;
	process->others = holder.others;
	process->inode = inode;
	return 1;
}

int processes_find(struct processes *all, const struct sockopt_record *rec,
		   const struct sockopt_icmp *icmp, struct process *process)
{
	struct socket_found found;
	struct flow flow;

	if (!(icmp->flags & SOCKOPT_ICMP_F_PORTS) || !is_from_socket(rec, icmp))
		return 0;
	take_flow(&flow, rec, icmp);
	return sockets_find(all->sockets, &flow, &found) > 0 &&
	       is_older(all, &flow, &found, rec->time) && is_ours(&flow) &&
	       is_sender(&flow, &found) &&
	       name_process(all, &flow, found.inode, process);
}

/* ---- Open and close ----------------------------------------------------- */

struct processes *processes_open(const char **why)
{
	struct processes *all = calloc(1, sizeof(*all));
	int ret = all ? sockets_open(&all->sockets) : -ENOMEM;

	if (ret == 0) {
		all->holders = holders_open();
		ret = all->holders ? 0 : -ENOMEM;
	}
	if (ret) {
		*why = strerror(-ret);
		processes_close(all);
		return NULL;
	}
	all->offset = (int64_t)(ns_of(CLOCK_REALTIME) - ns_of(CLOCK_MONOTONIC));
	processes_look(all);
	return all;
}

void processes_close(struct processes *all)
{
	if (!all)
		return;
	sockets_close(all->sockets);
	holders_close(all->holders);
	free(all->table.all);
	free(all);
}

#else

struct processes *processes_open(const char **why)
{
	*why = "this sockopt was built without libmnl";
	return NULL;
}

void processes_close(struct processes *all)
{
	(void)all;
}

int processes_look(struct processes *all)
{
	(void)all;
	return 1000;
}

int processes_find(struct processes *all, const struct sockopt_record *rec,
		   const struct sockopt_icmp *icmp, struct process *process)
{
	(void)all;
	(void)rec;
	(void)icmp;
	(void)process;
	return 0;
}

#endif /* HAVE_MNL */
