# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# What every bare-metal image is made of: the library, compiled for this hypervisor, and
# the hypervisor's lowest layer. Used by the example and by tests/metal.
set(MAX_CPUS 4)
set(HPTP_MUTANT HPTP_RULE_NONE CACHE STRING "the rule that the library is built without")
get_filename_component(HPTP_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(METAL ${CMAKE_CURRENT_LIST_DIR})

file(STRINGS ${HPTP_ROOT}/libhptpager/SOURCES HPTP_SOURCES REGEX "^[^#]")
list(TRANSFORM HPTP_SOURCES PREPEND ${HPTP_ROOT}/libhptpager/)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HPTP_ROOT}/libhptpager/SOURCES)

add_compile_options(-Wall -Wextra -Werror -ffile-prefix-map=${HPTP_ROOT}/=)

# add_raw_image(<target> <linker script>): <target>.bin, a raw image of the linked program.
function(add_raw_image name script)
	target_link_options(${name} PRIVATE -T ${script})
	set_target_properties(${name} PROPERTIES LINK_DEPENDS ${script} SUFFIX .elf)
	add_custom_command(OUTPUT ${name}.bin DEPENDS ${name}
		COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}> ${name}.bin)
	add_custom_target(${name}-image ALL DEPENDS ${name}.bin)
endfunction()

# add_hypervisor(<target> <source>...): a program that boots from reset.
function(add_hypervisor name)
	set(base start.S console.c cpu.c heap.c host_memory.c partition.c port.c string.c verdict.c)
	list(TRANSFORM base PREPEND ${METAL}/)
	add_executable(${name} ${base} ${ARGN} ${HPTP_SOURCES})
	target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${METAL}
		${HPTP_ROOT}/include ${HPTP_ROOT}/libhptpager/core ${HPTP_ROOT}/libhptpager/arch/ppc64)
	target_compile_definitions(${name} PRIVATE MAX_CPUS=${MAX_CPUS} HPTP_MUTANT=${HPTP_MUTANT})
	# string.c must not be turned into calls of itself.
	set_source_files_properties(${METAL}/string.c PROPERTIES COMPILE_OPTIONS
		-fno-tree-loop-distribute-patterns)
	add_raw_image(${name} ${METAL}/image.lds)
endfunction()
