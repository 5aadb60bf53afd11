/* SPDX-License-Identifier: MIT */
/* What a reading is, for module and program. */
#include <linux/types.h>

struct reading {
	__u32 number;
	__s32 millidegrees;
};
