/* SPDX-License-Identifier: GPL-2.0-only */
/* The wake-up that a caller asks for, at OPEN and by TUNE. */
#ifndef SKO_TUNE_H
#define SKO_TUNE_H

#include <linux/types.h>

/* Put defaults in; -EINVAL: not for a ring of so many slots. */
int sko_tune_settle(u32 *wake_records, u32 *wake_delay_us, u32 slots);

#endif /* SKO_TUNE_H */
