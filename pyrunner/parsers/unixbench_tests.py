"""UnixBench's tests: ids, the titles that its logs show, how often each runs.

Source: ``Run`` of byte-unixbench v6.0.0 (commit 986b674).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLES: Final = {
    "dhry2reg": "Dhrystone 2 using register variables",
    "whetstone-double": "Double-Precision Whetstone",
    "syscall": "System Call Overhead",
    "context1": "Pipe-based Context Switching",
    "pipe": "Pipe Throughput",
    "spawn": "Process Creation",
    "execl": "Execl Throughput",
    "fstime-w": "File Write 1024 bufsize 2000 maxblocks",
    "fstime-r": "File Read 1024 bufsize 2000 maxblocks",
    "fstime": "File Copy 1024 bufsize 2000 maxblocks",
    "fsbuffer-w": "File Write 256 bufsize 500 maxblocks",
    "fsbuffer-r": "File Read 256 bufsize 500 maxblocks",
    "fsbuffer": "File Copy 256 bufsize 500 maxblocks",
    "fsdisk-w": "File Write 4096 bufsize 8000 maxblocks",
    "fsdisk-r": "File Read 4096 bufsize 8000 maxblocks",
    "fsdisk": "File Copy 4096 bufsize 8000 maxblocks",
    "shell1": "Shell Scripts (1 concurrent)",
    "shell8": "Shell Scripts (8 concurrent)",
    "shell16": "Shell Scripts (16 concurrent)",
    "C": "C Compiler Throughput (gcc)",
    "arithoh": "Arithoh",
    "short": "Arithmetic Test (short)",
    "int": "Arithmetic Test (int)",
    "long": "Arithmetic Test (long)",
    "float": "Arithmetic Test (float)",
    "double": "Arithmetic Test (double)",
    "dc": "Dc: sqrt(2) to 99 decimal places",
    "hanoi": "Recursion Test -- Tower of Hanoi",
    "grep": "Grep a large file (system's grep)",
    "sysexec": "Exec System Call Overhead",
}
"""Title of each test; graphics tests are left out, for a VM has no display."""

IDS: Final = {title: test for test, title in TITLES.items()}

_OLD_SYSTEM = ("execl", "fstime", "fsbuffer", "fsdisk", "pipe", "context1", "spawn", "syscall")
GROUPS: Final = {
    "index": ("dhry2reg", "whetstone-double", *_OLD_SYSTEM, "shell1", "shell8"),
    "oldsystem": _OLD_SYSTEM,
    "system": (*_OLD_SYSTEM, "shell1", "shell8", "shell16"),
    "shell": ("shell1", "shell8", "shell16"),
}
"""Names that stand for several tests."""

LONG: Final = frozenset({"dhry2reg", "whetstone-double", "syscall", "context1", "pipe", "sysexec"})
"""Short tests, which Run repeats most often."""
LONG_PASSES: Final = 10
SHORT_PASSES: Final = 3
"""Passes of those and of all other tests, unless ``Run -i`` says otherwise."""


def expand_tests(names: Sequence[str], where: str) -> list[str]:
    """Replace groups by their tests, keep the order.

    Raises:
        TestbedError: a name is unknown.
    """
    tests = [test for name in names for test in GROUPS.get(name, (name,))]
    unknown = [test for test in tests if test not in TITLES]
    if unknown:
        raise TestbedError(f"{where}: unknown UnixBench test {', '.join(unknown)}")
    return list(dict.fromkeys(tests))


def passes_of(test: str, iterations: int | None) -> int:
    """How many passes of a test ``Run -i <iterations>`` makes; None is without ``-i``."""
    if iterations is None:
        return LONG_PASSES if test in LONG else SHORT_PASSES
    return iterations if test in LONG else max(1, (iterations + 1) // 3)


def benchmark_name(test: str, copies: int) -> str:
    """Name of a result: the test's id, with the number of copies if there were several.

    >>> benchmark_name("fsdisk", 1), benchmark_name("fsdisk", 4)
    ('fsdisk', 'fsdisk@4copies')
    """
    return test if copies == 1 else f"{test}@{copies}copies"
