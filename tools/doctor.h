/* SPDX-License-Identifier: MIT */
/*
 * 'sockopt doctor': facts are collected first, by survey() from files and by probe()
 * from system calls; then each check looks at them and says what it finds. So a check
 * knows of what comes behind it, and keeps silent about what is nobody's trouble.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "finding.h"
#include "modfile.h"

#include <limits.h>
#include <stdint.h>

/* What files say. */
struct survey {
	int is_loaded;
	int is_fixed;		/* nothing can be loaded into this kernel (any more) */
	int is_hidden;		/* whether it takes modules cannot be seen in /proc */
	int is_initial;		/* this process is in the initial user namespace */
	char container[32];	/* whose kernel is its host's; "": none */
	char path[PATH_MAX];	/* of the module's file for this kernel, "": none */
	int is_listed;		/* modprobe knows that file */
	int is_unfit;		/* there is no file that this kernel would take */
	int file_error;		/* 0, or -errno: it cannot be read */
	struct modfile file;
	char other[128];	/* a kernel for which there is a file, if path is "" */
};

/* What system calls say: 0, or -errno. */
struct probe {
	int socket_error;	/* of a raw socket */
	int open_error;		/* of sockopt_open() */
	int stream_error;	/* of a stream of 'icmp' */
	char version[16];	/* of the module that answered */
	uint64_t features;
	int control_error;	/* of an option number that nobody has */
	int number;		/* of ours, that another module answers; 0: none */
	int number_error;
	uint64_t net_owner;	/* inode of the user namespace that owns this network
				 * namespace; 0: not known */
	int is_net_foreign;	/* it is none that this process has a say in */
};

struct doctor {
	const char *root;	/* where files are: "" */
	const char *release;	/* of the kernel */
	const char *machine;
	const char *program;	/* the path of this one */
	const char *kubernetes;	/* $KUBERNETES_SERVICE_HOST, or NULL */
	uint64_t page_size;	/* of the kernel, bytes */
	int is_root;
	struct survey survey;
	struct probe probe;
	struct findings findings;
};

/* Fill in d->survey, and d->probe, for which that must have been done. */
void survey(struct doctor *d);
void probe(struct doctor *d);

/* All checks, in the order of cause and effect. */
void examine(struct doctor *d);

typedef void check_fn(struct doctor *d);

check_fn check_kernel, check_container, check_headers;
check_fn check_file, check_modprobe, check_signature, check_module;
check_fn check_namespace, check_rights;
check_fn check_numbers, check_answer, check_limits;

/* "sudo ", or nothing for root. */
const char *sudo(const struct doctor *d);

/* The package of this distribution that has what modules are built with. */
void advise_headers(struct doctor *d);

/* What has to be done with the module must be done elsewhere: by whom has the kernel. */
int is_guest(const struct doctor *d);

/* It is still to be loaded, here: who has it, or never can, is asked for no file. */
int is_to_load(const struct doctor *d);

#endif /* DOCTOR_H */
