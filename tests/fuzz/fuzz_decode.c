/* SPDX-License-Identifier: MIT */
/*
 * Decoding and formatting. The input is a record as struct sockopt_record has it, whose
 * payload is what is there; the caller may have got every other member from anywhere. seq
 * and lost, which nobody decodes, say how large buffers are.
 */
#include "frame.h"
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FLAGS_KNOWN	((SOCKOPT_ICMP_F_EXTENSIONS << 1) - 1)
#define LINE_MAX_OF_ANY	4096	/* far more than a line may take */

/* ---- Decode ---------------------------------------------------------------- */

static void expect_sane(const struct sockopt_record *rec, const struct sockopt_icmp *icmp)
{
	uint32_t flags = icmp->flags;

	HOLDS(!(flags & ~FLAGS_KNOWN));
	HOLDS(icmp->family == rec->family);
	HOLDS(!(flags & SOCKOPT_ICMP_F_QUOTED) || icmp->quoted_family == rec->family);
	HOLDS(!(flags & SOCKOPT_ICMP_F_PORTS) || flags & SOCKOPT_ICMP_F_QUOTED);
	HOLDS(flags & SOCKOPT_ICMP_F_TYPE || !(flags & ~SOCKOPT_ICMP_F_TRUNCATED));
}

/* The same record is decoded to the same bytes, whatever stood there before. */
static int decode(const struct sockopt_record *rec, struct sockopt_icmp *icmp)
{
	struct sockopt_icmp other;
	int ret;

	memset(icmp, 0, sizeof(*icmp));
	memset(&other, 0xff, sizeof(other));
	icmp->size = other.size = sizeof(other);
	ret = sockopt_icmp_decode(rec, icmp);
	HOLDS(sockopt_icmp_decode(rec, &other) == ret);
	HOLDS(ret == 0 || ret == -EINVAL);
	if (ret)
		return ret;
	HOLDS(!memcmp(icmp, &other, sizeof(other)));
	expect_sane(rec, icmp);
	return 0;
}

/* A caller's struct of another size: that one is filled, and what is beyond ours is not. */
static void decode_for_another_caller(const struct sockopt_record *rec,
				      const struct sockopt_icmp *icmp, int ret)
{
	uint32_t size = 128 + rec->lost % 16;
	size_t known = size < sizeof(*icmp) ? size : sizeof(*icmp), i;
	uint8_t *theirs = calloc(1, size);

	HOLDS(theirs);
	memset(theirs, 0xa5, size);
	memcpy(theirs, &size, sizeof(size));
	if (sockopt_icmp_decode(rec, (void *)theirs)) {
		HOLDS(ret || size < sizeof(*icmp));
		known = sizeof(size);
	} else {
		HOLDS(!ret && size >= sizeof(*icmp));
		HOLDS(!memcmp(theirs + 4, (const uint8_t *)icmp + 4, known - 4));
	}
	HOLDS(!memcmp(theirs, &size, sizeof(size)));
	for (i = known; i < size; i++)
		HOLDS(theirs[i] == 0xa5);
	free(theirs);
}

/* ---- Cut ------------------------------------------------------------------- */

#define SAME(member) (!memcmp(part->member, whole->member, sizeof(part->member)))

/*
 * A member that is flagged holds what the whole packet has there. (Extensions that are not
 * announced are seen in a whole message only, and the checksum of others is looked at there.)
 */
