// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The mover: what a hypervisor's migration thread does. */
#include "migrate.h"

#include <stdlib.h>
#include <string.h>

/* Bytes on the wire that are not a whole record yet. */
#define WIRE (1u << 20)

static struct {
	struct hptp_stream *reader;
	uint8_t *log[2], *dirty[2];
	uint64_t frames[2], random;
	uint8_t wire[WIRE];
	size_t on_wire;
	unsigned forgotten;
} move;

static const uint64_t slot_gpa[2] = { 0, HUGE_GPA };

static struct hptp_slot *handle(unsigned i)
{
	return machine_slot_handle(migrate.slot[0][i]);
}

/* ---- memory ---- */

static void send_frame(unsigned slot, uint64_t frame)
{
	uint64_t gpa = slot_gpa[slot] + (frame << migrate.frame_shift);
	static uint8_t page[1 << 16] __attribute__((aligned(8)));
	const size_t n = (size_t)1 << migrate.frame_shift;
	int err;

	while ((err = machine_host_read(migrate.machine[0], gpa, page, n)) == HPTP_E_AGAIN)
		;
	if (err || machine_host_write(migrate.machine[1], gpa, page, n))
		migrate_fail("a page can not be sent");
	migrate.pages_sent++;
}

/* Range by range, as a hypervisor that wants short calls. */
static void harvest(unsigned slot, unsigned flags)
{
	uint64_t n = slot ? 1024 : 96;

	memset(move.dirty[slot], 0, (move.frames[slot] + 7) / 8);
	for (uint64_t off = 0; off < move.frames[slot]; off += n) {
		if (n > move.frames[slot] - off)
			n = move.frames[slot] - off;
		if (machine_in_a(hptp_dirty_harvest(handle(slot), (hptp_off){ off }, n,
						    move.dirty[slot] + off / 8, flags)))
			migrate_fail("hptp_dirty_harvest");
	}
}

static uint64_t send_dirty(unsigned slot, unsigned flags)
{
	uint64_t sent = 0;

	harvest(slot, flags);
	for (uint64_t i = 0; i < move.frames[slot]; i++) {
		if (!(move.dirty[slot][i >> 3] >> (i & 7) & 1))
			continue;
		sent++;
		if (migrate.forget != FORGET_PAGE || slot || !flags || sent % 4)
			send_frame(slot, i);
	}
	return sent;
}

/* ---- the table ---- */

static void receive(void)
{
	struct hptp_stream_written done = { 0 };
	int err = machine_in_a(
		hptp_stream_write(machine_vm(migrate.machine[1]), move.wire, move.on_wire, &done));

	if (err)
		migrate_fail("hptp_stream_write: %s at %zu, entry %jx", hptp_strerror(err),
			     done.used, (uintmax_t)done.idx);
	move.on_wire -= done.used;
	memmove(move.wire, move.wire + done.used, move.on_wire);
}

/* Bytes arrive in pieces that know nothing of records. */
static void transmit(const uint8_t *from, size_t n)
{
	while (n) {
		size_t piece = 1 + machine_random(&move.random) % 700;

		piece = piece < n ? piece : n;
		memcpy(move.wire + move.on_wire, from, piece);
		move.on_wire += piece;
		from += piece;
		n -= piece;
		receive();
	}
}

static uint64_t send_table(bool last)
{
	static uint8_t buffer[1 << 16];
	uint64_t entries = 0;
	size_t used = 1;

	for (unsigned reads = 0; used && (last || reads < 64); reads++) {
		size_t size = HPTP_STREAM_MIN + machine_random(&move.random) % 4096;

		if (machine_in_a(hptp_stream_read(move.reader, buffer, size, &used)))
			migrate_fail("hptp_stream_read");
		entries += used / 16;
		migrate.records_sent += !!used;
		if (migrate.forget == FORGET_ENTRY && migrate.rounds > 2 && reads == 1)
			move.forgotten++;
		else
			transmit(buffer, used);
	}
	migrate.entries_sent += entries;
	return entries;
}

/* ---- the rounds ---- */

void move_start(void)
{
	move.random = migrate.seed ^ 77;
	move.frames[0] = SMALL_BYTES >> migrate.frame_shift;
	move.frames[1] = HUGE_BYTES >> migrate.frame_shift;
	for (unsigned i = 0; i < 2; i++) {
		size_t bytes = (move.frames[i] + 7) / 8;

		move.log[i] = calloc(2, bytes);
		if (!move.log[i])
			migrate_fail("no memory for the log");
		move.dirty[i] = move.log[i] + bytes;
		if (machine_in_t(hptp_dirty_start(handle(i), move.log[i], bytes)) ||
		    machine_in_a(hptp_dirty_harvest(handle(i), (hptp_off){ 0 }, move.frames[i],
						    NULL, HPTP_HARVEST_FORGET)))
			migrate_fail("the log does not start");
	}
	if (machine_in_t(hptp_stream_open(machine_vm(migrate.machine[0]), 0, 0, &move.reader)))
		migrate_fail("hptp_stream_open");
	for (unsigned i = 0; i < 2; i++)
		for (uint64_t frame = 0; frame < move.frames[i]; frame++)
			send_frame(i, frame);
}

uint64_t move_round(bool last)
{
	uint64_t moved = 0;

	migrate.rounds++;
	for (unsigned i = 0; i < 2; i++)
		moved += send_dirty(i, last ? HPTP_HARVEST_STOPPED : 0);
	return moved + send_table(last);
}

void move_end(void)
{
	if (move.on_wire)
		migrate_fail("half a record is left");
	machine_in_t((hptp_stream_close(move.reader), 0));
	for (unsigned i = 0; i < 2; i++) {
		if (machine_in_t(hptp_dirty_stop(handle(i))))
			migrate_fail("hptp_dirty_stop");
		free(move.log[i]);
	}
	if (migrate.forget == FORGET_ENTRY && !move.forgotten)
		migrate_fail("nothing was forgotten");
}
