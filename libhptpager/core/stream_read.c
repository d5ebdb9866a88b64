// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reading the migration stream. The first pass tells of every entry, later ones of those
 * that were noted as changed (change.h) and of those whose R or C hardware has set since.
 * What is told of R and C goes to the guest's view, so that the same bits are news only
 * once; they stay in dword 1 too, for the dirty log and for aging.
 */
#include "change.h"

void hptp_changed_for(struct hptp_stream *s, uint64_t idx)
{
	for (; s; s = hptp_port_reach(hptp_port_deref(&s->next))) {
		uint8_t bit = (uint8_t)(1u << (idx & 7)), *byte;

		if (idx >= s->n)
			continue; /* of another table than this entry */
		byte = hptp_sparse_at(&s->changed, idx >> 3);
		if (!(hptp_load8(byte) & bit))
			hptp_or8(byte, bit);
	}
}

static bool noted(const struct hptp_stream *s, uint64_t idx)
{
	return hptp_load8(hptp_sparse_at(&s->changed, idx >> 3)) >> (idx & 7) & 1;
}

static void forget(struct hptp_stream *s, uint64_t idx)
{
	if (noted(s, idx))
		hptp_and8(hptp_sparse_at(&s->changed, idx >> 3), (uint8_t) ~(1u << (idx & 7)));
}

/* ---- the caller's buffer ---- */

struct out {
	uint8_t *at;
	size_t left;
	uint8_t *record; /* the one that can grow, or NULL */
	struct hptp_stream_header header;
};

/* An entry as it is told of, if that is news. */
struct told {
	bool news, valid;
	uint64_t v, g;
};

/* Can the record that is open take this entry? */
static bool continues(const struct out *o, uint64_t idx, bool valid)
{
	const struct hptp_stream_header *h = &o->header;

	if (!o->record || (uint64_t)h->index + h->n_valid + h->n_invalid != idx)
		return false;
	return valid ? !h->n_invalid && h->n_valid < 0xffff : h->n_invalid < 0xffff;
}

static bool fits(const struct out *o, uint64_t idx, bool valid)
{
	size_t need = valid ? sizeof(struct hptp_hpte) : 0;

	if (!continues(o, idx, valid))
		need += sizeof(o->header);
	return need <= o->left;
}

static void put(struct out *o, const void *from, size_t n)
{
	memcpy(o->at, from, n);
	o->at += n;
	o->left -= n;
}

static void put_entry(struct out *o, uint64_t idx, const struct told *t)
{
	struct hptp_hpte e = { hptp_cpu_to_be64(t->v), hptp_cpu_to_be64(t->g) };

	if (!continues(o, idx, t->valid)) {
		o->record = o->at;
		o->header = (struct hptp_stream_header){ .index = (uint32_t)idx };
		put(o, &o->header, sizeof(o->header));
	}
	if (t->valid) {
		o->header.n_valid++;
		put(o, &e, sizeof(e));
	} else {
		o->header.n_invalid++;
	}
	memcpy(o->record, &o->header, sizeof(o->header));
}

/* ---- the table ---- */

/* R and C of a linked entry that went nowhere yet, and that no reader knows. */
static uint64_t new_rc(const struct hptp_hpte *e, const uint64_t *view)
{
	if (!view || !hptp_keep(HPTP_RULE_TOLD_RC) || !hptp_dw_any(&e->r, HPTP_R_RC) ||
	    hptp_dw_any(&e->r, HPTP_R_TAG) || !hptp_dw_any(&e->v, HPTP_V_VALID | HPTP_V_ABSENT))
		return 0;
	return hptp_dw_load(&e->r) & HPTP_R_RC & ~hptp_load64(view);
}

/* Is there anything to tell? Decides nothing but that; looked at again under the lock. */
static bool worth(const struct hptp_stream *s, uint64_t idx)
{
	const struct hptp_table *t = &s->vm->table;

	return s->first_pass || noted(s, idx) || new_rc(&t->hpte[idx], hptp_view(t, idx));
}

/* Free, and nobody is about to change that: in the first pass, most are. */
static bool surely_free(const struct hptp_stream *s, uint64_t idx)
{
	const hptp_be64 *v = &s->vm->table.hpte[idx].v;

	return !hptp_dw_any(v, HPTP_V_VALID | HPTP_V_ABSENT | HPTP_V_HVLOCK) && !noted(s, idx);
}

/* What of a locked entry is to be told. */
static struct told look(const struct hptp_stream *s, const struct hptp_locked *l)
{
	struct told t = { .news = s->first_pass || noted(s, l->idx) };

	t.valid = hptp_state_of(l->v, l->r) != HPTP_FREE &&
		  (!(s->flags & HPTP_STREAM_BOLTED) || (l->v & HPTP_V_BOLTED));
	if (t.valid) {
		t.v = hptp_guest_v(l->v);
		t.g = hptp_view_of(l) | (l->r & HPTP_R_RC);
		if (t.g != hptp_view_of(l) && hptp_keep(HPTP_RULE_TOLD_RC))
			t.news = true;
	}
	return t;
}

/* It is told: its R and C are no news any more, and what was noted is forgotten. */
static void tick(struct hptp_stream *s, const struct hptp_locked *l, const struct told *t)
{
	if (t->valid && hptp_keep(HPTP_RULE_TOLD_RC))
		hptp_view_set(s->vm, l, t->g); /* notes it for the other readers */
	if (hptp_keep(HPTP_RULE_UNTOLD_LAST))
		forget(s, l->idx);
}

