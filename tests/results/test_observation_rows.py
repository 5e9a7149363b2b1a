"""Rows of results.csv and boot_events.csv: what is written is read, what is wrong is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrunner.errors import TestbedError
from pyrunner.results.boot_events import (
    EVENT_COLUMNS,
    BootEvent,
    read_boot_events,
    write_boot_events,
)
from pyrunner.results.observations import (
    COLUMNS,
    METRICS,
    Observation,
    read_observations,
    write_observations,
)

if TYPE_CHECKING:
    from pathlib import Path

ROW = Observation(
    *("demo", "epyc1", "snp", "svsm", 8, "vm3", 2, "unixbench", "fsdisk", "pass", "KBps"),
    *(3.5e6, True, "0123456789ab", "2026-01-02T03:04:05Z"),
)
EVENT = BootEvent("demo", "epyc1", "snp", "svsm", 8, 2, "vm3", "kernel_start", "serial", 1.25)
SPEC_COLUMNS = (
    "campaign,host,backend,variant,fleet_size,vm,repeat,suite,benchmark,metric,unit,value,"
    "higher_is_better,artifact_set,started_at"
)
SPEC_EVENT_COLUMNS = "campaign,host,backend,variant,fleet_size,repeat,vm,event,source,seconds"
LABELS = st.text(min_size=1).filter(lambda text: bool(text.strip()) and text.isprintable())
OBSERVATIONS = st.builds(
    replace,
    st.just(ROW),
    suite=LABELS,
    benchmark=LABELS,
    unit=LABELS,
    metric=st.sampled_from(METRICS),
    value=st.floats(allow_nan=False, allow_infinity=False),
    higher_is_better=st.booleans(),
    repeat=st.integers(min_value=1),
)


def test_columns_are_the_specified_ones() -> None:
    assert ",".join(COLUMNS) == SPEC_COLUMNS
    assert ",".join(EVENT_COLUMNS) == SPEC_EVENT_COLUMNS


@given(OBSERVATIONS)
def test_a_row_is_read_as_it_was_written(observation: Observation) -> None:
    assert Observation.from_row(list(observation.as_row())) == observation


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [ROW, replace(ROW, vm="all", benchmark='odd, "quoted"', value=-0.1)]
    assert write_observations(tmp_path / "o.csv", rows)
    assert list(read_observations(tmp_path / "o.csv")) == rows
    assert write_boot_events(tmp_path / "b.csv", [EVENT])
    assert list(read_boot_events(tmp_path / "b.csv")) == [EVENT]


def test_equal_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write_observations(path, [ROW])
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert not write_observations(path, [ROW])
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert [each.name for each in tmp_path.iterdir()] == ["o.csv"]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("campaign", ""),
        ("host", "../etc"),
        ("backend", "tcg"),
        ("variant", "sev"),
        ("fleet_size", "0"),
        ("fleet_size", "8.0"),
        ("vm", "vm9"),
        ("vm", "vm0"),
        ("vm", "host"),
        ("repeat", "-1"),
        ("suite", ""),
        ("benchmark", " "),
        ("metric", "mean"),
        ("unit", "a\x1bb"),
        ("value", "nan"),
        ("value", "inf"),
        ("value", "1e999"),
        ("value", "1_000"),
        ("value", ""),
        ("higher_is_better", "True"),
        ("started_at", "yesterday"),
    ],
)
def test_a_wrong_field_is_named_with_file_and_line(tmp_path: Path, column: str, text: str) -> None:
    path, row = tmp_path / "o.csv", dict(zip(COLUMNS, ROW.as_row(), strict=True))
    write_observations(path, [ROW])
    wrong = ",".join((row | {column: text}).values())
    path.write_text(path.read_text() + wrong + "\n")
    with pytest.raises(TestbedError, match=rf"o\.csv:3: .*{column}"):
        list(read_observations(path))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("seconds", "-0.5"),
        ("seconds", "nan"),
        ("vm", "all"),
        ("vm", "vm9"),
        ("event", ""),
        ("backend", "x"),
    ],
)
def test_a_wrong_event_is_named_with_file_and_line(tmp_path: Path, column: str, text: str) -> None:
    path, row = tmp_path / "b.csv", dict(zip(EVENT_COLUMNS, EVENT.as_row(), strict=True))
    path.write_text(f"{SPEC_EVENT_COLUMNS}\n{','.join((row | {column: text}).values())}\n")
    with pytest.raises(TestbedError, match=r"b\.csv:2: "):
        list(read_boot_events(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header"),
        (b"vm,value\n", "header"),
        (SPEC_COLUMNS.encode() + b"\na,b\n", "2 fields, not 15"),
        (SPEC_COLUMNS.encode() + b'\n"cut off', "not a CSV file"),
        (SPEC_COLUMNS.encode() + b"\n\xff\n", "not a CSV file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(content)
    with pytest.raises(TestbedError, match=message) as caught:
        list(read_observations(path))
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TestbedError, match="No such file"):
        list(read_observations(tmp_path / "none.csv"))
