/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux is built without the compiler's headers. Its own types are the C ones under
 * another roof; what the library's sources use beyond them is here.
 */
#ifndef HPTP_LINUX_STDINT_H
#define HPTP_LINUX_STDINT_H

#include <linux/limits.h>
#include <linux/types.h>

#define INT32_MAX S32_MAX
#define INT64_MAX S64_MAX
#define UINT8_MAX U8_MAX
#define UINT16_MAX U16_MAX
#define UINT32_MAX U32_MAX
#define UINT64_MAX U64_MAX

#endif
