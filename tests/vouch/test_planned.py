"""What a campaign's plan keeps of measurements: nothing, a reason, or what they have to say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.campaign import Planned, Request, plan_campaign
from pyrunner.errors import UsageError
from tests.builders import vouching
from tests.campaign.demo import host, request

if TYPE_CHECKING:
    from pathlib import Path


def plan(folder: Path, **measured: Any) -> Planned:  # noqa: ANN401 - any JSON
    """Plan a campaign on a host that says this of measurements."""
    here = host(measurement=vouching.host(**measured)["measurement"])
    return plan_campaign(folder, Request.from_dict(request(hosts={"local": here})))


def kept(planned: Planned) -> Any:  # noqa: ANN401 - any JSON
    """What the plan has of it."""
    return planned.campaign.data["hosts"]["local"]["measurement"]


def test_the_plan_keeps_what_measurements_have_to_say(tmp_path: Path) -> None:
    planned = plan(tmp_path)
    assert kept(planned) == vouching.host()["measurement"]
    assert not plan(tmp_path).changed


def test_a_host_that_does_not_measure_has_nothing(tmp_path: Path) -> None:
    assert kept(plan(tmp_path, wanted=False)) == {}
    asked = request(hosts={"local": host()})
    assert not plan_campaign(tmp_path, Request.from_dict(asked)).changed


def test_a_campaign_of_before_there_were_measurements_is_left_alone(tmp_path: Path) -> None:
    planned = plan(tmp_path, wanted=False)
    path = tmp_path / "campaign.json"
    data = json.loads(path.read_text())
    assert data["hosts"]["local"].pop("measurement") == {}
    path.write_text(json.dumps(data))
    asked = request(hosts={"local": host()})
    again = plan_campaign(tmp_path, Request.from_dict(asked))
    assert not again.changed
    assert [cell.id for cell in again.cells] == [cell.id for cell in planned.cells]


@pytest.mark.parametrize(
    "changes",
    [
        {"wanted": False},
        {"firmware": False},
        {"problem": {"reason": "no headers", "hint": ""}},
        {"references": {"firmware:kernel": vouching.digests(b"another")}},
    ],
)
def test_what_changed_is_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    plan(tmp_path)
    assert plan(tmp_path, **changes).changed


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({"firmware:kernel": {"sha384": "ab"}}, "firmware:kernel: 'ab' is no digest of sha384"),
        ({"firmware:kernel": {"md5": "ab" * 16}}, "is no digest of md5"),
        ({"firmware:kernel": {"sha512": 5}}, "5 is no digest of sha512"),
        ({"firmware:kernel": [5]}, "an object is wanted"),
        ([5], "references: an object is wanted"),
    ],
)
def test_references_that_are_none_are_refused(
    tmp_path: Path, references: object, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan(tmp_path, references=references)