static void expect_part_of(const struct sockopt_icmp *part, const struct sockopt_icmp *whole)
{
	uint32_t flags = part->flags & ~(SOCKOPT_ICMP_F_TRUNCATED | SOCKOPT_ICMP_F_EXTENSIONS);

	HOLDS(!(flags & ~whole->flags));
	HOLDS(SAME(src) && SAME(dst) && part->ttl == whole->ttl);
	if (flags & SOCKOPT_ICMP_F_TYPE)
		HOLDS(part->type == whole->type && part->code == whole->code);
	if (flags & SOCKOPT_ICMP_F_ECHO)
		HOLDS(part->id == whole->id && part->seq == whole->seq);
	if (flags & SOCKOPT_ICMP_F_MTU)
		HOLDS(part->mtu == whole->mtu);
	if (flags & SOCKOPT_ICMP_F_POINTER)
		HOLDS(part->pointer == whole->pointer);
	if (flags & SOCKOPT_ICMP_F_LIFETIME)
		HOLDS(part->lifetime == whole->lifetime);
	if (flags & SOCKOPT_ICMP_F_GATEWAY)
		HOLDS(SAME(gateway));
	if (flags & SOCKOPT_ICMP_F_TARGET)
		HOLDS(SAME(target));
	if (flags & SOCKOPT_ICMP_F_QUOTED)
		HOLDS(SAME(quoted_src) && SAME(quoted_dst) &&
		      part->quoted_len == whole->quoted_len);
	if (flags & SOCKOPT_ICMP_F_QUOTED && part->quoted_proto != whole->quoted_proto)
		HOLDS(part->flags & SOCKOPT_ICMP_F_TRUNCATED);
	if (flags & SOCKOPT_ICMP_F_PORTS)
		HOLDS(part->quoted_sport == whole->quoted_sport &&
		      part->quoted_dport == whole->quoted_dport);
}

/* The ICMP header is where the kernel would have found it, and a record can be cut. */
static int is_honest(const struct sockopt_record *rec)
{
	struct frame frame = { sockopt_record_data(rec), rec->caplen, rec->len };

	return rec->caplen <= rec->len && frame_icmp_offset(&frame, rec->family) == rec->offset;
}

/* The same packet, captured up to some byte. */
static void decode_cut(const struct sockopt_record *rec, const struct sockopt_icmp *whole)
{
	size_t caplen = rec->lost % (rec->caplen + 1U);
	struct sockopt_icmp part;
	struct sockopt_record *cut;

	if (!is_honest(rec))
		return;
	cut = exact(rec, sizeof(*rec) + caplen);
	cut->caplen = (uint16_t)caplen;
	if (!decode(cut, &part))
		expect_part_of(&part, whole);
	free(cut);
}

/* ---- Format ---------------------------------------------------------------- */

/* What fits of the line, and a NUL. */
static void format_into(const struct sockopt_record *rec, size_t size, const char *line,
			size_t len)
{
	size_t fits = len < size ? len : size - 1;
	char *buf;
	int ret;

	if (!size) {
		HOLDS(sockopt_icmp_format(rec, NULL, 0) == -EINVAL);
		return;
	}
	buf = malloc(size);
	HOLDS(buf);
	memset(buf, 0xa5, size);
	ret = sockopt_icmp_format(rec, buf, size);
	HOLDS(ret == (int)fits);
	HOLDS(!memcmp(buf, line, fits) && !buf[fits]);
	free(buf);
}

static int ends_with(const char *line, size_t len, const char *end)
{
	return len >= strlen(end) && !strcmp(line + len - strlen(end), end);
}

static void format(const struct sockopt_record *rec, const struct sockopt_icmp *icmp)
{
	static char line[LINE_MAX_OF_ANY];
	int len = sockopt_icmp_format(rec, line, sizeof(line)), size;

	HOLDS(len > 0 && (size_t)len == strlen(line));
	HOLDS(len < SOCKOPT_ICMP_LINE);
	HOLDS(is_plain(line, (size_t)len, ""));
	HOLDS(!(icmp->flags & SOCKOPT_ICMP_F_TRUNCATED) ==
	      !ends_with(line, (size_t)len, " [truncated]"));
	if (rec->seq >> 31)
		for (size = 0; size < len + 3; size++)
			format_into(rec, (size_t)size, line, (size_t)len);
	else
		format_into(rec, rec->seq % ((uint32_t)len + 3), line, (size_t)len);
}

/* ---- Extensions ------------------------------------------------------------ */

