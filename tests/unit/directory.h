/* SPDX-License-Identifier: MIT */
/* A directory in the place of /proc/net/sockopt. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#define STATS_HEADER \
	"channel streams opened seen delivered pending lost_full lost_busy lost_closed\n"
#define STREAMS_HEADER \
	"channel inode pid uid slots snaplen seen filtered delivered pending lost_full lost_busy state\n"

extern const char *directory;	/* between set-up and tear-down */

void set_up_directory(void);
void tear_down_directory(void);

/* A file in it. */
void has_file(const char *name, const char *text);

#endif /* DIRECTORY_H */
