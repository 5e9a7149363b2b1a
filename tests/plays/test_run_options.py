"""Options of `run` become Ansible's variables."""

from __future__ import annotations

from typing import Any

import pytest

from pyrunner.campaign import Request
from pyrunner.cli.run import from_options
from pyrunner.errors import UsageError
from tests.campaign.demo import request

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("variants", "suites", "fleet_sizes", "repeats", "profile")),
    "settings": (),
    "self_check": False,
}


def test_fleet_sizes_may_be_ranges() -> None:
    assert from_options({**NOTHING, "fleet_sizes": "1,4-6"}) == {
        "testbed_fleet_sizes": [1, 4, 5, 6]
    }
    given = {**NOTHING, "settings": ("testbed_fleet_sizes=1-3",)}
    assert from_options(given) == {"testbed_fleet_sizes": [1, 2, 3]}


def test_a_self_check_is_of_plain_alone() -> None:
    found = from_options({**NOTHING, "self_check": True})
    assert found == {"testbed_self_check": True, "testbed_variants": ["plain"]}
    other = from_options({**NOTHING, "self_check": True, "variants": "svsm"})
    assert other["testbed_variants"] == ["svsm"]


@pytest.mark.parametrize("variants", ["all", "plain,cvm"])
def test_a_self_check_of_several_variants_is_refused(variants: str) -> None:
    with pytest.raises(UsageError, match="--self-check compares one variant"):
        from_options({**NOTHING, "self_check": True, "variants": variants})


@pytest.mark.parametrize(("asked", "repeats"), [(1, 6), (3, 6), (5, 10)])
def test_a_self_checks_arms_get_as_many_repeats_as_variants_would(asked: int, repeats: int) -> None:
    wanted = Request.from_dict(request(purpose="self_check", variants="all", repeats=asked))
    assert (wanted.variants, wanted.repeats) == (("plain",), repeats)
    with pytest.raises(UsageError, match="a self-check compares one variant with itself"):
        Request.from_dict(request(purpose="self_check", variants=["plain", "cvm"]))
