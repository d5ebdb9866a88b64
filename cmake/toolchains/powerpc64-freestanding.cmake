# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Big-endian ppc64 without an operating system: no libc, no floating point or vector
# registers, absolute addresses below 2 GiB.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ppc64)
set(CMAKE_C_COMPILER powerpc64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER powerpc64-linux-gnu-gcc)
set(CMAKE_OBJCOPY powerpc64-linux-gnu-objcopy)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
string(CONCAT flags "-O2 -g -mabi=elfv2 -mbig-endian -mcpu=power8 -mcmodel=medium "
	"-mno-vsx -mno-altivec -msoft-float -mno-pltseq -ffreestanding -fno-pic -fno-pie "
	"-fno-stack-protector -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_ASM_FLAGS_INIT "${flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-toc-optimize,--no-warn-rwx-segments")
