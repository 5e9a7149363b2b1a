"""Fleet sizes as users write them."""

from __future__ import annotations

import pytest

from pyrunner.campaign.sizes import fleet_sizes
from pyrunner.errors import UsageError


@pytest.mark.parametrize(
    ("wanted", "sizes"),
    [
        ("1,8", [1, 8]),
        ("1-8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("8, 1-3,2", [1, 2, 3, 8]),
        (4, [4]),
        ([8, 1, "2-3"], [1, 2, 3, 8]),
        ("3-3", [3]),
    ],
)
def test_numbers_and_ranges(wanted: object, sizes: list[int]) -> None:
    assert fleet_sizes(wanted, "--fleet-sizes") == sizes


@pytest.mark.parametrize(
    "wanted", ["", "0", "1,-2", "one", "1,,2", "8-1", "0-3", "1-510", "1-2-3", "1.5", [1.5], {}]
)
def test_what_is_no_fleet_size(wanted: object) -> None:
    with pytest.raises(UsageError, match=r"--fleet-sizes: .* fleet size"):
        fleet_sizes(wanted, "--fleet-sizes")
