"""Synthetic campaigns: folders as the testbed leaves them, with made-up but plausible values."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyrunner.model import SCHEMA, Backend, Cell, Variant
from pyrunner.results.boot_events import BootEvent, write_boot_events
from pyrunner.results.files import sha256
from pyrunner.results.observations import FLEET, Metric, Observation, write_observations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTED: Final = "2026-01-02T03:04:05Z"
UNIXBENCH: Final = {"fsdisk": 3.1e6, "spawn": 8200.0, "shell1": 9100.0, "shell8": 1300.0}
STRESS_NG: Final = {"copy-file": 410.0, "fork": 2900.0, "exec": 650.0, "switch": 2.1e5}
EFFECT: Final = {"plain": 0.0, "cvm": -0.45, "svsm": -0.12}
"""Log of how much slower a variant is than plain, before a benchmark's own twist."""

EVENTS: Final = (
    *(("qemu_started", "host"), ("firmware_output", "serial"), ("kernel_start", "serial")),
    *(("init_start", "debugcon"), ("userspace_start", "debugcon")),
    *(("userspace_ready", "debugcon"), ("ssh_answers", "host")),
)
PHASES: Final = ("qemu", "firmware", "kernel", "initramfs", "userspace", "ssh")
SECONDS: Final = (0.4, 1.9, 2.6, 1.4, 4.2, 0.3)


@dataclass(slots=True)
class Spec:
    """What to make up.

    Attributes:
        backends: host -> variant -> backend, or None for a variant that cannot run there.
        suites: suite -> benchmark -> value of one VM alone.
        passes: kept passes per VM and benchmark.
        noise: how much a VM's scores vary from cell to cell, on the log scale.
        gate: the noise gate's threshold and most repeats.
        purpose: what the campaign is for.
        failed: ids of cells that failed.
        unrun: ids of cells that were not run yet.
    """

    name: str = "demo"
    backends: dict[str, dict[Variant, Backend | None]] = field(default_factory=dict)
    suites: dict[str, dict[str, float]] = field(default_factory=dict)
    fleet_sizes: tuple[int, ...] = (1, 8)
    repeats: int = 3
    passes: int = 3
    noise: float = 0.03
    gate: tuple[float, int] = (0.0, 0)
    purpose: str = "compare"
    failed: frozenset[str] = frozenset()
    unrun: frozenset[str] = frozenset()
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)


def hardware() -> Spec:
    """All variants on an EPYC host, with a failed cell and one not run yet."""
    return Spec(
        name="epyc-thesis",
        backends={"epyc1": {"plain": "kvm", "cvm": "snp", "svsm": "snp"}},
        suites={"unixbench": UNIXBENCH},
        repeats=5,
        failed=frozenset({"svsm-8vm-r5"}),
        unrun=frozenset({"cvm-8vm-r5"}),
    )


def plain_only() -> Spec:
    """Only plain VMs, emulated: as on any machine without SEV-SNP."""
    return Spec(
        name="quick-local",
        backends={"local": {"plain": "emulated", "cvm": None, "svsm": None}},
        suites={"stress_ng": STRESS_NG},
        notes={
            "unixbench": {
                "available": False,
                "reason": "its source is not here and cannot be cloned",
                "hint": "set unixbench_source_path to a local copy",
            }
        },
    )


def self_check() -> Spec:
    """Plain against itself, emulated, as on any machine."""
    spec = plain_only()
    spec.name, spec.purpose, spec.repeats = "self-check", "self_check", 12
    spec.backends = {"local": {"plain": "emulated"}}
    return spec


def build(folder: Path, spec: Spec) -> Path:
    """Make the campaign's folder below ``folder``; return it."""
    home = folder / spec.name
    cells = list(plan(spec))
    home.mkdir(parents=True)
    (home / "campaign.json").write_text(json.dumps(_campaign(spec, cells)), encoding="utf-8")
    for cell in cells:
        if cell.id in spec.failed:
            _fail(home, spec, cell)
        elif cell.id not in spec.unrun:
            seal(home, spec, cell)
    return home


def plan(spec: Spec) -> Iterator[Cell]:
    """The cells, interleaved: all variants of a repeat before the next repeat."""
    for repeat in range(1, spec.repeats + 1):
        for host, backends in spec.backends.items():
            for size in spec.fleet_sizes:
                for variant, backend in backends.items():
                    if backend:
                        yield Cell(host, variant, size, repeat, backend)


