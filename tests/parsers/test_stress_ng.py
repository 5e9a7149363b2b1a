"""stress-ng's YAML: recorded passes are read; what is cut, skipped or idle is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from pyrunner.errors import TestbedError
from pyrunner.parsers.stress_ng import parse
from pyrunner.parsers.suite import SuiteFiles
from pyrunner.parsers.value import Value
from tests.parsers.raw_factory import stress_yaml

RECORDED = Path(__file__).parent.parent / "data" / "parsers" / "stress_ng"
STRESSORS = ["copy-file", "fork", "switch", "pipe", "syscall"]


def _files(folder: Path, request: dict[str, object]) -> SuiteFiles:
    """The files of ``folder`` as checked ones, with a request of our own."""
    folder.mkdir(exist_ok=True)
    (folder / "request.json").write_text(json.dumps(request))
    return SuiteFiles("vm4: stress_ng", {path.name: path for path in folder.iterdir()})


def _recorded(folder: Path, **request: object) -> SuiteFiles:
    """Recorded passes, copied so that tests may damage them."""
    folder.mkdir(exist_ok=True)
    for path in RECORDED.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    asked = {"suite": "stress_ng", "benchmarks": STRESSORS, "passes": 2, "seconds": 2}
    return _files(folder, {**asked, **request})


def test_recorded_passes_give_rates_and_scores(tmp_path: Path) -> None:
    values = parse(_recorded(tmp_path))
    assert [(v.benchmark, v.metric) for v in values] == [
        (stressor, metric) for stressor in STRESSORS for metric in ("pass", "pass", "score")
    ]
    assert {value.unit for value in values} == {"bogo_ops/s"}
    copy_file = [value.value for value in values if value.benchmark == "copy-file"]
    assert copy_file[0] == 512.604748
    assert copy_file[2] == pytest.approx(math.sqrt(copy_file[0] * copy_file[1]))


def test_debian_13s_document_that_is_no_yaml_is_read(tmp_path: Path) -> None:
    recorded = RECORDED.parent / "stress_ng_0.19"
    for path in recorded.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    values = parse(_files(tmp_path, {"benchmarks": ["fork", "exec"], "passes": 1}))
    assert [v.benchmark for v in values if v.metric == "score"] == ["fork", "exec"]
    assert values[0].value == 119.877273


def test_a_single_pass_is_its_own_score(tmp_path: Path) -> None:
    values = parse(_recorded(tmp_path, passes=1, benchmarks=["fork"]))
    assert values == [
        Value("fork", "pass", "bogo_ops/s", values[0].value),
        Value("fork", "score", "bogo_ops/s", values[0].value),
    ]


@pytest.mark.parametrize("keep", [0, 10, 300, 700, -5])
def test_a_truncated_pass_is_refused(tmp_path: Path, keep: int) -> None:
    files = _recorded(tmp_path)
    path = tmp_path / "pipe-2.yaml"
    path.write_text(path.read_text()[:keep])
    with pytest.raises(TestbedError, match=r"vm4: stress_ng: pipe-2.yaml: truncated"):
        parse(files)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\nmetrics: [1, 2\n...\n", "not YAML"),
        ("---\nmetrics: 3\n...\n", "no list of metrics"),
        ("---\nfork\n...\n", "no list of metrics"),
        (stress_yaml("pipe", 10), "stressor fork is there 0 times"),
        (stress_yaml("fork", 0), "stressor fork did nothing"),
        (stress_yaml("fork", 10).replace("bogo-ops: 20", "bogo-ops: 0"), "did nothing"),
        (stress_yaml("fork", 10).replace("10.0", "11.0"), "20 operations in 2 s are not 11"),
        (stress_yaml("fork", 10).replace("2.000000", "nan"), "wall-clock-time is 'nan'"),
        (stress_yaml("fork", 10).replace("2.000000", ".nan"), "wall-clock-time is nan"),
        (stress_yaml("fork", 10).replace("wall-clock", "clock"), "wall-clock-time is None"),
    ],
)
def test_a_garbled_pass_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "fork-1.yaml").write_text(text)
    files = _files(tmp_path, {"benchmarks": ["fork"], "passes": 1})
    with pytest.raises(TestbedError, match=f"vm4: stress_ng: fork-1.yaml: .*{message}"):
        parse(files)


def test_a_missing_pass_is_named(tmp_path: Path) -> None:
    with pytest.raises(TestbedError, match=r"fork-3.yaml is missing: stressor fork, pass 3"):
        parse(_recorded(tmp_path, passes=3, benchmarks=["fork"]))


@pytest.mark.parametrize(
    "request_", [{"passes": 2}, {"benchmarks": ["fork"]}, {"benchmarks": "fork", "passes": 1}]
)
def test_a_request_that_says_nothing_is_refused(
    tmp_path: Path, request_: dict[str, object]
) -> None:
    with pytest.raises(TestbedError, match=r"request.json: (passes|benchmarks) is"):
        parse(_files(tmp_path, request_))


def test_without_a_request_nothing_is_believed() -> None:
    with pytest.raises(TestbedError, match=r"request.json is missing"):
        parse(SuiteFiles("vm4: stress_ng", {}))
