/* SPDX-License-Identifier: MIT */
/*
 * One loop: some packets, the keys that were typed, a screen if one is due; sleep only
 * when no packet is there. So neither a flood, nor keys, nor the terminal keep us from the
 * others for long.
 */
#include "session.h"

#include "screen.h"
#include "terminal.h"
#include "tool.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH		1024	/* packets between two looks at keys and clock */
#define MESSAGE_TEXT	512

struct session {
	struct source *source;
	struct rates *rates;
	struct rates *kept;		/* a copy, when the screen is frozen */
	struct picture live;
	struct picture frozen;		/* with the copy */
	struct view view;
	struct prompt prompt;
	struct counts base;		/* of the source, when counting began */
	char *expression;
	char message[MESSAGE_TEXT];
	uint64_t due;			/* now_ms() of the next screen */
	uint32_t ifindex;		/* 0: any */
	int is_stale;			/* the screen shows what is not so any more */
	int is_over;			/* q was typed */
};

/* ---- Counting -------------------------------------------------------------- */

static int count(struct session *session)
{
	struct counts *counts = &session->live.counts;
	int ret = source_count(session->source, counts);

	if (ret)
		return ret;
	counts->seen -= session->base.seen;
	counts->filtered -= session->base.filtered;
	counts->lost -= session->base.lost;
	return 0;
}

static int clear(struct session *session)
{
	int ret = source_count(session->source, &session->base);

	if (ret)
		return ret;
	rates_clear(session->rates, now_ms());
	session->due = now_ms() + session->view.delay_ms;
	return count(session);
}

/* 1: that was all for now. */
static int take_some(struct session *session)
{
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	const struct sockopt_record *rec;
	int n;

	for (n = 0; n < BATCH; n++) {
		rec = source_next(session->source);
		if (!rec)
			return 1;
		if (!sockopt_icmp_decode(rec, &icmp))
			rates_add(session->rates, &icmp);
		source_release(session->source);
	}
	return 0;
}

/* ---- What is wanted ---------------------------------------------------------- */

/* 0, or message says why not; then all stays as it is. */
static int tune(struct session *session, struct wish *wish)
{
	FILE *why = fmemopen(session->message, sizeof(session->message), "w");
	struct filter filter;
	int ret;

	if (!why)
		return -1;
	ret = filter_make(&filter, wish, why);
	fclose(why);
	if (ret)
		return -1;
	ret = source_tune(session->source, &filter);
	if (ret)
		snprintf(session->message, sizeof(session->message), "filter: %s",
			 sockopt_strerror(ret));
	filter_close(&filter);
	return ret;
}

static void want(struct session *session, const char *expression, int is_errors)
{
	char *text = strdup(expression + strspn(expression, " "));
	char *words[] = { text, NULL };
	struct wish wish = { session->view.interface, is_errors, words };

	if (!text)
		return;
	if (!*text)
		words[0] = NULL;
	if (tune(session, &wish)) {
		free(text);
		return;
	}
	free(session->expression);
	session->expression = text;
	session->view.expression = text;
	session->view.is_errors = is_errors;
}

/* ---- Keys ---------------------------------------------------------------------- */

static void thaw(struct session *session)
{
	rates_close(session->kept);
	session->kept = NULL;
	session->view.is_frozen = 0;
}

static void freeze(struct session *session)
{
	session->kept = rates_copy(session->rates);
	if (!session->kept)
		return;
	session->frozen = session->live;
	session->frozen.rates = session->kept;
	session->view.is_frozen = 1;
}

/* The next longer or shorter one of these; -d may have set another one. */
static void change_delay(struct session *session, int is_longer)
{
	static const uint64_t delays[] = { 100, 200, 500, 1000, 2000, 5000, 10000, 30000,
					   60000 };
	size_t steps = sizeof(delays) / sizeof(delays[0]), i;
	uint64_t delay = session->view.delay_ms;

	for (i = 0; is_longer && i < steps && delay == session->view.delay_ms; i++)
		if (delays[i] > delay)
			delay = delays[i];
	for (i = steps; !is_longer && i > 0 && delay == session->view.delay_ms; i--)
		if (delays[i - 1] < delay)
			delay = delays[i - 1];
	session->due = session->due - session->view.delay_ms + delay;
	session->view.delay_ms = delay;
}

static void begin_prompt(struct session *session)
{
	prompt_open(&session->prompt, session->expression);
	session->view.prompt = &session->prompt;
}

static int command(struct session *session, int key)
{
	struct view *view = &session->view;

	switch (key) {
	case 'q':
		session->is_over = 1;
		return 0;
	case 'p':
	case ' ':
		view->is_frozen ? thaw(session) : freeze(session);
		return 0;
	case 's':
		view->order = (enum order)((view->order + 1) % ORDERS);
		return 0;
	case '\t':
	case 't':
		view->alone = (enum subject)((view->alone + 1) % (SUBJECTS + 1));
		return 0;
	case 'f':
		begin_prompt(session);
		return 0;
	case 'e':
		want(session, session->expression, !view->is_errors);
		return 0;
	case 'c':
		return clear(session);
	case '+':
	case '-':
		change_delay(session, key == '+');
		return 0;
	case 'h':
	case '?':
		view->is_helped = 1;
		return 0;
	default:
		return 0;
	}
}