static void read_labels(const struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_mpls mpls = { .size = sizeof(mpls) };
	unsigned int i = 0;

	while (sockopt_icmp_mpls(ext, i, &mpls) > 0) {
		HOLDS(mpls.label < 1U << 20 && mpls.tc < 8 && mpls.bottom < 2);
		i++;
	}
	HOLDS(i <= ext->len / 4U);
	HOLDS(sockopt_icmp_mpls(ext, UINT32_MAX, &mpls) == 0);
	mpls.size--;
	HOLDS(sockopt_icmp_mpls(ext, 0, &mpls) == (i ? -EINVAL : 0));
}

static void read_interface(const struct sockopt_icmp_extension *ext)
{
	struct sockopt_icmp_interface interface = { .size = sizeof(interface) };
	int ret = sockopt_icmp_interface(ext, &interface);

	HOLDS(ret == (ext->class_num == SOCKOPT_ICMP_EXTENSION_INTERFACE));
	if (!ret)
		return;
	HOLDS(interface.flags < SOCKOPT_ICMP_INTERFACE_F_TRUNCATED << 1);
	HOLDS(interface.role < 4);
	HOLDS(memchr(interface.name, 0, sizeof(interface.name)));
	HOLDS(!(interface.flags & SOCKOPT_ICMP_INTERFACE_F_ADDRESS) == !interface.family);
	interface.size--;
	HOLDS(sockopt_icmp_interface(ext, &interface) == -EINVAL);
}

/* It lies in the record, and behind the one before it. */
static void read_object(const struct sockopt_record *rec, uint32_t before,
			const struct sockopt_icmp_extension *ext)
{
	const uint8_t *data = sockopt_record_data(rec);

	HOLDS(ext->size == sizeof(*ext));
	HOLDS(ext->data >= data + before + 4 && ext->len <= rec->caplen);
	HOLDS(ext->data + ext->len <= data + rec->caplen);
	HOLDS(ext->next == (uint32_t)(ext->data + ext->len - data));
	HOLDS(!(ext->flags & ~SOCKOPT_ICMP_EXTENSION_F_TRUNCATED));
	read_labels(ext);
	read_interface(ext);
}

/* next: where the first call begins, 0 as it should be, or anything. */
static int read_objects(const struct sockopt_record *rec, uint32_t next)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext), .next = next }, before;
	int count = 0, ret;

	for (;;) {
		before = ext;
		ret = sockopt_icmp_extension(rec, &ext);
		if (ret <= 0)
			break;
		read_object(rec, before.next, &ext);
		count++;
	}
	HOLDS(ret == 0 || ret == -EINVAL || ret == -EBADMSG);
	HOLDS(!memcmp(&ext, &before, sizeof(ext)));
	return count;
}

static void read_extensions(const struct sockopt_record *rec, const struct sockopt_icmp *icmp)
{
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };

	HOLDS(!read_objects(rec, 0) || icmp->flags & SOCKOPT_ICMP_F_EXTENSIONS);
	read_objects(rec, rec->lost);
	ext.size--;
	HOLDS(sockopt_icmp_extension(rec, &ext) == -EINVAL);
}

/* ---- Names ----------------------------------------------------------------- */

static void name(const struct sockopt_record *rec)
{
	const char *type = sockopt_icmp_type_name(rec->family, rec->seq);
	const char *code = sockopt_icmp_code_name(rec->family, rec->seq, rec->lost);

	HOLDS(!type || is_plain(type, strlen(type), ""));
	HOLDS(!code || is_plain(code, strlen(code), ""));
	HOLDS(*sockopt_strerror((int)rec->seq));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct sockopt_record *rec = record_of(in), *before;
	struct sockopt_icmp icmp;
	size_t len;
	int ret;

	if (!rec)
		return 0;
	len = sizeof(*rec) + rec->caplen;
	before = exact(rec, len);
	ret = decode(rec, &icmp);
	decode_for_another_caller(rec, &icmp, ret);
	if (!ret) {
		decode_cut(rec, &icmp);
		format(rec, &icmp);
		read_extensions(rec, &icmp);
	} else {
		HOLDS(read_objects(rec, 0) == 0);
	}
	name(rec);
	HOLDS(!memcmp(rec, before, len));
	free(before);
	free(rec);
	return 0;
}
