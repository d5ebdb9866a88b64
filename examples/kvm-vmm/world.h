/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The host's user space where there is no other: what process 1 has to bring about. */
#ifndef VMM_WORLD_H
#define VMM_WORLD_H

#include <stdbool.h>
#include <stddef.h>

/* Where tracefs is, if the kernel has it. */
#define TRACING "/sys/kernel/tracing/"

/* File systems, and swap of so many bytes in compressed memory. Ends the program in failure. */
void world_make(size_t swap);
/* KVM as modules, if they were brought along. False: built in. */
bool world_load_kvm(void);
void world_unload_kvm(void);
/* Switches the host off. */
void world_end(void);

/* One write of a text into a file of the kernel's; the file has to be there. */
void write_text(const char *path, const char *text);

void die(const char *what);

#endif
