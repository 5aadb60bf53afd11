/* SPDX-License-Identifier: GPL-2.0-only */
/* The channel 'icmp'. */
#ifndef SKO_ICMP_H
#define SKO_ICMP_H

int sko_icmp_init(void);
void sko_icmp_exit(void);

#endif /* SKO_ICMP_H */
