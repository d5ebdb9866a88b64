# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# What bare-metal images are made of: the library, compiled for this hypervisor; the
# hypervisor's lowest layer; and its guests with their pager. Used by the example and by
# tests/metal. LZ4_SOURCE is the directory with lz4.c and lz4.h.
set(MAX_CPUS 4)
set(HPTP_MUTANT HPTP_RULE_NONE CACHE STRING "the rule that the library is built without")
set(METAL_BROKEN "" CACHE FILEPATH "included before partition.c, for tests that must fail")
set(LZ4_SOURCE "" CACHE PATH "lib directory of LZ4's source")
if(NOT EXISTS ${LZ4_SOURCE}/lz4.c)
	message(FATAL_ERROR "LZ4_SOURCE has no lz4.c; scripts/test-metal fetches it")
endif()
get_filename_component(HPTP_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(METAL ${CMAKE_CURRENT_LIST_DIR})

file(STRINGS ${HPTP_ROOT}/libhptpager/SOURCES HPTP_SOURCES REGEX "^[^#]")
list(TRANSFORM HPTP_SOURCES PREPEND ${HPTP_ROOT}/libhptpager/)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HPTP_ROOT}/libhptpager/SOURCES)

add_compile_options(-Wall -Wextra -Werror -ffile-prefix-map=${HPTP_ROOT}/=)
# string.c must not be turned into calls of itself.
set_source_files_properties(${METAL}/string.c PROPERTIES COMPILE_OPTIONS
	-fno-tree-loop-distribute-patterns)

if(METAL_BROKEN)
	set_source_files_properties(${METAL}/partition.c PROPERTIES COMPILE_OPTIONS
		"-include;${METAL_BROKEN}" OBJECT_DEPENDS ${METAL_BROKEN})
endif()

# add_raw_image(<target> <linker script>): <target>.bin, a raw image of the linked program.
function(add_raw_image name script)
	target_link_options(${name} PRIVATE -T ${script})
	set_target_properties(${name} PROPERTIES LINK_DEPENDS ${script} SUFFIX .elf)
	add_custom_command(OUTPUT ${name}.bin DEPENDS ${name}
		COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}> ${name}.bin)
	add_custom_target(${name}-image ALL DEPENDS ${name}.bin)
endfunction()

# metal_sources(<list> <file>...): files of this directory.
function(metal_sources list)
	list(TRANSFORM ARGN PREPEND ${METAL}/)
	set(${list} ${ARGN} PARENT_SCOPE)
endfunction()

# add_metal_library(<target> <option>...): the library for this hypervisor.
function(add_metal_library name)
	add_library(${name} STATIC ${HPTP_SOURCES})
	target_compile_options(${name} PRIVATE ${ARGN})
	target_compile_definitions(${name} PUBLIC MAX_CPUS=${MAX_CPUS} HPTP_MUTANT=${HPTP_MUTANT})
	target_include_directories(${name} PUBLIC ${METAL} ${HPTP_ROOT}/include
		${HPTP_ROOT}/libhptpager/core ${HPTP_ROOT}/libhptpager/arch/ppc64)
endfunction()

# add_hypervisor(<target> <library> <source>...): a program that boots from reset.
function(add_hypervisor name library)
	metal_sources(base start.S console.c cpu.c heap.c host_memory.c partition.c port.c string.c
		verdict.c)
	add_executable(${name} ${base} ${ARGN})
	target_link_libraries(${name} PRIVATE ${library})
	add_raw_image(${name} ${METAL}/image.lds)
endfunction()

# add_guests(<target>): guests, the pager, and the scheduler for a program.
function(add_guests name)
	metal_sources(sources device.c exit.c fdt.c frames.c guest_image.S hunt.c meter.c pager.c
		schedule.c show.c store.c vm.c)
	set(guest ${CMAKE_CURRENT_BINARY_DIR}/guest.bin)
	if(NOT TARGET guest)
		metal_sources(guest_sources guest/entry.S guest/guest.c guest/sort.c string.c)
		add_executable(guest ${guest_sources})
		add_raw_image(guest ${METAL}/guest/image.lds)
		set_source_files_properties(${METAL}/guest_image.S PROPERTIES OBJECT_DEPENDS ${guest})

		# LZ4 without a C library: our memory functions, and the compiler's half of limits.h.
		add_library(lz4 OBJECT ${LZ4_SOURCE}/lz4.c)
		target_include_directories(lz4 PRIVATE ${METAL} PUBLIC ${LZ4_SOURCE})
		target_compile_definitions(lz4 PRIVATE LZ4_FREESTANDING=1 LZ4_memcpy=memcpy
			LZ4_memmove=memmove LZ4_memset=memset _LIBC_LIMITS_H_ PUBLIC LZ4_MEMORY_USAGE=12)
		target_compile_options(lz4 PRIVATE -include string.h)
	endif()
	target_sources(${name} PRIVATE ${sources})
	target_link_libraries(${name} PRIVATE lz4)
	target_compile_definitions(${name} PRIVATE GUEST_BIN="${guest}")
	add_dependencies(${name} guest-image)
endfunction()