def seal(home: Path, spec: Spec, cell: Cell) -> Path:
    """Make up a completed cell; return its folder."""
    place = home / "cells" / cell.host / cell.id
    place.mkdir(parents=True)
    write_observations(place / "observations.csv", observations(spec, cell))
    write_boot_events(place / "boot_events.csv", events(spec, cell))
    files = {name: sha256(place / name) for name in ("observations.csv", "boot_events.csv")}
    phases = ["launch", "boot", *(f"benchmark_{suite}" for suite in spec.suites), "collect", "seal"]
    sealed = {
        "schema": SCHEMA,
        "cell": cell.as_dict(),
        "campaign": spec.name,
        "artifact_set": "0123456789ab",
        "started_at": STARTED,
        "finished_at": "2026-01-02T03:06:07Z",
        "profile": "quick",
        "suites": list(spec.suites),
        "phases": [_phase(name, "passed") for name in phases],
        "files": files,
    }
    (place / "cell.json").write_text(json.dumps(sealed), encoding="utf-8")
    return place


def observations(spec: Spec, cell: Cell) -> Iterator[Observation]:
    """Every observation of a completed cell."""
    for vm in range(1, cell.fleet_size + 1):
        times = _boot(cell, vm)
        for phase, start, end in zip(PHASES, times, times[1:], strict=False):
            yield _row(spec, cell, f"vm{vm}", ("boot_timeline", phase, "duration"), end - start)
        yield _row(spec, cell, f"vm{vm}", ("boot_timeline", "end_to_end", "duration"), times[-1])
    for suite, benchmarks in spec.suites.items():
        for benchmark, alone in benchmarks.items():
            yield from _benchmark(spec, cell, suite, benchmark, alone)


def _benchmark(
    spec: Spec, cell: Cell, suite: str, benchmark: str, alone: float
) -> Iterator[Observation]:
    scores = []
    for vm in range(1, cell.fleet_size + 1):
        values = random.Random(f"{spec.name}{cell}{suite}{benchmark}{vm}")  # noqa: S311 - made up
        twist = random.Random(f"{cell.variant}{cell.fleet_size}{benchmark}")  # noqa: S311
        effect = EFFECT[cell.variant] + (twist.gauss(0, 0.2) if cell.variant != "plain" else 0.0)
        drift = 0.02 * math.sin(cell.repeat)
        crowd = -0.75 * math.log(max(cell.fleet_size / 2, 1))
        score = alone * math.exp(effect + drift + crowd + values.gauss(0, spec.noise))
        for number in range(spec.passes + 1):
            metric: Metric = "pass" if number < spec.passes else "pass_dumped"
            value = score * math.exp(values.gauss(0, 0.02))
            yield _row(spec, cell, f"vm{vm}", (suite, benchmark, metric), value)
        scores.append(score)
        yield _row(spec, cell, f"vm{vm}", (suite, benchmark, "score"), score)
    total, squares = sum(scores), sum(score * score for score in scores)
    yield _row(spec, cell, FLEET, (suite, benchmark, "aggregate"), total)
    fairness = total * total / (len(scores) * squares)
    yield _row(spec, cell, FLEET, (suite, benchmark, "fairness"), fairness)


def _row(
    spec: Spec, cell: Cell, vm: str, what: tuple[str, str, Metric], value: float
) -> Observation:
    suite, benchmark, metric = what
    unit = {"unixbench": "lps", "stress_ng": "bogo_ops/s", "boot_timeline": "s"}[suite]
    return Observation(
        *(spec.name, cell.host, cell.backend, cell.variant, cell.fleet_size, vm, cell.repeat),
        *(suite, benchmark, metric, "1" if metric == "fairness" else unit, value),
        *(metric != "duration", "0123456789ab", STARTED),
    )


def _boot(cell: Cell, vm: int) -> list[float]:
    values = random.Random(f"{cell}{vm}")  # noqa: S311 - made up
    slow = {"plain": 1.0, "cvm": 1.3, "svsm": 1.7}[cell.variant] * cell.fleet_size**0.5
    times = [0.0]
    for seconds in SECONDS:
        times.append(times[-1] + seconds * slow * math.exp(values.gauss(0, 0.05)))
    return times


