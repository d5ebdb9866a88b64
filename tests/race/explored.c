// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "explored.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct explored *explored;

void explore_fail(const char *format, ...)
{
	size_t at = strlen(explored->message);
	va_list args;

	if (!explored->failed) {
		explored->failed = true;
		va_start(args, format);
		vsnprintf(explored->message + at, sizeof(explored->message) - at, format, args);
		va_end(args);
	}
	_exit(1);
}

bool explored_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (WIFSIGNALED(status) && !explored->failed) {
		size_t at = strlen(explored->message);

		explored->failed = true;
		snprintf(explored->message + at, sizeof(explored->message) - at, "%s",
			 WTERMSIG(status) == SIGALRM ? "no end" : strsignal(WTERMSIG(status)));
	}
	return !status;
}

void explore(const struct explore *e, struct explored *result)
{
	pid_t pid;

	explored = mmap(NULL, sizeof(*explored), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (explored == MAP_FAILED)
		abort();
	fflush(NULL);
	pid = fork();
	if (!pid)
		explore_all(e);
	if (pid < 0 || !explored_well(pid))
		explored->failed = true;
	*result = *explored;
	munmap(explored, sizeof(*explored));
}
