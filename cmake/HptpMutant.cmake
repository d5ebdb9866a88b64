# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# A library that lacks a rule of core/rules.h, for tests that show that they would notice.

# hptp_mutable: without the rule that a program's environment names in HPTP_WITHOUT. One
# build for all rules. hptp_without(<test> <RULE>) sets it for a test.
function(hptp_add_mutable)
	set(dir ${PROJECT_SOURCE_DIR}/tests/mutant)
	set(names ${CMAKE_CURRENT_BINARY_DIR}/mutant/rule_names.h)
	add_custom_command(OUTPUT ${names}
		COMMAND ${dir}/rule-names ${HPTP_CORE_DIR}/core/rules.h >${names}
		DEPENDS ${dir}/rule-names ${HPTP_CORE_DIR}/core/rules.h)
	file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/mutant)
	add_library(hptp_mutable STATIC EXCLUDE_FROM_ALL ${dir}/mutant.c ${names})
	hptp_core(hptp_mutable)
	target_include_directories(hptp_mutable PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/mutant)
	target_compile_definitions(hptp_mutable PRIVATE HPTP_MUTANT=hptp_mutant)
	target_compile_options(hptp_mutable PRIVATE -include ${dir}/mutant.h)
	# Its start-up code is referred to by nobody, and would stay in the archive.
	target_link_options(hptp_mutable INTERFACE -Wl,--undefined=hptp_mutant)
	# ThreadSanitizer is among those who notice; the others would only make it slow to build.
	if(HPTP_PLAIN_ALLOC AND NOT HPTP_TSAN)
		target_compile_options(hptp_mutable PRIVATE -fno-sanitize=all)
	endif()
endfunction()

function(hptp_without test rule)
	set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT HPTP_WITHOUT=${rule})
endfunction()
