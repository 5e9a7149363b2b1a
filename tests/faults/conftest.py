"""Rigs: private testbeds that leave nothing behind."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.guests import left
from tests.faults.rig import LOCAL, SHARED, Rig

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD_SECONDS = 1800
LAST_SECONDS = 60


@pytest.fixture(scope="session")
def artifacts() -> Iterator[None]:
    """Packages, keys and components of this machine; built if they are not there."""
    rig = Rig(Path(tempfile.mkdtemp(prefix="flt.")))
    for book in ("host", "build"):
        played = rig.play(book, BUILD_SECONDS, testbed_state_dir=str(SHARED))
        assert played.status == 0, played.told
    yield
    shutil.rmtree(rig.root)


@pytest.fixture(scope="module")
def rig(artifacts: None) -> Iterator[Rig]:  # noqa: ARG001 - it has to be there
    """A testbed for the tests of one module; afterwards nothing of it runs."""
    rig = Rig(Path(tempfile.mkdtemp(prefix="flt.")))
    yield rig
    rig.stop()
    rig.inventory = LOCAL
    played = rig.play("teardown")
    assert played.status == 0, played.said
    assert "nothing of the testbed is left on here" in played.said
    none_left(rig)
    shutil.rmtree(rig.root)


def none_left(rig: Rig) -> None:
    """Nothing works on the rig any more; what loses its VM may need a moment to notice."""
    deadline = time.monotonic() + LAST_SECONDS
    while found := left(rig):
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
