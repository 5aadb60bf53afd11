/* SPDX-License-Identifier: GPL-2.0-only */
/* The channel 'message'. */
#ifndef SKO_MESSAGE_H
#define SKO_MESSAGE_H

int sko_message_init(void);
void sko_message_exit(void);

#endif /* SKO_MESSAGE_H */