static void type(struct session *session, int key)
{
	enum prompt_state state = prompt_key(&session->prompt, key);

	if (state == PROMPT_GOES_ON)
		return;
	session->view.prompt = NULL;
	if (state == PROMPT_ENTERED)
		want(session, session->prompt.text, session->view.is_errors);
}

/* A message stays until the next key. What is drawn between two ticks agrees, too. */
static int take_key(struct session *session, int key)
{
	int ret = count(session);

	session->is_stale = 1;
	if (ret || key == KEY_IS_RESIZED)
		return ret;
	session->message[0] = '\0';
	if (key == ('l' & 0x1f)) {
		terminal_scratch();
	} else if (session->view.prompt) {
		type(session, key);
	} else if (session->view.is_helped) {
		session->view.is_helped = 0;
		session->is_over = key == 'q';
	} else {
		return command(session, key);
	}
	return 0;
}

static int take_keys(struct session *session)
{
	int key, ret = 0;

	while (!ret && !session->is_over && (key = terminal_key()) != KEY_IS_NONE)
		ret = take_key(session, key);
	return ret;
}

/* ---- The loop -------------------------------------------------------------------- */

/* As for icmp: an interface that goes away is an error. */
static int look_at_interface(const struct session *session)
{
	char name[IF_NAMESIZE];

	return !session->ifindex || if_indextoname(session->ifindex, name) ? 0 : -ENODEV;
}

static int tick(struct session *session)
{
	uint64_t now = now_ms();
	int ret;

	if (now < session->due)
		return 0;
	rates_tick(session->rates, now);
	session->due += session->view.delay_ms;
	if (session->due <= now)
		session->due = now + session->view.delay_ms;	/* we slept, or were stopped */
	session->live.time = time(NULL);
	session->is_stale |= !session->view.is_frozen;
	ret = count(session);
	return ret ? ret : look_at_interface(session);
}

static void draw(struct session *session)
{
	const struct picture *picture = &session->live;

	if (session->view.is_frozen)
		picture = &session->frozen;
	if (session->is_stale)
		screen_draw(picture, &session->view);
	session->is_stale = 0;
}

/* Until there is a packet, a key, or a screen is due. */
static int rest(struct session *session)
{
	struct pollfd fds[] = { { source_fd(session->source), POLLIN, 0 },
				{ STDIN_FILENO, POLLIN, 0 } };
	uint64_t now = now_ms(), ms = session->due > now ? session->due - now : 0;
	struct timespec left = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
	int ret = source_wait(session->source, 0);
	sigset_t none;

	if (ret)
		return ret > 0 ? 0 : ret;
	sigemptyset(&none);
	if (ppoll(fds, 2, &left, &none) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents & ~POLLIN)
		session->is_over = 1;	/* the terminal has gone */
	return 0;
}

/* Returns 0: it was told to end; else -errno. */
static int watch(struct session *session)
{
	int is_dry, ret = clear(session);

	session->is_stale = 1;
	while (!ret && !session->is_over) {
		is_dry = take_some(session);
		ret = take_keys(session);
		if (!ret)
			ret = tick(session);
		draw(session);
		if (!ret && is_dry && !session->is_over)
			ret = rest(session);
	}
	return ret;
}

/* ---- Session --------------------------------------------------------------------- */

static int open_session(struct session *session, const struct setup *setup)
{
	session->source = setup->source;
	session->ifindex = setup->ifindex;
	session->expression = filter_text(setup->wish->words);
	session->rates = rates_open(now_ms());
	if (!session->expression || !session->rates)
		return -ENOMEM;
	session->live.rates = session->rates;
	session->live.time = time(NULL);
	session->view.alone = SUBJECTS;
	session->view.delay_ms = setup->delay_ms;
	session->view.interface = setup->wish->interface;
	session->view.is_errors = setup->wish->is_errors;
	session->view.expression = session->expression;
	session->view.message = session->message;
	return 0;
}

static void close_session(struct session *session)
{
	thaw(session);
	rates_close(session->rates);
	free(session->expression);
	free(session);
}

/* A change of size comes only where we sleep: not just before, where we would miss it. */
static void hold_resize(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(how, &set, NULL);
}

int session_run(const struct setup *setup)
{
	struct session *session = calloc(1, sizeof(*session));
	int ret;

	if (!session)
		return -ENOMEM;
	hold_resize(SIG_BLOCK);
	ret = open_session(session, setup);
	if (!ret)
		ret = watch(session);
	close_session(session);
	hold_resize(SIG_UNBLOCK);
	return ret;
}
