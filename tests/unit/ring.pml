/* SPDX-License-Identifier: MIT */
/*
 * ring.h as a model for Spin: two producers, two slots, and either an honest
 * consumer or one that has any value in the tail whenever it is looked at. model.sh
 * runs it through all states, and again with each fault BUG_* planted. It stands
 * here because it is a test like the others: a part of make check.
 *
 * A label is the step of ring.h with the same name; the comment behind it says what
 * is done to which word, and is compared, too. What has no label is local to its
 * process, is the payload, or is ours alone, for the assertions.
 *
 * Spin knows one order of all steps that everybody sees (sequential consistency),
 * so what acquire and release do is not shown here: check_interleave.c follows which
 * step happened before which, and tsan_ring.c watches real threads.
 * Positions have 3 bits instead of 32, so that they wrap; the head, which has 64
 * bits, does not wrap here either.
 */
#define N	2	/* slots */
#define M	8	/* positions that others see are head % M */
#define START	6	/* the first position */

/* Records that the producers try: one can be a lap ahead of what the other knows. */
#ifndef WATCHED
#define ONE	3
#define OTHER	2
#else			/* a process more: fewer records */
#define ONE	2
#define OTHER	1
#endif

#define FULL	0
#define BUSY	1

/* b - a, as ring.h has it in 32 bits. */
#define minus(b, a)	(((b) + M - (a)) % M)

typedef record {
	byte seq;
	byte lost;
	byte at		/* the payload: the position that it is of */
}

record slots[N];
byte head = START;
byte u_tail = START;
byte lost[2];

/* Only for the assertions. */
byte writers[N];	/* between R4 and C1 */
byte tail = START;	/* what an honest consumer released, never wraps */
byte dropped;		/* reserve said no */
byte highest;		/* lost in the last position reserved */
byte running;		/* producers at work */
bool is_honest;

#define slot	slots[p % N]
#define cause	(is_full -> FULL : BUSY)
#define no_room	(head - tail >= N)	/* in truth, if the consumer is honest */

/* The tail, or, from a liar, anything. */
inline look(at)
{
	if
	:: is_honest -> at = u_tail
	:: else -> select(at : 0 .. M - 1)
	fi
}

/* must_fit: nobody else is at work, so there is no reason to drop anything. */
proctype producer(byte count; bool must_fit)
{
	byte h, p, seq, t, sum, now;
	bool is_full, saw_no_room;

next:
	if
	:: count == 0 ->
		goto done
	:: else ->
		count--
	fi;
R1:	/* load head */
	h = head;
again:
	p = h % M;
R2:	/* load seq */
	atomic { seq = slot.seq; saw_no_room = no_room }
R3:	/* load u_tail */
	atomic {
		look(t);
		saw_no_room = saw_no_room || no_room;
		is_full = minus(p, t) >= N
	}
	if
#ifdef BUG_TAIL		/* reserve believes the tail and not the slot's seq */
	:: !is_full ->
#else
	:: !is_full && seq == minus(p + 1, N) ->
#endif
		skip
	:: else ->
		goto drop
	fi;
L1:	/* load lost */
	sum = lost[FULL];
L2:	/* load lost */
	sum = sum + lost[BUSY];
#ifdef BUG_CAS		/* head is compared in one step, and moved in another */
	if
	:: head == h -> skip
	:: else -> h = head; goto again
	fi;
	atomic {
		head = h + 1;
#else
R4:	/* compare head */
	atomic {
		if
		:: head == h -> head = h + 1
		:: else -> h = head; goto again
		fi;
#endif
		writers[p % N]++;
		assert(writers[p % N] == 1);
		assert(sum >= highest);
		highest = sum
	}
#ifdef BUG_COMMIT	/* commit comes before the payload */
	slot.seq = (p + 1) % M;
#endif
#ifdef BUG_LOST		/* lost is loaded when the place in the order is taken */
	sum = lost[FULL] + lost[BUSY];
#endif
W1:	/* write lost */
	slot.lost = sum;
	slot.at = p;
C1:	/* store seq */
	atomic { slot.seq = (p + 1) % M; writers[p % N]-- }
	goto next;

drop:
#ifndef BUG_HEAD	/* the head is not looked at again */
R5:	/* load head */
	now = head;
	if
	:: now != h -> h = now; goto again
	:: else
	fi;
#endif
#ifdef BUG_COUNT	/* lost is loaded in one step, and stored in another */
	now = lost[cause] + 1;
	atomic {
		lost[cause] = now;
#else
R6:	/* fetch lost */
	atomic {
		lost[cause]++;
#endif
		dropped++;
		assert(!must_fit);
		assert(!is_honest || saw_no_room)
	}
	goto next;

done:
	running--
}

/* Takes what is there, and sees to it that it is whole and comes once. */
proctype consumer()
{
	byte pos = START % M, n, i, p, lost_before;

	do
	:: n = 0;
Y1:		/* load seq */
		do
		:: n < N && slots[(pos + n) % N].seq == (pos + n + 1) % M ->
			n++
		:: n > 0 ->	/* the next one is not there, or max was reached */
			break
		:: n == 0 && running == 0 && tail == head ->
			goto done
		od;
#ifdef BUG_RELEASE	/* released before it is read */
		u_tail = (pos + n) % M;
#endif
		i = 0;
		do
		:: i < n ->
			atomic {
				p = (pos + i) % M;
				assert(slot.at == p);
				assert(slot.lost >= lost_before);
				lost_before = slot.lost;
				i++
			}
		:: else ->
			break
		od;
		pos = (pos + n) % M;
T1:		/* store u_tail */
		atomic { u_tail = pos; tail = tail + n }
	od;
done:
	skip
}

#ifdef WATCHED
/* Where the ring stands, asked at any time. */
proctype watcher()
{
	byte t, h, used, from;

#ifdef BUG_SPAN		/* the head is read first */
	h = head;
#endif
S1:	/* load u_tail */
	atomic { look(t); from = tail }
#ifndef BUG_SPAN
S2:	/* load head */
	h = head;
#endif
	atomic {
		used = minus(h % M, t);
		if
		:: used > N -> used = N
		:: else
		fi;
		if
		:: h - START < used -> t = START
		:: else -> t = h - used
		fi;
		assert(t >= START && t <= h && h - t <= N);
		/* an honest tail was just there between the two steps */
		assert(!is_honest || (from <= t && t <= tail))
	}
}
#endif

init {
	slots[START % N].seq = minus(START + 1, N);
	slots[(START + 1) % N].seq = minus(START + 2, N);
	running = 2;
	atomic {
		if
		:: is_honest = true; run consumer()
		:: skip	/* a liar */
		fi;
		run producer(ONE, false);
		run producer(OTHER, false);
#ifdef WATCHED
		run watcher()
#endif
	}
	_nr_pr == 1;
	assert(lost[FULL] + lost[BUSY] == dropped);
	assert(head - START + dropped == ONE + OTHER);
	assert(!is_honest || tail - START + dropped == ONE + OTHER);

	/* A sane tail makes the ring work again, whatever was there before. */
	u_tail = head % M;
	tail = head;
	is_honest = true;
	running = 1;
	run producer(N, true);
	_nr_pr == 1
}
