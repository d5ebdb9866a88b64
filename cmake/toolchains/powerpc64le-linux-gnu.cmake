# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Little-endian ppc64 Linux programs, run by user emulation. Static, as the big-endian
# ones are, so that both run without a sysroot; but with one, HPTP_SYSROOT, which
# scripts/ppc64le-libraries makes, they are linked to the libraries there.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ppc64le)
set(CMAKE_C_COMPILER powerpc64le-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HPTP_SYSROOT)
set(CMAKE_FIND_ROOT_PATH /usr/powerpc64le-linux-gnu)
if(HPTP_SYSROOT)
	set(lib ${HPTP_SYSROOT}/usr/lib/powerpc64le-linux-gnu)
	list(APPEND CMAKE_FIND_ROOT_PATH ${HPTP_SYSROOT})
	set(ENV{PKG_CONFIG_SYSROOT_DIR} ${HPTP_SYSROOT})
	set(ENV{PKG_CONFIG_LIBDIR} ${lib}/pkgconfig)
	set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,-rpath-link,${lib})
	set(CMAKE_CROSSCOMPILING_EMULATOR qemu-ppc64le-static -L /usr/powerpc64le-linux-gnu
		-E LD_LIBRARY_PATH=${lib})
else()
	set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
	set(CMAKE_CROSSCOMPILING_EMULATOR qemu-ppc64le-static)
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
