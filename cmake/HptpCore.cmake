# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# The one list of sources, the directories that make a build (arch and port), and
# hptp_core(), which compiles them into a target.

set(HPTP_CORE_DIR ${PROJECT_SOURCE_DIR}/libhptpager)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HPTP_CORE_DIR}/SOURCES)
file(STRINGS ${HPTP_CORE_DIR}/SOURCES HPTP_CORE_SOURCES REGEX "^[^#]")
list(TRANSFORM HPTP_CORE_SOURCES PREPEND ${HPTP_CORE_DIR}/)
file(GLOB HPTP_PORT_SOURCES CONFIGURE_DEPENDS ${HPTP_CORE_DIR}/port/${HPTP_PORT}/*.c)
if(HPTP_PORT STREQUAL freestanding)
	set(HPTP_PORT_SOURCES) # a template: the embedder brings the functions
endif()

# Include directories of the core: white-box tests use the same.
add_library(hptp_core_internal INTERFACE)
target_include_directories(hptp_core_internal INTERFACE
	${PROJECT_SOURCE_DIR}/include
	${HPTP_CORE_DIR}/core
	${HPTP_CORE_DIR}/arch/${HPTP_ARCH}
	${HPTP_CORE_DIR}/port/${HPTP_PORT})
target_compile_definitions(hptp_core_internal INTERFACE
	$<$<BOOL:${HPTP_PLAIN_ALLOC}>:HPTP_PLAIN_ALLOC>
	$<$<BOOL:${HPTP_TSAN}>:HPTP_TSAN>)

# What the userspace port stands on. HPTP_STAND_INS: libraries that the target lacks.
if(HPTP_PORT STREQUAL userspace)
	find_package(Threads REQUIRED)
	if(HPTP_STAND_INS)
		add_library(PkgConfig::urcu INTERFACE IMPORTED GLOBAL)
		target_include_directories(PkgConfig::urcu INTERFACE ${PROJECT_SOURCE_DIR}/tests/cross)
		target_compile_definitions(PkgConfig::urcu INTERFACE _XOPEN_SOURCE=600)
	else()
		find_package(PkgConfig REQUIRED)
		pkg_check_modules(urcu REQUIRED IMPORTED_TARGET GLOBAL liburcu-bp)
	endif()
	set(HPTP_REQUIRES liburcu-bp)
	set(HPTP_PORT_LIBS PkgConfig::urcu Threads::Threads)
	if(NOT HPTP_PLAIN_ALLOC)
		pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET GLOBAL jemalloc)
		list(APPEND HPTP_REQUIRES jemalloc)
		list(APPEND HPTP_PORT_LIBS PkgConfig::jemalloc)
	endif()
endif()

# hptp_core(<target>): core and port, as a user of the public headers links them.
function(hptp_core target)
	# liburcu 0.13 declares its readers' records aligned to 128, and aligns them to 32.
	set_source_files_properties(${HPTP_CORE_DIR}/port/userspace/port.c PROPERTIES
		COMPILE_OPTIONS -fno-sanitize=alignment)
	target_sources(${target} PRIVATE ${HPTP_CORE_SOURCES} ${HPTP_PORT_SOURCES})
	target_include_directories(${target} PUBLIC
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:hptp_core_internal>)
	target_link_libraries(${target} PRIVATE ${HPTP_PORT_LIBS})
	if(HPTP_PORT STREQUAL freestanding)
		target_compile_options(${target} PRIVATE -ffreestanding)
	endif()
	# The core alone is instrumented: counting in the tests as well would take minutes.
	if(HPTP_COVERAGE)
		target_compile_options(${target} PRIVATE -O1 --coverage -fprofile-update=atomic)
		target_link_options(${target} PUBLIC $<BUILD_INTERFACE:--coverage>)
	endif()
endfunction()
