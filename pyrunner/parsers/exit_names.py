"""Names of VM exits, VMGEXITs and what ends a run of TCG, by the numbers that the kernel counts.

Numbers: Linux, arch/x86/include/uapi/asm/svm.h (SVM_EXIT_*, SVM_VMGEXIT_*) and vmx.h
(EXIT_REASON_*); GHCB protocol (AMD 56421, tables 1 to 3 for the MSR protocol, section 4 for the
codes); QEMU, include/exec/cpu-common.h (EXCP_*). One that is unknown keeps its number.
"""

from __future__ import annotations

from typing import Final

TCG, VMX, SVM = 0, 1, 2
"""Whose reasons they are: TCG's own; Linux's KVM_ISA_VMX and KVM_ISA_SVM otherwise."""

TCG_NAMES: Final = {
    0x10000: "interrupt",
    0x10001: "hlt",
    0x10002: "debug",
    0x10003: "halted",
    0x10004: "yield",
    0x10005: "atomic",
}
SVM_NAMES: Final = {
    **{0x000 + number: f"read_cr{number}" for number in (0, 2, 3, 4, 8)},
    **{0x010 + number: f"write_cr{number}" for number in (0, 2, 3, 4, 8)},
    **{0x020 + number: f"read_dr{number}" for number in range(8)},
    **{0x030 + number: f"write_dr{number}" for number in range(8)},
    0x040: "excp_de",
    0x041: "excp_db",
    0x043: "excp_bp",
    0x044: "excp_of",
    0x045: "excp_br",
    0x046: "excp_ud",
    0x047: "excp_nm",
    0x048: "excp_df",
    0x04A: "excp_ts",
    0x04B: "excp_np",
    0x04C: "excp_ss",
    0x04D: "excp_gp",
    0x04E: "excp_pf",
    0x050: "excp_mf",
    0x051: "excp_ac",
    0x052: "excp_mc",
    0x053: "excp_xf",
    0x060: "intr",
    0x061: "nmi",
    0x062: "smi",
    0x063: "init",
    0x064: "vintr",
    0x065: "cr0_sel_write",
    0x066: "idtr_read",
    0x067: "gdtr_read",
    0x068: "ldtr_read",
    0x069: "tr_read",
    0x06A: "idtr_write",
    0x06B: "gdtr_write",
    0x06C: "ldtr_write",
    0x06D: "tr_write",
    0x06E: "rdtsc",
    0x06F: "rdpmc",
    0x070: "pushf",
    0x071: "popf",
    0x072: "cpuid",
    0x073: "rsm",
    0x074: "iret",
    0x075: "swint",
    0x076: "invd",
    0x077: "pause",
    0x078: "hlt",
    0x079: "invlpg",
    0x07A: "invlpga",
    0x07B: "ioio",
    0x07C: "msr",
    0x07D: "task_switch",
    0x07E: "ferr_freeze",
    0x07F: "shutdown",
    0x080: "vmrun",
    0x081: "vmmcall",
    0x082: "vmload",
    0x083: "vmsave",
    0x084: "stgi",
    0x085: "clgi",
    0x086: "skinit",
    0x087: "rdtscp",
    0x088: "icebp",
    0x089: "wbinvd",
    0x08A: "monitor",
    0x08B: "mwait",
    0x08C: "mwait_cond",
    0x08D: "xsetbv",
    0x08E: "rdpru",
    0x08F: "efer_write_trap",
    0x090: "cr0_write_trap",
    0x094: "cr4_write_trap",
    0x098: "cr8_write_trap",
    0x0A2: "invpcid",
    0x0A5: "bus_lock",
    0x0A6: "idle_hlt",
    0x400: "npf",
    0x401: "avic_incomplete_ipi",
    0x402: "avic_unaccelerated_access",
    0x403: "vmgexit",
    0xFFFFFFFF: "err",
}
VMX_NAMES: Final = {
    0: "exception_nmi",
    1: "external_interrupt",
    2: "triple_fault",
    3: "init_signal",
    4: "sipi_signal",
    6: "other_smi",
    7: "interrupt_window",
    8: "nmi_window",
    9: "task_switch",
    10: "cpuid",
    12: "hlt",
    13: "invd",
    14: "invlpg",
    15: "rdpmc",
    16: "rdtsc",
    18: "vmcall",
    19: "vmclear",
    20: "vmlaunch",
    21: "vmptrld",
    22: "vmptrst",
    23: "vmread",
    24: "vmresume",
    25: "vmwrite",
    26: "vmoff",
    27: "vmon",
    28: "cr_access",
    29: "dr_access",
    30: "io_instruction",
    31: "msr_read",
    32: "msr_write",
    33: "invalid_state",
    34: "msr_load_fail",
    36: "mwait_instruction",
    37: "monitor_trap_flag",
    39: "monitor_instruction",
    40: "pause_instruction",
    41: "mce_during_vmentry",
    43: "tpr_below_threshold",
    44: "apic_access",
    45: "eoi_induced",
    46: "gdtr_idtr",
    47: "ldtr_tr",
    48: "ept_violation",
    49: "ept_misconfig",
    50: "invept",
    51: "rdtscp",
    52: "preemption_timer",
    53: "invvpid",
    54: "wbinvd",
    55: "xsetbv",
    56: "apic_write",
    57: "rdrand",
    58: "invpcid",
    59: "vmfunc",
    60: "encls",
    61: "rdseed",
    62: "pml_full",
    63: "xsaves",
    64: "xrstors",
    67: "umwait",
    68: "tpause",
    74: "bus_lock",
    75: "notify",
    77: "tdcall",
    84: "msr_read_imm",
    85: "msr_write_imm",
}
VMGEXIT_NAMES: Final = {
    **SVM_NAMES,
    0x80000001: "mmio_read",
    0x80000002: "mmio_write",
    0x80000003: "nmi_complete",
    0x80000004: "ap_hlt_loop",
    0x80000005: "ap_jump_table",
    0x80000010: "psc",
    0x80000011: "guest_request",
    0x80000012: "ext_guest_request",
    0x80000013: "ap_creation",
    0x80000014: "hv_doorbell_page",
    0x80000015: "hv_ipi",
    0x80000016: "hv_timer",
    0x80000017: "apic_id_list",
    0x80000018: "snp_run_vmpl",
    0x8000FFFD: "hv_features",
    0x8000FFFE: "term_request",
    0x8000FFFF: "unsupported_event",
}
GHCB_MSR_NAMES: Final = {
    0x000: "ghcb_page",
    0x002: "sev_info",
    0x004: "cpuid",
    0x006: "ap_reset_hold",
    0x010: "preferred_gpa",
    0x012: "register_gpa",
    0x014: "psc",
    0x016: "snp_run_vmpl",
    0x080: "hv_features",
    0x100: "term_request",
}
ISA_NAMES: Final = {TCG: ("tcg", TCG_NAMES), VMX: ("vmx", VMX_NAMES), SVM: ("svm", SVM_NAMES)}
FAILED_ENTRY: Final = 1 << 31
"""VMX: VM entry failed (vmx.h, VMX_EXIT_REASONS_FAILED_VMENTRY)."""


def exit_name(isa: int, reason: int) -> str:
    """Name a VM exit: ``svm:npf``."""
    group, names = ISA_NAMES.get(isa, (f"isa{isa}", {}))
    if isa == VMX:
        entry = "_failed_entry" if reason & FAILED_ENTRY else ""
        return f"{group}:{_known(names, reason & 0xFFFF)}{entry}"
    return f"{group}:{_known(names, reason)}"


def vmgexit_name(code: int) -> str:
    """Name a VMGEXIT: ``vmgexit:psc``, or ``vmgexit:msr_cpuid`` for the MSR protocol.

    Args:
        code: exit code in the GHCB; -1 - request for the MSR protocol (kvm_exits.bt).
    """
    if code < 0:
        return f"vmgexit:msr_{_known(GHCB_MSR_NAMES, -1 - code)}"
    return f"vmgexit:{_known(VMGEXIT_NAMES, code)}"


def vmpl_name(vmpl: int) -> str:
    """Name the switches to a VMPL: ``vmpl:2``."""
    return f"vmpl:{vmpl}"


def _known(names: dict[int, str], number: int) -> str:
    return names.get(number, f"0x{number:x}")
