/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file stream.h
 * The migration stream: the table as the guest sees it, saved while the guest runs, and
 * restored elsewhere.
 *
 * A stream is records, back to back. A record is a struct hptp_stream_header in the host's
 * byte order, n_valid entries of two doublewords each, both big-endian and in the ISA 2.07
 * format, and then nothing for n_invalid entries that are free. It is what Linux's KVM
 * reads and writes on its HTAB file. No frame of the host's is in it, nor whether an entry
 * is paged out.
 *
 * A reader tells of every entry first, and after that of those that changed since they
 * were last told of: whoever applies all its records in order has the guest's view.
 */
#ifndef HPTPAGER_STREAM_H
#define HPTPAGER_STREAM_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hptp_stream;

/** What a record begins with; 8 bytes, in the byte order of the host. */
struct hptp_stream_header {
	uint32_t index;     /**< first entry that the record is about */
	uint16_t n_valid;   /**< entries that follow in the record */
	uint16_t n_invalid; /**< entries after these, free */
};

/** The least buffer that a reader can go on with: a header and one entry. */
#define HPTP_STREAM_MIN 24u

/** hptp_stream_open(): only bolted entries; others are told of as free. */
#define HPTP_STREAM_BOLTED 1u

/**
 * Open a reader. From the return on every change of what the guest sees of an entry is
 * noted for it. Any number may be open at once.
 * @param vm     the VM
 * @param first  entry that the first pass begins with; beyond the table: there is none, only
 *               changes are told of
 * @param flags  HPTP_STREAM_BOLTED
 * @param[out] stream  the reader, NULL on failure
 * @return 0, HPTP_E_PARAM, HPTP_E_NOMEM (it takes a bit per entry of the table),
 *         HPTP_E_STATE while there is no table
 * @context T; waits a grace period
 * @locks   none, no read section
 * @order   a hypercall that began before the return is seen in the first pass
 */
HPTP_MUST_CHECK int hptp_stream_open(struct hptp_vm *vm, uint64_t first, unsigned flags,
				     struct hptp_stream **stream);

/**
 * Read whole records, as many as fit. A pass ends at the table's end, and the read with
 * it; the next one begins at entry 0 and tells of changes only. R and C count as changes.
 * The guest may run, page, and be paged meanwhile. For the last read it must not run, and
 * hptp_dirty_harvest() with HPTP_HARVEST_STOPPED of all slots comes before: that brings C
 * out of the TLBs.
 * @param stream  the reader; used by one thread at a time
 * @param buf     where to; memory that may be written in context A
 * @param size    its bytes, at least HPTP_STREAM_MIN
 * @param[out] used  bytes that were written. 0: this call looked at every entry of the
 *                table, and none had changed
 * @return 0, HPTP_E_PARAM; HPTP_E_STALE: the table was reset or resized. Close it, open
 *         another, and have the receiver forget what it has; HPTP_E_AGAIN: that may be
 *         so soon, nothing was read
 * @context A; a yield point every 4096 entries
 * @locks   none of the library
 * @order   each entry is consistent in itself; a change that comes after it was looked at
 *          is told of by a later read
 */
HPTP_MUST_CHECK int hptp_stream_read(struct hptp_stream *stream, void *buf, size_t size,
				     size_t *used);

/**
 * Close a reader.
 * @param stream  may be NULL
 * @context T; waits a grace period
 * @locks   none, no read section
 * @order   none
 */
void hptp_stream_close(struct hptp_stream *stream);

/** What hptp_stream_write() did. */
struct hptp_stream_written {
	size_t used;   /**< bytes of the records that took effect; a bad one begins here */
	uint64_t idx;  /**< of a bad record: the entry that is wrong; ~0: the header is */
	uint64_t vrma; /**< SLB VSID word of the VRMA if an entry was of it, else unchanged */
};

/**
 * Write records into the table. A record takes effect as a whole or not at all. What was
 * in its entries goes as by H_REMOVE; new ones wait for their first access, which finds
 * the host's page: nothing is asked of the host here. A record that is not there as a
 * whole at the end is left for the next call.
 * @param vm    the VM; reset and resize are not under way
 * @param buf   the records; memory that may be read in context A; NULL for no bytes only
 * @param size  bytes
 * @param[in,out] written  what was done; set vrma to 0 before the first call
 * @return 0; HPTP_E_PARAM: index or count beyond the table, an entry without V, with the
 *         reserved segment size or without a page size; records before it took effect.
 *         HPTP_E_PINNED, HPTP_E_STATE without a table: nothing done. HPTP_E_STALE: the
 *         table went meanwhile
 * @context A; a yield point every 4096 entries
 * @locks   none of the library
 * @order   on return no CPU uses a translation that was replaced
 */
HPTP_MUST_CHECK int hptp_stream_write(struct hptp_vm *vm, const void *buf, size_t size,
				      struct hptp_stream_written *written);

#ifdef __cplusplus
}
#endif
#endif
