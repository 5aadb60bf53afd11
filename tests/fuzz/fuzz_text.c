/* SPDX-License-Identifier: MIT */
/*
 * Bytes of others on their way to a terminal: texts, cells of tables, names that resolvers,
 * interfaces and processes have, packets as labels, flows and lines. None of it may move the
 * cursor.
 */
#include "fuzz.h"
#include "objects.h"
#include "subject.h"
#include "table.h"
#include "text.h"
#include "texts.h"

#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static struct input *rest;

/* ---- Whoever knows names ---------------------------------------------------- */

int __wrap_getnameinfo(const struct sockaddr *address, socklen_t len, char *host,
		       socklen_t host_len, char *service, socklen_t service_len, int flags);
char *__wrap_if_indextoname(unsigned int index, char *name);
struct servent *__wrap_getservbyport(int port, const char *protocol);
uint64_t __wrap_now_ms(void);

static void take_name(char *name, size_t size)
{
	struct input part = take_part(rest, take8(rest));
	char *text = string_of(part);

	snprintf(name, size, "%s", text);
	free(text);
}

int __wrap_getnameinfo(const struct sockaddr *address, socklen_t len, char *host,
		       socklen_t host_len, char *service, socklen_t service_len, int flags)
{
	(void)address;
	(void)len;
	(void)service;
	(void)service_len;
	(void)flags;
	if (take8(rest) & 1)
		return EAI_NONAME;
	take_name(host, host_len);
	return 0;
}

char *__wrap_if_indextoname(unsigned int index, char *name)
{
	(void)index;
	if (take8(rest) & 1)
		return NULL;
	take_name(name, IF_NAMESIZE);
	return name;
}

struct servent *__wrap_getservbyport(int port, const char *protocol)
{
	static char name[64];
	static struct servent service = { .s_name = name };

	(void)port;
	(void)protocol;
	if (take8(rest) & 1)
		return NULL;
	take_name(name, sizeof(name));
	return &service;
}

/* What is kept for a while is never young enough. */
uint64_t __wrap_now_ms(void)
{
	static uint64_t now;

	return now += 10000;
}

/* ---- Texts ----------------------------------------------------------------- */

static void show_text(void)
{
	capture_begin();
	texts_show(stdout, (const char *)rest->data, rest->len);
	capture_end();
	HOLDS(is_text(out.text, out.len));
	HOLDS(!rest->len || out.text[out.len - 1] == '\n');
}

static int is_line(const char *text, size_t len)
{
	return is_text(text, len) && !memchr(text, '\n', len) && !memchr(text, '\t', len);
}

static void show_escaped(void)
{
	capture_begin();
	text_escaped(stdout, (const char *)rest->data, rest->len);
	capture_end();
	HOLDS(is_line(out.text, out.len));
	HOLDS(out.len >= rest->len && out.len <= 4 * rest->len);
}

/* One line each for the names and for every row. */
static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

static void show_table(void)
{
	static const struct column columns[] = { { "word", 0 }, { "number", 1 }, { "end", 0 } };
	struct table *table = table_open(columns, 3);
	size_t rows, i;
	char *cell;

	for (rows = 0; rest->len; rows++)
		for (i = 0; i < 3; i++) {
			cell = string_of(take_until(rest, '\n'));
			table_put(table, cell);
			free(cell);
		}
	capture_begin();
	table_write(table, stdout);
	capture_end();
	table_close(table);
	HOLDS(is_text(out.text, out.len));
	HOLDS(count_lines(out.text) == rows + 1);
}

/* ---- Packets --------------------------------------------------------------- */

/* As sockopt top counts them. */
static void name_subjects(const struct sockopt_icmp *icmp)
{
	char name[SUBJECT_TEXT];
	unsigned int subject;
	struct key key;

	for (subject = 0; subject < SUBJECTS; subject++) {
		if (!subject_key(&key, (enum subject)subject, icmp))
			continue;
		subject_name(name, (enum subject)subject, &key);
		HOLDS(memchr(name, 0, sizeof(name)));
		HOLDS(is_plain(name, strlen(name), ""));
	}
	HOLDS(!subject_compare_types(&key, &key));
}

static void show_packet(void)
{
	char host[HOST_TEXT], label[LABEL_TEXT];
	const char *interface;
	struct sockopt_icmp icmp;
	int has_names = (int)take8(rest) & 1;

	take_bytes(rest, &icmp, sizeof(icmp));
	text_host(host, icmp.family, icmp.src, has_names);
	HOLDS(is_plain(host, strlen(host), "") && !strchr(host, ' '));
	text_label(label, &icmp);
	HOLDS(is_plain(label, strlen(label), ""));
	interface = text_interface(take32(rest));
	HOLDS(!interface || (is_plain(interface, strlen(interface), "") &&
			     !strchr(interface, ' ')));
	name_subjects(&icmp);
	capture_begin();
	text_flow(stdout, &icmp, has_names);
	capture_end();
	HOLDS(is_line(out.text, out.len));
	HOLDS(text_is_error(&icmp) == 0 || icmp.flags & SOCKOPT_ICMP_F_TYPE);
}

/* ---- Lines and objects ----------------------------------------------------- */

static void put(const struct item *item, const struct style *style, int is_json)
{
	struct output *output;
	int64_t missing;

	capture_begin();
	HOLDS(!(is_json ? output_open_json : output_open_line)(&output, style));
	HOLDS(!output_put(output, item) && !output_close(output, &missing));
	capture_end();
}

/* A process may have any name, and a line has it as it has the packet. */
static void show_item(void)
{
	unsigned int how = take8(rest);
	struct style style = { how & 1, how >> 1 & 1, how >> 2 & 1, 0, 0 };
	int is_json = HAVE_JANSSON && how & 8;
	struct sockopt_record *rec = record_of(take_part(rest, take16(rest)));
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct process process = { (pid_t)take16(rest), take8(rest), take32(rest), "" };
	struct item item = { rec, &icmp, how & 16 ? &process : NULL };
	size_t len;

	take_name(process.command, sizeof(process.command));
	if (rec && !sockopt_icmp_decode(rec, &icmp)) {
		put(&item, &style, is_json);
		len = without_colors(out.text, out.len);
		HOLDS(len && out.text[len - 1] == '\n');
		HOLDS(is_json ? are_objects(out.text, len) : is_line(out.text, len - 1));
	}
	free(rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const shows[])(void) = { show_text, show_escaped, show_table, show_packet,
					       show_item };
	struct input in = { data, size };

	setenv("TZ", "UTC", 1);
	rest = &in;
	shows[take8(&in) % 5]();
	return 0;
}
