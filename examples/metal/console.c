// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Console and power switch: a 16550 UART and a BMC's IPMI block-transfer interface,
 * both behind the LPC bus. POWER9 and later map LPC I/O into memory; POWER8 reaches
 * it through the ECCB's registers.
 */
#include "console.h"

#include "lock.h"
#include "ppc.h"

#include <stdarg.h>
#include <stddef.h>

#define LPC_IO 0xd0010000ull          /* I/O port 0 in LPC space */
#define LPC_MEMORY 0x6030000000000ull /* LPC space on POWER9, 10 */
#define ECCB 0x3fc0000b00200ull       /* its control register on POWER8 */
#define ECCB_STATUS (ECCB + 16)
#define ECCB_DATA (ECCB + 24)
#define ECCB_WRITE_1_BYTE (1ull << 56)
#define ECCB_DONE (1ull << 11)

#define UART_DATA 0x3f8
#define UART_LCR 0x3fb
#define UART_8N1 3

#define BT_CONTROL 0xe4
#define BT_DATA 0xe5
#define BT_CLEAR_WRITE 1
#define BT_ATTENTION 4

#define HID0_ATTN_POWER8 (1ull << 32)
#define HID0_ATTN_ISA3 (1ull << 60)

static void outb(unsigned port, uint8_t value)
{
	if (cpu_is_isa3()) {
		ci_store8(LPC_MEMORY + LPC_IO + port, value);
		return;
	}
	ci_store64(ECCB_DATA, (uint64_t)value << 56);
	ci_store64(ECCB, ECCB_WRITE_1_BYTE | (LPC_IO + port));
	while (!(ci_load64(ECCB_STATUS) & ECCB_DONE))
		cpu_relax();
}

void console_init(void)
{
	outb(UART_LCR, UART_8N1);
}

void console_putc(char c)
{
	if (c == '\n')
		outb(UART_DATA, '\r');
	outb(UART_DATA, (uint8_t)c);
}

static void put_number(uint64_t n, unsigned base)
{
	char digits[20];
	unsigned i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i)
		console_putc(digits[--i]);
}

static void put_argument(char kind, va_list *args)
{
	int64_t d;

	switch (kind) {
	case 's':
		for (const char *s = va_arg(*args, const char *); *s; s++)
			console_putc(*s);
		break;
	case 'd':
		d = va_arg(*args, int64_t);
		if (d < 0)
			console_putc('-');
		put_number(d < 0 ? -(uint64_t)d : (uint64_t)d, 10);
		break;
	case 'x': put_number(va_arg(*args, uint64_t), 16); break;
	default: console_putc(kind);
	}
}

void print(const char *format, ...)
{
	static struct lock lock;
	va_list args;

	va_start(args, format);
	lock_take(&lock);
	for (; *format; format++) {
		if (*format == '%' && format[1])
			put_argument(*++format, &args);
		else
			console_putc(*format);
	}
	lock_drop(&lock);
	va_end(args);
}

/* QEMU from 9.1 on takes attn for a checkstop, and can be told to fail then; an older one
 * takes it for an instruction that does not exist, and metal_trap() comes back here. */
static void attention(void)
{
	mtspr(SPR_HID0, mfspr(SPR_HID0) | (cpu_is_isa3() ? HID0_ATTN_ISA3 : HID0_ATTN_POWER8));
	__asm__ volatile("sync\n\tisync\n\t.long 0x200" : : : "memory");
}

_Noreturn void power_off(bool failed)
{
	/* length, chassis function, sequence, "chassis control", power down */
	static const uint8_t request[] = { 4, 0, 1, 2, 0 };

	if (failed)
		attention();
	outb(BT_CONTROL, BT_CLEAR_WRITE);
	for (size_t i = 0; i < sizeof(request); i++)
		outb(BT_DATA, request[i]);
	outb(BT_CONTROL, BT_ATTENTION);
	for (;;)
		cpu_relax();
}
