/* SPDX-License-Identifier: MIT */
/* Print readings as they come; with an argument, first say how often: watch 250 */
#include <stdio.h>
#include <string.h>
#include <sockopt/sockopt.h>

#include "thermometer.h"

int main(int argc, char **argv)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	const struct sockopt_record *rec;
	struct sockopt_stream *st = NULL;
	struct reading reading;
	struct sockopt *so;
	int ret = sockopt_open(&so);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (ret == 0)
		ret = sockopt_channel(so, "thermometer", &channel);
	if (ret >= 0 && argc > 1)
		ret = sockopt_text_set(so, channel.id, argv[1], strlen(argv[1]));
	if (ret >= 0)
		ret = sockopt_stream_open(&st, so, channel.id, NULL);
	while (ret >= 0 && (ret = sockopt_stream_wait(st, -1)) > 0 &&
	       (ret = sockopt_stream_pull(st)) > 0)
		for (; (rec = sockopt_stream_next(st)); sockopt_stream_release(st)) {
			memcpy(&reading, sockopt_record_data(rec), sizeof(reading));
			printf("%u: %d.%03d degrees\n", reading.number,
			       reading.millidegrees / 1000, reading.millidegrees % 1000);
		}
	if (ret < 0)
		fprintf(stderr, "%s: %s\n", argv[0], sockopt_strerror(ret));
	sockopt_stream_close(st);
	sockopt_close(so);
	return ret < 0;
}
