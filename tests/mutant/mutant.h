/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A library whose missing rule is chosen when a program starts: HPTP_MUTANT is this. */
#ifndef HPTP_TEST_MUTANT_H
#define HPTP_TEST_MUTANT_H

extern unsigned hptp_mutant;

#endif
