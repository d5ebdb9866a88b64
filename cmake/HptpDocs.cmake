# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Target docs: the interface's documentation. Any warning fails it.
find_program(DOXYGEN doxygen)
find_program(PYTHON python3)
if(DOXYGEN AND PYTHON)
	configure_file(docs/Doxyfile.in Doxyfile @ONLY)
	add_custom_target(docs
		COMMAND ${DOXYGEN} ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
		COMMAND ${PYTHON} ${PROJECT_SOURCE_DIR}/scripts/check-docs
			${CMAKE_CURRENT_BINARY_DIR}/doxygen/xml
		VERBATIM)
endif()
