# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause

# The Check framework, or what stands in for it.
add_library(hptp_check INTERFACE)
if(HPTP_STAND_INS)
	target_include_directories(hptp_check INTERFACE ${PROJECT_SOURCE_DIR}/tests/cross)
	target_compile_definitions(hptp_check INTERFACE _DEFAULT_SOURCE=)
else()
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(check REQUIRED IMPORTED_TARGET check)
	target_link_libraries(hptp_check INTERFACE PkgConfig::check)
endif()

# hptp_add_test(NAME name LABEL label (SOURCES file... [LINK target...] | TARGET target)
#               [ARGS arg...] [TIMEOUT seconds] [SERIAL])
# The label is the step of scripts/test that runs it. Exit code 77 means skipped.
function(hptp_add_test)
	cmake_parse_arguments(PARSE_ARGV 0 t "SERIAL" "NAME;LABEL;TARGET;TIMEOUT"
		"SOURCES;LINK;ARGS")
	if(t_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "hptp_add_test(${t_NAME}): ${t_UNPARSED_ARGUMENTS}?")
	endif()
	if(NOT t_TARGET)
		set(t_TARGET ${t_NAME})
		add_executable(${t_TARGET} ${t_SOURCES})
		target_link_libraries(${t_TARGET} PRIVATE ${t_LINK})
	endif()
	if(NOT t_TIMEOUT)
		set(t_TIMEOUT 600)
	endif()
	add_test(NAME ${t_NAME} COMMAND ${t_TARGET} ${t_ARGS})
	set_tests_properties(${t_NAME} PROPERTIES LABELS ${t_LABEL} TIMEOUT ${t_TIMEOUT}
		SKIP_RETURN_CODE 77 RUN_SERIAL ${t_SERIAL})
endfunction()