def events(spec: Spec, cell: Cell) -> Iterator[BootEvent]:
    """Every boot event of a completed cell."""
    for vm in range(1, cell.fleet_size + 1):
        for (event, source), seconds in zip(EVENTS, _boot(cell, vm), strict=True):
            yield BootEvent(
                *(spec.name, cell.host, cell.backend, cell.variant, cell.fleet_size),
                *(cell.repeat, f"vm{vm}", event, source, seconds),
            )


def _fail(home: Path, spec: Spec, cell: Cell) -> None:
    place = home / "cells" / cell.host / cell.id
    place.mkdir(parents=True)
    failure = {
        "schema": SCHEMA,
        "cell": cell.as_dict(),
        "campaign": spec.name,
        "phase": "boot",
        "message": "vm3 wrote nothing to its serial port for 300 s",
        "hint": "read raw/vm3/qemu.log in the cell's folder, then run again with --resume",
        "failed_at": "2026-01-02T03:05:06Z",
        "attempt": 2,
        "phases": [_phase("launch", "passed")],
    }
    (place / "failure.json").write_text(json.dumps(failure), encoding="utf-8")


def _phase(name: str, status: str) -> dict[str, Any]:
    seconds = {"launch": 0.8, "boot": 12.5, "collect": 1.5, "seal": 0.2}.get(name, 61.0)
    return {"name": name, "status": status, "seconds": seconds, "message": "", "hint": ""}


def _campaign(spec: Spec, cells: list[Cell]) -> dict[str, Any]:
    skipped = [
        {"host": host, "variant": variant, "fleet_size": size, **WHY_NOT}
        for host, backends in spec.backends.items()
        for variant, backend in backends.items()
        if not backend
        for size in spec.fleet_sizes
    ]
    return {
        "schema": SCHEMA,
        "campaign": spec.name,
        "purpose": spec.purpose,
        "noise": {"threshold": spec.gate[0], "max_repeats": spec.gate[1], "extended": []},
        "profile": "quick",
        "suites": list(spec.suites),
        "suite_notes": spec.notes,
        "variants": ["plain", "cvm", "svsm"],
        "fleet_sizes": list(spec.fleet_sizes),
        "repeats": spec.repeats,
        "hosts": {host: _host(backends) for host, backends in spec.backends.items()},
        "cells": [cell.as_dict() for cell in cells],
        "skipped": skipped,
    }


WHY_NOT: Final = {
    "reason": "the CPU has no SEV-SNP, and the emulating QEMU is not built",
    "hint": "run on an EPYC with SNP enabled in the BIOS",
}


def _host(backends: dict[Variant, Backend | None]) -> dict[str, Any]:
    real = "snp" in backends.values()
    abilities = {
        variant: {"backend": backend, "runnable": bool(backend)}
        | ({"reason": "", "hint": ""} if backend else WHY_NOT)
        for variant, backend in backends.items()
    }
    checks = [
        _check("cpu.sev_snp", "SEV-SNP in the CPU", "ok" if real else "missing"),
        _check("memory", "Memory for the largest fleet", "ok"),
        _check("qemu.version", "QEMU 10 or newer", "warning"),
        _check("kvm", "KVM", "ok" if real else "missing"),
    ]
    facts = {
        "cpu": {"model": "AMD EPYC 7313" if real else "virtual CPU", "cores": 16 if real else 2},
        "memory_mib": 257_000 if real else 24_000,
        "kernel": "6.12.0-svsm" if real else "6.1.0-28-amd64",
        "distribution": "Debian 13",
    }
    manifest = {"source": "https://example.org/qemu.git", "commit": "986b674", "patches": []}
    artifacts = {
        "qemu": {"key": "aa11bb22cc33", "manifest": manifest},
        "guest_image": {"key": "ddee00112233", "manifest": {"suite": "trixie", "packages": 184}},
    }
    return {
        "facts": facts,
        "checks": checks,
        "variants": abilities,
        "artifacts": artifacts,
        "artifact_set": "0123456789ab",
    }


def _check(name: str, title: str, status: str) -> dict[str, str]:
    words = {
        "ok": ("seen", ""),
        "warning": ("7.2.15: works, but hangs in some boots", "install QEMU 10 from backports"),
        "missing": ("not there", "enable it in the BIOS, or run on a machine that has it"),
    }
    detail, hint = words[status]
    return {"id": name, "title": title, "status": status, "detail": detail, "hint": hint}
