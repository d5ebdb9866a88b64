// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Guest memory larger than host memory: a real computation on a real file, by a guest
 * whose pages come and go beneath it.
 */
#include "run.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRONG = 1, BAD_USE = 2, INTERRUPTED = 130 };

#ifdef OVERCOMMIT_BROKEN
static const unsigned machine_flags = MACHINE_LENIENT;
static const char broken[] = ", TLB flushes left out on purpose";
#else
static const unsigned machine_flags;
static const char broken[] = "";
#endif

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = signal;
}

/* ---- what is computed on, and in how much memory ---- */

static void open_file(struct run *run)
{
	const char *path = run->options.file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st))
		err(BAD_USE, "%s", path);
	if (!S_ISREG(st.st_mode))
		errx(BAD_USE, "%s: not a regular file", path);
	if (!st.st_size)
		errx(BAD_USE, "%s: empty, there is nothing to compute on", path);
	run->job.source_size = (uint64_t)st.st_size;
	if (run->options.limit && run->job.source_size > run->options.limit)
		run->job.source_size = run->options.limit;
	map = mmap(NULL, run->job.source_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		err(BAD_USE, "%s", path);
	close(fd);
	run->job.source = map;
}

/* The most text that a guest of this size can hold. */
static uint64_t fitting(const struct options *o)
{
	uint64_t page = 1ull << o->page_shift, size = o->guest / 2 & ~(page - 1);
	struct layout l = { .end = ~0ull };

	for (; size; size -= page) {
		layout_make(&l, size, o->vcpus, o->page_shift);
		if (l.end <= o->guest)
			return size;
	}
	layout_make(&l, page, o->vcpus, o->page_shift);
	errx(BAD_USE, "--guest %s: this guest needs at least %s", size_text(o->guest),
	     size_text(l.end));
}

static void size_memory(struct run *run)
{
	struct options *o = &run->options;
	uint64_t page = 1ull << o->page_shift, size = run->job.source_size + 1;
	uint64_t least = (4 + 2ull * o->vcpus) * page;

	if (o->guest)
		size = fitting(o);
	layout_make(&run->job.layout, size, o->vcpus, o->page_shift);
	if (!o->guest)
		o->guest = run->job.layout.end;
	if (!o->host) {
		o->host = o->guest / 4 & ~(page - 1);
		if (o->host < least)
			o->host = least;
	}
	if (o->host < least)
		errx(BAD_USE, "--host %s: %u vCPUs need at least %s", size_text(o->host), o->vcpus,
		     size_text(least));
	if (o->guest > 1ull << 39)
		errx(BAD_USE, "--guest %s: more than this example's one segment holds",
		     size_text(o->guest));
}

/* ---- the machine ---- */

/* Two entries for each page: fewer than the guest's processes would like to have. */
static unsigned table_order(const struct options *o)
{
	unsigned order = HPTP_MIN_ORDER;

	while (1ull << (order - 4) < 2 * (o->guest >> o->page_shift))
		order++;
	return order;
}

static void make_machine(struct run *run)
{
	const struct options *o = &run->options;
	struct guest *g = &run->job.guest;
	struct machine_config config = {
		.frames = o->host >> o->page_shift,
		.swap_frames = o->swap >> o->page_shift,
		.swap_dir = o->swap_dir,
		.seed = 1,
		.frame_shift = (uint8_t)o->page_shift,
		.order = (uint8_t)table_order(o),
		.format = HPTP_FORMAT_3_0,
		.vcpus = (uint8_t)o->vcpus,
		.flags = machine_flags,
	};
	int error = machine_create(&config, &run->machine);

	if (HPTP_IS_HOST_ERROR(error))
		errx(WRONG, "the swap file: %s", strerror(-1000 - error));
	if (error)
		errx(WRONG, "the machine: %s", hptp_strerror(error));
	g->machine = run->machine;
	g->page_shift = o->page_shift;
	g->order = config.order;
	g->size = o->guest;
	error = machine_slot_add(run->machine, 0, o->guest >> o->page_shift, 0, 0, &g->slot);
	if (error)
		errx(WRONG, "the guest's memory: %s", hptp_strerror(error));
}

/* ---- threads ---- */

struct seat {
	struct run *run;
	unsigned id;
	pthread_t thread;
};

static atomic_bool vcpus_done;

static void *vcpu_thread(void *arg)
{
	struct seat *seat = arg;

	job_vcpu(&seat->run->job, seat->id);
	return NULL;
}

static void *pager_thread(void *arg)
{
	struct run *run = arg;

	pager_run(&run->pager, &vcpus_done);
	return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), void *arg)
{
	int error = pthread_create(thread, NULL, body, arg);

	if (error)
		errx(WRONG, "a thread: %s", strerror(error));
}

static void run_threads(struct run *run, struct seat *seats)
{
	struct job *job = &run->job;
	double begun = seconds_now();

	for (unsigned i = 0; i < job->vcpus; i++) {
		seats[i] = (struct seat){ .run = run, .id = i };
		start(&seats[i].thread, vcpu_thread, &seats[i]);
	}
	while (atomic_load(&job->now) < job->n_phases) {
		struct timespec pause = { .tv_nsec = 50000000 };

		nanosleep(&pause, NULL);
		if (interrupted)
			guest_stop(&job->guest, NULL);
		progress(run, false);
	}
	for (unsigned i = 0; i < job->vcpus; i++)
		pthread_join(seats[i].thread, NULL);
	run->seconds = seconds_now() - begun;
	progress(run, true);
}

/* Run the job. The pager goes on while the result is compared: that needs pages, too. */
static const char *compute(struct run *run)
{
	struct job *job = &run->job;
	struct seat *seats = calloc(run->options.vcpus, sizeof(seats[0]));
	const char *difference = NULL;
	pthread_t pager;

	job->vcpus = run->options.vcpus;
	job->cpu = calloc(job->vcpus, sizeof(job->cpu[0]));
	if (!seats || !job->cpu)
		errx(WRONG, "no memory");
	for (unsigned i = 0; i < job->vcpus; i++)
		guest_cpu_init(&job->cpu[i], &job->guest, i);
	job_plan(job);
	pthread_barrier_init(&job->barrier, NULL, job->vcpus);
	pager_init(&run->pager, &job->guest, run->options.host >> run->options.page_shift,
		   job->vcpus);
	start(&pager, pager_thread, run);
	run_threads(run, seats);
	if (!atomic_load(&job->guest.stop))
		difference = plain_compare(run);
	atomic_store(&vcpus_done, true);
	pthread_join(pager, NULL);
	pthread_barrier_destroy(&job->barrier);
	free(seats);
	return difference;
}

int main(int argc, char **argv)
{
	static struct run run;
	struct sigaction action = { .sa_handler = on_signal };
	const char *difference;
	int status;

	options_read(&run.options, argc, argv);
	open_file(&run);
	size_memory(&run);
	make_machine(&run);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("%s: %s of text, guest memory %s, host memory %s, %u vCPUs%s\n", run.options.file,
	       size_text(run.job.layout.size), size_text(run.options.guest),
	       size_text(run.options.host), run.options.vcpus, broken);
	difference = compute(&run);
	if (interrupted) {
		printf("stopped by a signal\n");
		status = INTERRUPTED;
	} else if (atomic_load(&run.job.guest.stop)) {
		printf("FAILED: %s\n", atomic_load(&run.job.guest.why));
		status = WRONG;
	} else {
		status = report(&run, difference) ? 0 : WRONG;
	}
	machine_destroy(run.machine);
	free(run.job.cpu);
	munmap((void *)(uintptr_t)run.job.source, run.job.source_size);
	return status;
}
