# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# hptp_add_mutant(<target> <RULE>): the library with one rule of core/rules.h removed,
# for tests that show that they would notice.
function(hptp_add_mutant target rule)
	add_library(${target} STATIC EXCLUDE_FROM_ALL)
	hptp_core(${target})
	target_compile_definitions(${target} PRIVATE HPTP_MUTANT=HPTP_RULE_${rule})
	# ThreadSanitizer is among those who notice; the others would only make it slow to build.
	if(HPTP_PLAIN_ALLOC AND NOT HPTP_TSAN)
		target_compile_options(${target} PRIVATE -fno-sanitize=all)
	endif()
endfunction()
