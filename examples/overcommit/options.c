// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "options.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUICK_LIMIT = 8 << 20, MAX_VCPUS = 64, FAILURE = 2 };

static const char usage[] =
	"usage: overcommit [options] FILE\n"
	"\n"
	"Loads FILE into the memory of a guest that has less host memory than it needs, and\n"
	"computes on it from several vCPUs while a pager takes the guest's pages away: a\n"
	"checksum tree, then its lines sorted in place, then the checksum tree again. The result\n"
	"is compared with the same computation done on FILE directly.\n"
	"\n"
	"  --guest SIZE     guest memory; FILE is cut or repeated to fill it (default: FILE once)\n"
	"  --host SIZE      host memory behind it (default: a quarter)\n"
	"  --vcpus N        vCPU threads (default: 4)\n"
	"  --page 4k|64k    size of host frames and of guest pages (default: 4k)\n"
	"  --swap SIZE      room in the swap file (default: as needed)\n"
	"  --swap-dir DIR   where the swap file lies (default: $TMPDIR or /tmp)\n"
	"  --quick          only the first 8 MiB of FILE\n"
	"  --help           this text\n"
	"\n"
	"SIZE is a number with K, M or G. The exit status is 0 when the result is right, 1 when\n"
	"it is not or the run failed, 2 for a bad command line, 130 after Ctrl-C.\n";

enum { GUEST = 256, HOST, VCPUS, PAGE, SWAP, SWAP_DIR, QUICK, HELP };

static const struct option longs[] = {
	{ "guest", required_argument, NULL, GUEST },
	{ "host", required_argument, NULL, HOST },
	{ "vcpus", required_argument, NULL, VCPUS },
	{ "page", required_argument, NULL, PAGE },
	{ "swap", required_argument, NULL, SWAP },
	{ "swap-dir", required_argument, NULL, SWAP_DIR },
	{ "quick", no_argument, NULL, QUICK },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

const char *size_text(uint64_t bytes)
{
	static char text[8][32];
	static unsigned turn;
	char *t = text[turn++ % 8];

	if (bytes >= 10ull << 30)
		snprintf(t, sizeof(text[0]), "%.1f GiB", (double)bytes / (1 << 30));
	else if (bytes >= 1 << 20)
		snprintf(t, sizeof(text[0]), "%.1f MiB", (double)bytes / (1 << 20));
	else
		snprintf(t, sizeof(text[0]), "%.0f KiB", (double)bytes / 1024);
	return t;
}

static uint64_t read_size(const char *option, const char *text)
{
	static const char units[] = "KMG";
	unsigned long long n;
	const char *unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (end == text || errno || *text == '-')
		errx(FAILURE, "%s %s: not a size, write for example 64M", option, text);
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (unit) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (n > UINT64_MAX >> shift)
			errx(FAILURE, "%s %s: too large", option, text);
		n <<= shift;
		end++;
	}
	if (*end || !n)
		errx(FAILURE, "%s %s: not a size, write for example 64M", option, text);
	return n;
}

static unsigned read_vcpus(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > MAX_VCPUS)
		errx(FAILURE, "--vcpus %s: give a number from 1 to %d", text, MAX_VCPUS);
	return (unsigned)n;
}

static unsigned read_page(const char *text)
{
	if (!strcmp(text, "4k") || !strcmp(text, "4K"))
		return 12;
	if (!strcmp(text, "64k") || !strcmp(text, "64K"))
		return 16;
	errx(FAILURE, "--page %s: give 4k or 64k", text);
}

static void check_multiple(const struct options *o, const char *option, uint64_t bytes)
{
	if (bytes & ((1ull << o->page_shift) - 1))
		errx(FAILURE, "%s %ju: not a multiple of the page size, %u KiB", option,
		     (uintmax_t)bytes, 1u << o->page_shift >> 10);
}

static void read_one(struct options *o, int option)
{
	switch (option) {
	case GUEST: o->guest = read_size("--guest", optarg); break;
	case HOST: o->host = read_size("--host", optarg); break;
	case VCPUS: o->vcpus = read_vcpus(optarg); break;
	case PAGE: o->page_shift = read_page(optarg); break;
	case SWAP: o->swap = read_size("--swap", optarg); break;
	case SWAP_DIR: o->swap_dir = optarg; break;
	case QUICK: o->limit = QUICK_LIMIT; break;
	case HELP: fputs(usage, stdout); exit(0);
	default: fputs("try --help\n", stderr); exit(FAILURE);
	}
}

void options_read(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .vcpus = 4, .page_shift = 12 };
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
		read_one(o, option);
	if (argc - optind != 1)
		errx(FAILURE, "give one FILE, or try --help");
	o->file = argv[optind];
	check_multiple(o, "--guest", o->guest);
	check_multiple(o, "--host", o->host);
	check_multiple(o, "--swap", o->swap);
}
