// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel for the tests, in a module of its own: publishes on command, in the
 * caller's namespace. Texts; TYPE, if it is not given, is the low byte of a
 * record's number:
 *
 *   set "process N [TYPE]"	N records, numbered through (number.c), from process
 *   set "softirq N [TYPE]"	context, from softirq, from a hard interrupt
 *   set "irq N [TYPE]"
 *   set "nested N [TYPE]"	N from process context and, in between, more of them
 *				from interrupts on the same processor
 *   set "reserve N [TYPE]"	the same by sko_reserve(); each third number is aborted
 *   set "nmi N [TYPE]"		from an NMI N numbers, and N that are reserved
 *   set "flood N T [TYPE]"	N records from each of T threads, at once (flood.c),
 *   set "softflood N T [TYPE]"	which are spread over the processors; from softirq
 *   set "pool N T [TYPE]"	as flood, of 768 bytes each
 *   call "generate N TYPE"	ticks that N ICMP packets take in PRE_ROUTING (measure.c),
 *				256: packets of another protocol,
 *   call "publish N [TYPE]"	that publishing N records of 64 bytes takes
 *   set "cycle N"		registers and unregisters a channel "cycled" N times
 *   set "register"		registers and unregisters a channel "registered"
 *   set "deep"			four records of type 1, one within the other
 *   set "misuse"		tries registrations that must fail
 *   set "refuse ERROR"		start fails from now on
 *   set "accept"		it does not
 *   set "fail ERROR"		fails
 *   set "sleep"		sleeps until a signal comes
 *   set "boast"			from now on get returns all of its room, unwritten
 *   get			how many numbers number.c has given so far
 */
#include <linux/module.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

#include "publisher.h"

static struct sko_channel *registered;
static int refusal;	/* what start returns */
static bool is_boasting;

static int sleep_until_signal(const struct order *order)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(nobody);

	return wait_event_interruptible(nobody, false);
}

static int refuse(const struct order *order)
{
	refusal = -order->count;
	return 0;
}

static int boast(const struct order *order)
{
	is_boasting = true;
	return 0;
}

static int accept(const struct order *order)
{
	refusal = 0;
	return 0;
}

static int fail(const struct order *order)
{
	return -order->count;
}

/* The numbers that follow a word: count, threads, type; how many there must be. */
static const struct command {
	const char *word;
	int (*run)(const struct order *order);
	int numbers;
	bool has_threads;
} commands[] = {
	{ "process", number_process, 1 },
	{ "softirq", number_softirq, 1 },
	{ "irq", number_irq, 1 },
	{ "nested", number_nested, 1 },
	{ "reserve", number_reserved, 1 },
	{ "nmi", number_nmi, 1 },
	{ "flood", flood_process, 2, true },
	{ "softflood", flood_softirq, 2, true },
	{ "pool", flood_pool, 2, true },
	{ "generate", measure_icmp, 2 },
	{ "publish", measure_publish, 1 },
	{ "cycle", cycle, 1 },
	{ "register", register_once },
	{ "deep", deep_once },
	{ "misuse", misuse },
	{ "refuse", refuse, 1 },
	{ "accept", accept },
	{ "fail", fail, 1 },
	{ "sleep", sleep_until_signal },
	{ "boast", boast },
};

static const struct command *find_command(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(word, commands[i].word))
			return &commands[i];
	return NULL;
}

static int command(const struct sko_text *text, const char *request, u64 *ticks)
{
	struct order order = {
		.channel = text->channel, .net = text->net, .ticks = ticks,
	};
	const struct command *command;
	int numbers[3] = { 0, TYPE_BY_NUMBER, TYPE_BY_NUMBER }, given;
	char word[16];

	given = sscanf(request, "%15s %d %d %d", word, &numbers[0], &numbers[1],
		       &numbers[2]) - 1;
	command = given < 0 ? NULL : find_command(word);
	if (!command || given < command->numbers)
		return -EINVAL;
	order.count = numbers[0];
	order.threads = numbers[1];
	order.type = numbers[command->has_threads ? 2 : 1];
	return command->run(&order);
}

static ssize_t handle(const struct sko_text *text)
{
	char request[64];
	u64 ticks = 0;
	int ret;

	if (!text->request && is_boasting)
		return text->room;
	if (!text->request)
		return scnprintf(text->reply, text->room, "%u", numbers_given());
	if (text->len >= sizeof(request))
		return -EINVAL;
	memcpy(request, text->request, text->len);
	request[text->len] = 0;
	ret = command(text, request, &ticks);
	if (ret || !text->reply)
		return ret;
	return scnprintf(text->reply, text->room, "%llu", ticks);
}

static int start(struct sko_channel *channel, struct net *net, u8 family)
{
	return refusal;
}

static const struct sko_channel_ops ops = {
	.name = "publisher",
	.text = handle,
	.start = start,
	.snaplen = 16,
	.snaplen_max = 1024,
	.reserves = true,
};

static int __init publisher_init(void)
{
	registered = sko_channel_register(&ops);
	return PTR_ERR_OR_ZERO(registered);
}

static void __exit publisher_exit(void)
{
	sko_channel_unregister(registered);
}

module_init(publisher_init);
module_exit(publisher_exit);

MODULE_DESCRIPTION("A channel for the tests of sockopt");
MODULE_LICENSE("GPL");
