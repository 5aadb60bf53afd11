/* SPDX-License-Identifier: MIT */
/*
 * Signatures, where the kernel asks for one. The file tells whether there is one; whose
 * it is, and whether the kernel knows that key, only the kernel can tell.
 */
#include "doctor.h"

#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFI_VARIABLES	"/sys/firmware/efi/efivars/"
#define SECURE_BOOT	EFI_VARIABLES "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define ENROLLED	EFI_VARIABLES "MokListRT-605dab50-e046-4300-abb8-b5e8ac4ef6b3"

#define KEY_MAX		(16 << 10)	/* bytes of a certificate */
#define KEYS_MAX	(256 << 10)	/* of all that are enrolled */

/* ---- Who asks for one ---------------------------------------------------- */

/* Four bytes of attributes come first. */
static int is_secure_boot(const struct doctor *d)
{
	FILE *file = facts_open(d->root, SECURE_BOOT);
	unsigned char bytes[5];
	int is_on;

	if (!file)
		return 0;
	is_on = fread(bytes, 1, sizeof(bytes), file) == sizeof(bytes) && bytes[4] == 1;
	fclose(file);
	return is_on;
}

/*
 * NULL: nobody. Secure Boot by itself asks for nothing, but distributions' kernels turn
 * it into lockdown, and not everybody has lockdown to look at.
 */
static const char *who_asks(const struct doctor *d)
{
	char text[64];

	if (!facts_read(d->root, "/sys/module/module/parameters/sig_enforce", text,
			sizeof(text)) && *text == 'Y')
		return "module.sig_enforce";
	if (!facts_read(d->root, "/sys/kernel/security/lockdown", text, sizeof(text))) {
		if (strstr(text, "[integrity]") || strstr(text, "[confidentiality]"))
			return "the kernel's lockdown";
		if (strstr(text, "[none]"))
			return NULL;
	}
	return is_secure_boot(d) ? "Secure Boot" : NULL;
}

/* ---- Keys ---------------------------------------------------------------- */

/* The one that DKMS, or Ubuntu, signs with on this machine. "": there is none. */
static const char *find_key(const struct doctor *d)
{
	static const char *const keys[] = {
		"/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (facts_exist(d->root, keys[i]))
			return keys[i];
	return "";
}

/* To be freed. NULL: it cannot be read, or is empty. */
static char *load(const struct doctor *d, const char *name, size_t max, size_t *size)
{
	FILE *file = facts_open(d->root, name);
	char *bytes = file ? malloc(max) : NULL;

	*size = bytes ? fread(bytes, 1, max, file) : 0;
	if (file)
		fclose(file);
	if (*size)
		return bytes;
	free(bytes);
	return NULL;
}

/* A certificate stands in the list as it is in its file. -1: that cannot be seen. */
static int is_enrolled(const struct doctor *d, const char *key)
{
	size_t size = 0, all_size = 0;
	char *one = load(d, key, KEY_MAX, &size);
	char *all = load(d, ENROLLED, KEYS_MAX, &all_size);
	int ret = -1;

	if (one && all)
		ret = memmem(all, all_size, one, size) != NULL;
	free(one);
	free(all);
	return ret;
}

/* ---- signature ----------------------------------------------------------- */

static void advise_sign(struct doctor *d, const char *key)
{
	const char *private = strstr(key, "dkms") ? "/var/lib/dkms/mok.key" :
			      *key ? "/var/lib/shim-signed/mok/MOK.priv" : "MOK.priv";
	char path[PATH_MAX];

	facts_path("", path, "/lib/modules/%s/build/scripts/sign-file", d->release);
	if (!facts_exist(d->root, path)) {
		findings_advise(&d->findings, "What signs it, scripts/sign-file, comes with the "
				"kernel's headers. Get them, and look again:");
		advise_headers(d);
		return;
	}
	if (!*key)
		findings_advise(&d->findings, "Make a key first, see 'Secure Boot' in sockopt(4).");
	findings_advise(&d->findings, "%s%s sha256 %s %s %s", sudo(d), path, private,
			*key ? key : "MOK.der", d->survey.path);
}

/* Lines that can be pasted, and lines that say what to do by hand, are not mixed. */
static void advise_enrol(struct doctor *d, const char *key)
{
	if (!facts_exist(d->root, "/sys/firmware/efi")) {
		findings_advise(&d->findings, "Without EFI no key can be enrolled: use a kernel "
				"that was built with it (CONFIG_SYSTEM_TRUSTED_KEYS),");
		findings_advise(&d->findings, "or take module.sig_enforce and lockdown off the "
				"kernel's command line.");
		return;
	}
	findings_advise(&d->findings, "%smokutil --import %s", sudo(d), *key ? key : "MOK.der");
	findings_advise(&d->findings, "Then reboot, and confirm the key in the menu that comes.");
}

static void say_unsigned(struct doctor *d, const char *who, const char *key)
{
	findings_add(&d->findings, STATUS_FAIL, "signature",
		     "the module has none, and %s asks for one", who);
	advise_sign(d, key);
	if (is_enrolled(d, key) != 1)
		advise_enrol(d, key);
}

static void say_signed(struct doctor *d, const char *who, const char *key)
{
	const char *has = d->survey.file.is_signed ? "the module has one" :
			  d->survey.file_error ? "whether there is one could not be read" :
			  "whether the compressed module has one was not looked at";
	int enrolled = is_enrolled(d, key);

	findings_add(&d->findings, d->survey.file.is_signed && enrolled == 1 ?
		     STATUS_OK : STATUS_NOTE, "signature", "%s, and %s asks for it%s%s%s",
		     has, who, enrolled < 0 ? "" : "; the key ", enrolled < 0 ? "" : key,
		     enrolled < 0 ? "" : enrolled ? " is enrolled" : " is not enrolled");
	if (enrolled == 1 && d->survey.file.is_signed)
		return;
	findings_advise(&d->findings, "If modprobe says 'Key was rejected by service' or "
			"'Operation not permitted', the key is not known here:");
	advise_enrol(d, key);
}

void check_signature(struct doctor *d)
{
	const struct survey *s = &d->survey;
	const char *who = who_asks(d), *key = find_key(d);

	if (!is_to_load(d) || s->is_unfit)
		return;
	if (!who)
		findings_add(&d->findings, STATUS_OK, "signature",
			     "nothing asks for one (Secure Boot is %s)",
			     is_secure_boot(d) ? "on" : "off");
	else if (!s->file_error && !s->file.is_compressed && !s->file.is_signed)
		say_unsigned(d, who, key);
	else
		say_signed(d, who, key);
}
