	.section .text.start, "ax"
	.globl _start
_start:
	lea stack_top(%rip), %rsp
	xor %ebp, %ebp
	call main_
1:	hlt
	jmp 1b

	.bss
	.balign 16
	.skip 16384
stack_top:

	.section .note.GNU-stack, "", @progbits
