/* SPDX-License-Identifier: MIT */
#include "doctor.h"

void examine(struct doctor *d)
{
	static check_fn *const checks[] = {
		check_kernel,
		check_container,
		check_headers,
		check_file,
		check_modprobe,
		check_signature,
		check_numbers,
		check_module,
		check_namespace,
		check_rights,
		check_answer,
		check_limits,
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](d);
}
