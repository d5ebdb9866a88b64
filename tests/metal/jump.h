/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Included before every source of the library: each atomic access is a place where this CPU
 * may pause. An emulator that runs all CPUs in one thread goes on with another one then,
 * and so comes between two accesses that nothing else would ever separate.
 */
#ifndef METAL_JUMP_H
#define METAL_JUMP_H

void jump(void);

#define __atomic_load_n(...) (jump(), __atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) (jump(), __atomic_store_n(__VA_ARGS__))
#define __atomic_exchange_n(...) (jump(), __atomic_exchange_n(__VA_ARGS__))
#define __atomic_compare_exchange_n(...) (jump(), __atomic_compare_exchange_n(__VA_ARGS__))
#define __atomic_fetch_add(...) (jump(), __atomic_fetch_add(__VA_ARGS__))
#define __atomic_fetch_sub(...) (jump(), __atomic_fetch_sub(__VA_ARGS__))
#define __atomic_fetch_or(...) (jump(), __atomic_fetch_or(__VA_ARGS__))
#define __atomic_fetch_and(...) (jump(), __atomic_fetch_and(__VA_ARGS__))

#endif
