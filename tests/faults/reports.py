"""What junit.xml of a rig's campaign says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # reads only what the testbed itself wrote

if TYPE_CHECKING:
    from tests.faults.rig import Rig


def case(rig: Rig, group: str, name: str) -> ET.Element:
    """The one case of that class and name."""
    root = ET.parse(rig.campaign / "junit.xml").getroot()  # noqa: S314 - our own file
    found = root.findall(f".//testcase[@classname='{group}'][@name='{name}']")
    assert len(found) == 1, ET.tostring(root, encoding="unicode")
    return found[0]


def failed(rig: Rig, group: str, name: str) -> str:
    """What a case that failed says."""
    failure = case(rig, group, name).find("failure")
    assert failure is not None
    return f"{failure.get('message')}\n{failure.text}"
