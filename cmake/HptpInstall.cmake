# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Libraries, headers, CMake package and pkg-config file; and for those who compile the
# library into a hypervisor: its sources with their list, the port template and the
# conformance kit, under share/hptpager.
include(CMakePackageConfigHelpers)

set(targets hptpager_static)
if(TARGET hptpager)
	list(APPEND targets hptpager)
endif()
install(TARGETS ${targets} EXPORT hptpagerTargets)
install(DIRECTORY include/hptpager DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/hptpager)
configure_package_config_file(cmake/hptpagerConfig.cmake.in hptpagerConfig.cmake
	INSTALL_DESTINATION ${package})
write_basic_package_version_file(hptpagerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT hptpagerTargets NAMESPACE hptpager:: DESTINATION ${package})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/hptpagerConfig.cmake
	${CMAKE_CURRENT_BINARY_DIR}/hptpagerConfigVersion.cmake DESTINATION ${package})

list(JOIN HPTP_REQUIRES " " requires_private)
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/hptpager.pc.in hptpager.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/hptpager.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(share ${CMAKE_INSTALL_DATADIR}/hptpager)
install(FILES libhptpager/SOURCES DESTINATION ${share})
install(DIRECTORY libhptpager/core libhptpager/arch libhptpager/port DESTINATION ${share}
	FILES_MATCHING PATTERN "*.[chS]")
install(DIRECTORY tests/scenarios/ DESTINATION ${share}/conformance
	FILES_MATCHING PATTERN "*.[ch]" PATTERN "SOURCES" PATTERN "README*")
install(FILES docs/PORTING.md README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY LICENSES DESTINATION ${CMAKE_INSTALL_DOCDIR})
