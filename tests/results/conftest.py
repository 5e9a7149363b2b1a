"""Synthetic campaigns with their reports, made once for all tests that only look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrunner.results.report import build_report
from tests.builders import measured, synthetic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hardware campaign of all variants, with a failed cell and one not run yet."""
    home = synthetic.build(tmp_path_factory.mktemp("campaigns"), synthetic.hardware())
    assert build_report(home)
    return home


@pytest.fixture(scope="session")
def plain_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emulated campaign that skips cvm and svsm."""
    home = synthetic.build(tmp_path_factory.mktemp("campaigns"), synthetic.plain_only())
    assert build_report(home)
    return home


@pytest.fixture(scope="session")
def measured_campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emulated campaign of all variants, whose VMs' memory was measured."""
    spec = synthetic.hardware()
    spec.name, spec.repeats, spec.failed, spec.unrun = "measured", 3, frozenset(), frozenset()
    spec.backends = {"here": dict.fromkeys(("plain", "cvm", "svsm"), "emulated")}
    home = synthetic.build(tmp_path_factory.mktemp("campaigns"), spec)
    assert build_report(measured.add_measurements(home))
    return home


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-check of fleets of three sizes, some of it too noisy."""
    spec = synthetic.self_check()
    spec.fleet_sizes, spec.passes, spec.gate = (1, 2, 4), 1, (0.02, 12)
    home = synthetic.build(tmp_path_factory.mktemp("campaigns"), spec)
    assert build_report(home)
    return home


@pytest.fixture
def small() -> synthetic.Spec:
    """A spec that is quick to build and to report."""
    spec = synthetic.hardware()
    spec.repeats, spec.fleet_sizes, spec.passes = 2, (1, 2), 1
    spec.failed = spec.unrun = frozenset()
    return spec
