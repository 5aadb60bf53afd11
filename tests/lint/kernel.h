/* SPDX-License-Identifier: MIT */
/*
 * For cppcheck, which reads kernel/ without the kernel's headers: what it must know of
 * them to tell a loop from a call.
 */
#define __KERNEL__ 1
#define CONFIG_64BIT 1
#define for_each_net(net) for (net = first_net(); net; net = next_net(net))
#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < nr_cpu_ids; cpu++)
#define hash_for_each(table, bucket, entry, member) \
	for (bucket = 0; (entry = hash_next(table, &bucket)) != NULL;)
#define hash_for_each_possible(table, entry, member, key) \
	for (entry = hash_first(table, key); entry; entry = hash_next_of(entry))
#define hash_for_each_possible_rcu(table, entry, member, key) \
	for (entry = hash_first(table, key); entry; entry = hash_next_of(entry))
#define list_for_each_entry(entry, head, member) \
	for (entry = list_first(head); entry != NULL; entry = list_next(entry))
#define list_for_each_entry_safe(entry, next, head, member) \
	for (entry = list_first(head), next = list_next(entry); entry != NULL; \
	     entry = next, next = list_next(entry))
#define xa_for_each(xa, index, entry) \
	for (index = 0; (entry = xa_find(xa, &index)) != NULL; index++)
#define xa_for_each_start(xa, index, entry, start) \
	for (index = start; (entry = xa_find(xa, &index)) != NULL; index++)
