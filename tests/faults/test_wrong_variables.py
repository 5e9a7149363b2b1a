"""A wrong variable is refused before anything starts, by its name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG = {
    "types and choices": {"testbed_repeats": "three", "testbed_profile": "swift"},
    "those of an inner role": {"fleet_memory_mib": "much", "preflight_backend": "xen"},
    "misspelt names": {"testbed_repeat": 2, "stress_ng_second": 2},
    "an unknown suite": {"testbed_suites": "stress-ng"},
    "an unknown variant": {"testbed_variants": ["plain", "vcm"]},
    "a fleet of none": {"testbed_fleet_sizes": [0, 1]},
    "a name that is no folder": {"testbed_campaign": "../x"},
    "a name that is too long": {"testbed_campaign": "x" * 64},
}


@pytest.fixture
def bare() -> Iterator[Rig]:
    """A rig that needs no artifacts, for nothing shall start."""
    with tempfile.TemporaryDirectory(prefix="flt.") as folder:
        yield Rig(Path(folder))


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_it_is_refused_by_name_and_nothing_starts(bare: Rig, wrong: dict[str, Any]) -> None:
    played = bare.play("site", **wrong)
    assert played.status != 0
    for name in wrong:
        assert any(name in fault for fault in played.faults), played.told
    assert not bare.results.exists()
    assert not list(bare.state.iterdir())
    assert "TASK [preflight" not in played.said


def test_a_phase_alone_refuses_it_too(bare: Rig) -> None:
    played = bare.play("campaign", fleet_memory_mib="much")
    assert played.status != 0
    assert any("fleet_memory_mib" in fault for fault in played.faults), played.told
    assert not bare.results.exists()
