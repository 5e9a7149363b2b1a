"""How long measurements took: a row for each size and pass, none missing, none made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrunner.errors import TestbedError
from pyrunner.parsers.measurement import parse
from pyrunner.parsers.suite import SuiteFiles
from pyrunner.parsers.value import fleet_values
from pyrunner.results.sizes import size_bytes
from tests.builders import vouching

if TYPE_CHECKING:
    from pathlib import Path


def files(folder: Path, table: str) -> SuiteFiles:
    """What a VM left, with this table."""
    found = vouching.answer(folder, others={"bench.csv": table.encode()})
    return SuiteFiles("vm1: measurement", found)


def test_every_pass_is_a_value_and_means_are_geometric(tmp_path: Path) -> None:
    values = parse(files(tmp_path, vouching.bench()))
    small = [value for value in values if value.benchmark.split(":")[0] == "4KiB"]
    told = {(value.benchmark, value.metric): value for value in small if value.metric != "pass"}
    passes: dict[str, list[float]] = {}
    for value in small:
        if value.metric == "pass":
            passes.setdefault(value.benchmark, []).append(value.value)
    assert passes["4KiB"] == pytest.approx([1e7, 5e6])
    assert passes["4KiB:sha512"] == pytest.approx([4e7, 4e7])
    assert passes["4KiB:time"] == pytest.approx([4.096e-4, 8.192e-4])
    assert passes["4KiB:calls"] == [1, 1]
    assert passes["4KiB:ratio"] == pytest.approx([4, 8])
    score = told["4KiB", "score"]
    assert (score.unit, score.higher_is_better) == ("B/s", True)
    assert score.value == pytest.approx(1e7 / 2**0.5)
    took = told["4KiB:time", "duration"]
    assert (took.unit, took.higher_is_better) == ("s", False)
    assert took.value == pytest.approx(4.096e-4 * 2**0.5)
    assert told["4KiB:ratio", "ratio"].value == pytest.approx(4 * 2**0.5)
    assert {value.benchmark.split(":")[0] for value in values} == {"4KiB", "64KiB"}


def test_a_fleet_has_sums_of_speeds_alone(tmp_path: Path) -> None:
    by_vm = {
        f"vm{number}": parse(files(tmp_path / f"vm{number}", vouching.bench(speed=number)))
        for number in (1, 2)
    }
    found = {(v.benchmark, v.metric): v.value for v in fleet_values("measurement", by_vm)}
    assert {benchmark for benchmark, _ in found} == {
        *("4KiB", "4KiB:sha512", "64KiB", "64KiB:sha512"),
    }
    assert found["64KiB", "aggregate"] == pytest.approx(3e7 / 2**0.5)
    assert found["64KiB", "fairness"] == pytest.approx(0.9)


def test_a_vm_without_an_svsm_has_no_values(tmp_path: Path) -> None:
    found = vouching.answer(tmp_path, "plain")
    assert parse(SuiteFiles("vm1: measurement", found)) == []


LINES = vouching.bench().splitlines()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (LINES[:-1], r"bench\.csv lacks \(size, pass\) \(65536, 2\)"),
        (LINES[:1], r"bench\.csv lacks .*\(4096, 1\), \(4096, 2\)"),
        ([*LINES, LINES[-1]], r"\(65536, 2\) twice"),
        ([*LINES, "1024,1,sha512,1.0,1,1.0"], r"passes nobody asked for: \[\(1024, 1\)\]"),
        ([*LINES[:-1], "65536,2,sha512,0.0,1,1.0"], "csv:5: svsm_seconds is '0.0'"),
        ([*LINES[:-1], "65536,2,sha512,1.0,0,1.0"], "csv:5: svsm_calls is '0'"),
        ([*LINES[:-1], "65536,2,sha512,1.0,1,nan"], "csv:5: plain_seconds is 'nan'"),
        ([*LINES[:-1], "65536,2,md5,1.0,1,1.0"], "csv:5: algorithm is 'md5'"),
        ([*LINES[:-1], "65536,2,sha512,1.0,1"], "csv:5: 5 fields, not 6"),
        (LINES[1:], "csv:1: the header is not size_bytes,repeat,"),
    ],
)
def test_a_table_that_is_cut_or_garbled_is_refused(
    tmp_path: Path, table: list[str], message: str
) -> None:
    with pytest.raises(TestbedError, match=message):
        parse(files(tmp_path, "\n".join(table) + "\n"))


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    found = vouching.answer(tmp_path, others={"bench.csv": None})
    with pytest.raises(TestbedError, match=r"vm1: measurement: bench\.csv is missing"):
        parse(SuiteFiles("vm1: measurement", found))


@pytest.mark.parametrize(("size", "found"), [("4KiB", 4096), ("3MiB", 3 << 20), ("1GiB", 1 << 30)])
def test_sizes_are_binary(size: str, found: int) -> None:
    assert size_bytes(size) == found


@pytest.mark.parametrize("size", ["", "4", "0KiB", "4kB", "4KB", "-1KiB", "4 KiB", "1.5MiB"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(TestbedError, match="is no size"):
        size_bytes(size)
