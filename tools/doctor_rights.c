/* SPDX-License-Identifier: MIT */
/*
 * What this process may do: its namespaces, and its rights in them.
 */
#include "doctor.h"

#include "facts.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- What /proc/self/status says ----------------------------------------- */

static unsigned long long mask_of(const struct doctor *d, const char *key)
{
	char text[32];

	facts_value(d->root, "/proc/self/status", key, text, sizeof(text));
	return strtoull(text, NULL, 16);
}

static int has(const struct doctor *d, const char *key, unsigned int capability)
{
	return (int)(mask_of(d, key) >> capability & 1);
}

static int is_set(const struct doctor *d, const char *key)
{
	return mask_of(d, key) != 0;
}

/* ---- namespace ----------------------------------------------------------- */

/* 0: it cannot be told. */
static uint64_t own_namespace(const struct doctor *d)
{
	char path[PATH_MAX];
	struct stat stat_;

	if (stat(facts_path(d->root, path, "/proc/self/ns/user"), &stat_))
		return 0;
	return stat_.st_ino;
}

/* Root of a user namespace has no say over a network namespace of somebody else. */
static int is_net_foreign(const struct doctor *d)
{
	return d->probe.is_net_foreign && !d->survey.is_initial;
}

/* The machine's root, in a network namespace that belongs to a user namespace. */
static int is_net_below(const struct doctor *d)
{
	uint64_t own = own_namespace(d);

	return d->survey.is_initial && d->probe.net_owner && own &&
	       d->probe.net_owner != own;
}

static void say_foreign(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "namespace",
		     "this user namespace does not own its network namespace, so its root has "
		     "no right to raw sockets");
	findings_advise(&d->findings, "Use it outside, as root of the machine; or with a "
			"network of its own (unshare -Urn, net.sockopt.userns=1).");
}

static void say_unserved(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "namespace",
		     "this network namespace belongs to a user namespace, which sockopt does "
		     "not serve");
	findings_advise(&d->findings, "If it should, as root of the machine, outside: "
			"sysctl -w net.sockopt.userns=1");
}

static void say_unasked(struct doctor *d)
{
	findings_add(&d->findings, STATUS_NOTE, "namespace",
		     "this is a user namespace; sockopt serves it if net.sockopt.userns is 1");
	findings_advise(&d->findings, "When the module is loaded, as root of the machine, "
			"outside: sysctl -w net.sockopt.userns=1");
}

void check_namespace(struct doctor *d)
{
	int is_below = !d->survey.is_initial || is_net_below(d);

	if (is_net_foreign(d) && d->probe.socket_error)
		say_foreign(d);
	else if (!is_below)
		findings_add(&d->findings, STATUS_OK, "namespace",
			     "the machine's own user namespace");
	else if (d->survey.is_loaded && d->probe.stream_error == -EPERM &&
		 !d->probe.socket_error)
		say_unserved(d);
	else if (d->survey.is_loaded)
		findings_add(&d->findings, STATUS_OK, "namespace", "a user namespace%s",
			     d->probe.stream_error ? "" : ", which sockopt serves");
	else
		say_unasked(d);
}

/* ---- rights -------------------------------------------------------------- */

static void say_rights(struct doctor *d)
{
	findings_add(&d->findings, STATUS_OK, "rights", "a raw socket can be opened%s",
		     has(d, "CapEff:", CAP_NET_ADMIN) ? "" :
		     " (channels of other modules may ask for CAP_NET_ADMIN, which is not "
		     "there)");
}

/* What the process can never get: it began with less. */
static void advise_outside(struct doctor *d)
{
	findings_advise(&d->findings, "It must be given from outside. In a unit of systemd: "
			"AmbientCapabilities=CAP_NET_RAW");
	findings_advise(&d->findings, "In a container: docker run --cap-add=NET_RAW ...");
}

static void say_no_capability(struct doctor *d)
{
	struct findings *f = &d->findings;
	int is_bound = !has(d, "CapBnd:", CAP_NET_RAW);
	int is_stuck = is_set(d, "NoNewPrivs:");

	findings_add(f, STATUS_FAIL, "rights", "no CAP_NET_RAW%s",
		     is_bound ? ", and none can be had here (the bounding set lacks it)" :
		     is_stuck ? ", and none can be had here (no_new_privs is set)" : "");
	if (is_bound || is_stuck || d->is_root) {
		advise_outside(d);
		return;
	}
	findings_advise(f, "sudo sockopt ...");
	findings_advise(f, "Or for everybody who may run it: sudo setcap cap_net_raw+ep %s",
			d->program);
}

/* The capability is there, and still it is no. */
static void say_forbidden(struct doctor *d)
{
	int error = -d->probe.socket_error;
	const char *who = error == EACCES ? "a security policy (SELinux, AppArmor, ...)" :
			  is_set(d, "Seccomp:") ? "a seccomp filter, probably" :
			  "somebody";

	findings_add(&d->findings, STATUS_FAIL, "rights", "%s forbids raw sockets (%s)", who,
		     strerror(error));
	if (is_set(d, "Seccomp:") && error != EACCES)
		findings_advise(&d->findings, "Look at who made the sandbox: of systemd "
				"SystemCallFilter=, of a container its seccomp profile.");
	else
		findings_advise(&d->findings, "Look into the audit log: "
				"sudo journalctl -k | grep -i -e denied -e apparmor");
}

static void say_no_family(struct doctor *d)
{
	findings_add(&d->findings, STATUS_FAIL, "rights", "there are no IPv4 sockets here (%s)",
		     strerror(-d->probe.socket_error));
	if (is_set(d, "Seccomp:"))
		findings_advise(&d->findings, "In the unit of systemd: "
				"RestrictAddressFamilies=AF_INET ..., and no "
				"SystemCallFilter= that leaves out socket");
	else
		findings_advise(&d->findings, "Use a kernel with IPv4 (CONFIG_INET).");
}

void check_rights(struct doctor *d)
{
	int error = -d->probe.socket_error;

	if (!error) {
		say_rights(d);
	} else if (is_net_foreign(d)) {
		return;		/* check_namespace() said it */
	} else if (error == EAFNOSUPPORT) {
		say_no_family(d);
	} else if (error == EPERM && !has(d, "CapEff:", CAP_NET_RAW)) {
		say_no_capability(d);
	} else if (error == EPERM || error == EACCES) {
		say_forbidden(d);
	} else {
		findings_add(&d->findings, STATUS_FAIL, "rights", "no raw socket: %s",
			     strerror(error));
		findings_advise(&d->findings, "See socket(2) for what this error means.");
	}
}