/* Tell of an entry if there is something to tell. False: there is no room. */
static bool tell(struct hptp_stream *s, struct out *o, uint64_t idx)
{
	struct told t = { .news = true, .valid = false };
	struct hptp_locked l;
	bool room;

	if (s->first_pass && surely_free(s, idx)) {
		room = fits(o, idx, false);
	} else {
		hptp_hpte_lock(&s->vm->table, idx, &l, &s->vm->host_count);
		t = look(s, &l);
		room = !t.news || fits(o, idx, t.valid);
		if (t.news && room)
			tick(s, &l, &t);
		hptp_hpte_unlock(&l);
		if (!hptp_keep(HPTP_RULE_UNTOLD_LAST) && room)
			forget(s, idx);
	}
	if (t.news && room)
		put_entry(o, idx, &t);
	return room;
}

/* The table's end; the pass's too. */
static void wrap(struct hptp_stream *s)
{
	s->at = 0;
	s->first_pass = false;
}

/* In a read section: is the table still the one that the reader is about? */
static int same_table(const struct hptp_stream *s)
{
	const struct hptp_table *t = &s->vm->table;

	if (hptp_table_same(t, s->generation))
		return HPTP_OK;
	return hptp_load64(&t->generation) == s->generation ? HPTP_E_AGAIN : HPTP_E_STALE;
}

/* Until the buffer is full, the pass ends with something told, or all was looked at. */
static int read_on(struct hptp_stream *s, struct out *o, size_t size)
{
	int error = same_table(s);

	for (uint64_t seen = 0; !error && seen < s->n;) {
		if (worth(s, s->at) && !tell(s, o, s->at))
			break;
		if (++s->at == s->n) {
			wrap(s);
			if (o->left < size)
				break;
		}
		if (!(++seen % HPTP_SCAN_SLICE) && !hptp_yield_point(s->vm))
			error = same_table(s);
	}
	return error;
}

int hptp_stream_read(struct hptp_stream *s, void *buf, size_t size, size_t *used)
{
	struct out o = { .at = buf, .left = size };
	int error;

	*used = 0;
	if (!buf || size < HPTP_STREAM_MIN)
		return HPTP_E_PARAM;
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	error = read_on(s, &o, size);
	hptp_port_atomic_end();
	hptp_port_read_end();
	if (error == HPTP_E_AGAIN && o.left < size)
		error = HPTP_OK; /* what was told counts as told */
	if (!error)
		*used = size - o.left;
	return error;
}

/* ---- readers come and go; the table may meanwhile ---- */

static void streams_lock(struct hptp_vm *vm)
{
	hptp_port_atomic_begin();
	while (!hptp_cas32(&vm->streams_lock, 0, 1))
		hptp_port_relax();
}

static void streams_unlock(struct hptp_vm *vm)
{
	hptp_store32_release(&vm->streams_lock, 0);
	hptp_port_atomic_end();
}

/* Memory for the bits of all entries: whoever notes a change can not allocate. */
static int changed_init(struct hptp_stream *s)
{
	const uint64_t bytes = s->n / 8;
	int error = hptp_sparse_init(s->vm, &s->changed, bytes, 0, HPTP_CHUNK_SHIFT);
	uint64_t per = hptp_sparse_per_chunk(&s->changed);

	for (uint64_t i = 0; !error && i < bytes; i += per) {
		void **chunk = hptp_sparse_entry(&s->changed, i / per);

		*chunk = hptp_mem_alloc(s->vm, per);
		if (!*chunk)
			error = HPTP_E_NOMEM;
	}
	return error;
}

static void release(struct hptp_stream *s)
{
	hptp_sparse_free(s->vm, &s->changed);
	hptp_mem_free(s->vm, s, sizeof(*s));
}

/* What table there is now. */
static int attach(struct hptp_stream *s, uint64_t first)
{
	const struct hptp_table *t = &s->vm->table;
	int error = HPTP_OK;

	hptp_port_read_begin();
	if (!hptp_table_usable(t))
		error = HPTP_E_STATE;
	s->generation = hptp_load64(&t->generation);
	s->n = t->n;
	s->first_pass = hptp_table_has(t, first);
	s->at = s->first_pass ? first : 0;
	hptp_port_read_end();
	return error;
}

static void enlist(struct hptp_stream *s)
{
	streams_lock(s->vm);
	s->next = s->vm->streams;
	hptp_port_publish(&s->vm->streams, s);
	streams_unlock(s->vm);
}

int hptp_stream_open(struct hptp_vm *vm, uint64_t first, unsigned flags, struct hptp_stream **out)
{
	struct hptp_stream *s;
	int error;

	*out = NULL;
	if (flags & ~HPTP_STREAM_BOLTED)
		return HPTP_E_PARAM;
	s = hptp_mem_alloc(vm, sizeof(*s));
	if (!s)
		return HPTP_E_NOMEM;
	s->vm = vm;
	s->flags = flags;
	error = attach(s, first);
	if (!error)
		error = changed_init(s);
	if (error) {
		release(s);
		return error;
	}
	enlist(s);
	/* Whoever looked for readers before has changed by now what it did not note. [M40] */
	hptp_port_synchronize();
	*out = s;
	return HPTP_OK;
}

void hptp_stream_close(struct hptp_stream *s)
{
	struct hptp_stream **p;

	if (!s)
		return;
	streams_lock(s->vm);
	for (p = &s->vm->streams; *p && *p != s; p = &(*p)->next)
		;
	if (*p)
		hptp_port_publish(p, s->next);
	streams_unlock(s->vm);
	if (hptp_keep(HPTP_RULE_GRACE))
		hptp_port_synchronize();
	release(s);
}
