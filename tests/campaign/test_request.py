"""Requests: every wrong name or value is refused before anything starts."""

from __future__ import annotations

import pytest

from pyrunner.campaign import Request
from pyrunner.campaign.host import artifact_set
from pyrunner.errors import UsageError
from tests.campaign.demo import RUNS, host, request


def test_a_request_is_put_in_order() -> None:
    checked = Request.from_dict(
        request(variants=["svsm", "plain", "svsm"], fleet_sizes=[8, 1, 8], suites=["stress_ng"])
    )
    assert checked.variants == ("plain", "svsm")
    assert checked.fleet_sizes == (1, 8)
    assert checked.suites == ("stress_ng",)


@pytest.mark.parametrize("wanted", ["all", ["all"]])
def test_all_variants(wanted: object) -> None:
    assert Request.from_dict(request(variants=wanted)).variants == ("plain", "cvm", "svsm")


@pytest.mark.parametrize("wanted", ["auto", ["auto"]])
def test_automatic_suites(wanted: object) -> None:
    assert Request.from_dict(request(suites=wanted)).suites is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"campaign": "../evil"}, "campaign: '../evil' cannot be a name"),
        ({"campaign": ""}, "campaign: '' cannot be a name"),
        ({"campaign": "line\n"}, "cannot be a name"),
        ({"campaign": 7}, "campaign: 7 cannot be a name"),
        ({"profile": "slow"}, "profile: unknown 'slow' .*quick, full"),
        ({"profile": None}, "profile: unknown None"),
        ({"suites": ["lmbench"]}, "suites: unknown 'lmbench' .*unixbench, stress_ng"),
        ({"suites": "unixbench"}, "suites: a list is wanted"),
        ({"variants": ["tdx"]}, "variants: unknown 'tdx' .*plain, cvm, svsm"),
        ({"variants": []}, "no variant was asked for"),
        ({"fleet_sizes": []}, "fleet_sizes: no fleet size was asked for"),
        ({"fleet_sizes": [0]}, "fleet_sizes: 0 is no fleet size"),
        ({"fleet_sizes": [True]}, "fleet_sizes: True is no fleet size"),
        ({"fleet_sizes": None}, "fleet_sizes: 'None' is no fleet size"),
        ({"fleet_sizes": [100000]}, "a fleet has 1 to 509 VMs"),
        ({"repeats": 0}, "repeats: 0 is not a whole number"),
        ({"repeats": 1.5}, "repeats: 1.5 is not a whole number"),
        ({"hosts": {}}, "names no host"),
        ({"hosts": []}, "names no host"),
        ({"hosts": ["local"]}, "hosts: an object is wanted"),
        ({"hosts": {"a/b": host()}}, "host: 'a/b' cannot be a name"),
        ({"hosts": {"local": 3}}, "host local: an object is wanted"),
        ({"hosts": {"local": host(facts=[1])}}, "host local: facts: an object is wanted"),
        (
            {"hosts": {"local": host(variants={"plain": {"runnable": True}})}},
            "host local, variant plain: backend: unknown None",
        ),
        (
            {"hosts": {"local": host(variants={"plain": {**RUNS, "backend": "xen"}})}},
            "backend: unknown 'xen'",
        ),
        (
            {"hosts": {"local": host(variants={"plain": {"runnable": False}})}},
            "not runnable, but no reason is given",
        ),
        (
            {"hosts": {"local": host(variants={"plain": {**RUNS, "max_fleet": 0}})}},
            "max_fleet: 0 is not",
        ),
        ({"hosts": {"local": host(checks=[{"id": "x", "status": "meh"}])}}, "unknown 'meh'"),
        ({"hosts": {"local": host(checks=["x"])}}, "a check is an object with an id"),
    ],
)
def test_a_wrong_request_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Request.from_dict(request(**changes))


def test_a_set_of_artifacts_is_named_by_its_keys_alone() -> None:
    first: dict[str, dict[str, object]] = {
        "qemu": {"key": "a", "manifest": {"built": 1}},
        "ovmf": {"key": "b"},
    }
    same: dict[str, dict[str, object]] = {
        "ovmf": {"key": "b"},
        "qemu": {"key": "a", "manifest": {"built": 2}},
    }
    other = {"ovmf": {"key": "b"}, "qemu": {"key": "c"}}
    assert artifact_set(first) == artifact_set(same) != artifact_set(other)
    assert len(artifact_set({})) == 12
