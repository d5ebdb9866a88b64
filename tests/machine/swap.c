// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The swap file: unlinked as soon as it is open, so nothing is left behind however the
 * process ends. A unit gets its place with the first page-out and keeps it.
 */
#include "impl.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int swap_init(struct machine *m)
{
	const char *dir = m->conf.swap_dir ? m->conf.swap_dir : getenv("TMPDIR");
	char path[4096];

	pthread_mutex_init(&m->swap_lock, NULL);
	snprintf(path, sizeof(path), "%s/hptpager-swap-XXXXXX", dir ? dir : "/tmp");
	m->swap_fd = mkstemp(path);
	if (m->swap_fd < 0)
		return HPTP_E_HOST(errno);
	unlink(path);
	return 0;
}

void swap_exit(struct machine *m)
{
	if (m->swap_fd >= 0)
		close(m->swap_fd);
	free(m->swap_free);
	pthread_mutex_destroy(&m->swap_lock);
}

/* Give the unit a place of n frames. Only places of one frame are used again. */
static int take_place(struct machine *m, struct unit *u, uint64_t n)
{
	int err = 0;

	pthread_mutex_lock(&m->swap_lock);
	if (m->conf.swap_frames && m->swap_used + n > m->conf.swap_frames) {
		err = HPTP_E_HOST(ENOSPC);
	} else {
		m->swap_used += n;
		if (n == 1 && m->n_swap_free) {
			u->swap = m->swap_free[--m->n_swap_free];
		} else {
			u->swap = m->swap_top + 1;
			m->swap_top += n;
		}
	}
	pthread_mutex_unlock(&m->swap_lock);
	return err;
}

void swap_release(struct machine *m, struct unit *u, size_t n)
{
	if (!u->swap)
		return;
	pthread_mutex_lock(&m->swap_lock);
	m->swap_used -= n;
	if (n == 1 && m->n_swap_free == m->max_swap_free) {
		size_t max = m->max_swap_free ? 2 * m->max_swap_free : 64;
		uint64_t *more = realloc(m->swap_free, max * sizeof(more[0]));

		if (more) {
			m->swap_free = more;
			m->max_swap_free = max;
		}
	}
	if (n == 1 && m->n_swap_free < m->max_swap_free)
		m->swap_free[m->n_swap_free++] = u->swap;
	u->swap = 0;
	pthread_mutex_unlock(&m->swap_lock);
}

static off_t place(const struct machine *m, const struct unit *u)
{
	return (off_t)((u->swap - 1) << m->conf.frame_shift);
}

int swap_write(struct machine *m, struct unit *u, const void *from, size_t n)
{
	int err = u->swap ? 0 : take_place(m, u, n >> m->conf.frame_shift);

	if (err)
		return err;
	for (size_t done = 0; done < n;) {
		ssize_t got = pwrite(m->swap_fd, (const char *)from + done, n - done,
				     place(m, u) + (off_t)done);

		if (got < 0 && errno != EINTR)
			return HPTP_E_HOST(errno);
		done += got > 0 ? (size_t)got : 0;
	}
	count(&m->stats.swap_writes);
	return 0;
}

int swap_read(struct machine *m, struct unit *u, void *to, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t got =
			pread(m->swap_fd, (char *)to + done, n - done, place(m, u) + (off_t)done);

		if (got == 0)
			return HPTP_E_HOST(EIO);
		if (got < 0 && errno != EINTR)
			return HPTP_E_HOST(errno);
		done += got > 0 ? (size_t)got : 0;
	}
	count(&m->stats.swap_reads);
	return 0;
}
