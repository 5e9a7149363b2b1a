"""JUnit: what CI shows of a campaign. Suites carry the properties, for junit-xml's cases cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET  # writes only what junit_xml built in this process

from junit_xml import TestCase, TestSuite

from pyrunner.results.noise_shown import QUIET
from pyrunner.results.self_check_shown import MEND, verdict
from pyrunner.results.vouched import vouched_vms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyrunner.results.campaign import Campaign, Check, Host, Skip
    from pyrunner.results.findings import Findings
    from pyrunner.results.load import CellState, Phase
    from pyrunner.results.noise_shown import NoiseTable
    from pyrunner.results.self_check import SelfCheck

ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped; consoles of VMs are full of them."""


def junit(campaign: Campaign, states: Iterable[CellState], findings: Findings) -> bytes:
    """Make the document: hosts' preflight, suites that cannot be had, the cells, how far to trust.

    Args:
        campaign: the plan.
        states: its cells.
        findings: what was made of their values.
    """
    suites = [
        *(_preflight(campaign, host) for host in campaign.hosts.values()),
        *_notes(campaign),
        *(_cell(campaign, state) for state in states),
        *(_skip(campaign, skip) for skip in campaign.skipped),
        *_trust(campaign, findings),
    ]
    root = ET.Element("testsuites", {"name": clean(campaign.name)})
    root.extend(suite.build_xml_doc() for suite in suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def clean(text: str) -> str:
    """Replace what XML cannot hold by the replacement character."""
    return ILLEGAL.sub("\ufffd", text)


def _suite(name: str, cases: list[TestCase], properties: Mapping[str, object]) -> TestSuite:
    known = {key: clean(str(value)) for key, value in properties.items() if value not in ("", None)}
    host, started = known.get("host"), known.get("started_at")
    return TestSuite(clean(name), cases, properties=known, hostname=host, timestamp=started)


def _case(group: str, name: str, seconds: float | None = None) -> TestCase:
    return TestCase(clean(name), classname=clean(group), elapsed_sec=seconds)


def _told(message: str, hint: str) -> str:
    return clean(f"{message} — {hint}" if message and hint else message or hint)


def _preflight(campaign: Campaign, host: Host) -> TestSuite:
    name = f"preflight.{host.name}"
    properties = {
        "campaign": campaign.name,
        "host": host.name,
        "artifact_set": host.artifact_set,
        "profile": campaign.profile,
    }
    return _suite(name, [_check(name, check) for check in host.checks], properties)


def _check(group: str, check: Check) -> TestCase:
    case, told = _case(group, check.id), _told(check.detail, check.hint)
    if check.status == "missing":
        case.add_skipped_info(message=f"{clean(check.title)}: {told}")
    elif check.status == "error":
        case.add_failure_info(message=f"{clean(check.title)}: {clean(check.detail)}", output=told)
    else:
        case.stdout = f"{check.status}: {clean(check.title)}: {told}"
    return case


def _notes(campaign: Campaign) -> list[TestSuite]:
    cases = []
    for suite, note in sorted(campaign.suite_notes.items()):
        if not note.available:
            cases.append(_case("suites", suite))
            cases[-1].add_skipped_info(message=_told(note.reason, note.hint))
    properties = {"campaign": campaign.name, "profile": campaign.profile}
    return [_suite("suites", cases, properties)] if cases else []


def _cell(campaign: Campaign, state: CellState) -> TestSuite:
    cell = state.cell
    name = f"{cell.host}.{cell.id}"
    properties = {
        "campaign": campaign.name,
        "host": cell.host,
        "backend": cell.backend,
        "variant": cell.variant,
        "fleet_size": cell.fleet_size,
        "repeat": cell.repeat,
        "artifact_set": state.artifact_set or campaign.hosts[cell.host].artifact_set,
        "profile": campaign.profile,
        "started_at": state.started_at,
    }
    if state.status == "planned":
        case = _case(name, "cell")
        case.add_skipped_info(message=f"{cell.host}/{cell.id}: not run yet")
        return _suite(name, [case], properties)
    cases = [_phase(name, state, phase) for phase in state.phases]
    cases += [
        _measured(name, state, vm["vm"], thing)
        for vm in vouched_vms(state)
        for thing in vm["things"]
    ]
    if state.status == "failed" and all(phase.passed for phase in state.phases):
        cases.append(_failed(_case(name, state.failed_phase or "cell"), state))
    return _suite(name, cases, properties)


def _phase(group: str, state: CellState, phase: Phase) -> TestCase:
    case = _case(group, phase.name, phase.seconds)
    return case if phase.passed else _failed(case, state, phase)


def _measured(group: str, state: CellState, vm: str, thing: Mapping[str, Any]) -> TestCase:
    """One thing of a VM's memory, verified or not."""
    case = _case(group, f"{vm}: {thing['name']}")
    said = clean(thing["said"])
    if thing["status"] == "skipped":
        case.add_skipped_info(message=said)
    elif thing["status"] == "failed":
        place = f"{state.cell.host}/{state.cell.id}"
        case.add_failure_info(message=clean(f"{place}: {vm}: {thing['name']}: {said}"), output=said)
    else:
        case.stdout = said
    return case


def _failed(case: TestCase, state: CellState, phase: Phase | None = None) -> TestCase:
    message = (phase.message if phase else "") or state.message
    hint = (phase.hint if phase else "") or state.hint
    place = f"{state.cell.host}/{state.cell.id}"
    attempt = f"attempt {state.attempt}" if state.attempt else ""
    lines = (f"cell: {place}", f"phase: {case.name}", message, f"hint: {hint}", attempt)
    output = "\n".join(line for line in lines if line)
    case.add_failure_info(message=clean(f"{place}: {message}"), output=clean(output))
    return case


def _skip(campaign: Campaign, skip: Skip) -> TestSuite:
    fleet = f"-{skip.fleet_size}vm" if skip.fleet_size else ""
    name = f"{skip.host}.{skip.variant}{fleet}"
    case = _case(name, "cell")
    case.add_skipped_info(message=_told(skip.reason, skip.hint))
    properties = {
        "campaign": campaign.name,
        "host": skip.host,
        "variant": skip.variant,
        "fleet_size": skip.fleet_size,
        "profile": campaign.profile,
    }
    return _suite(name, [case], properties)


def _trust(campaign: Campaign, findings: Findings) -> Iterator[TestSuite]:
    """How far hosts' comparisons are to be trusted: their self-checks and their noise."""
    for host in campaign.hosts:
        name = f"trust.{host}"
        checks = [each for each in findings.checks if each.host == host]
        noise = [each for each in findings.noise if each.host == host]
        cases = [_self_check(campaign, name, check) for check in checks]
        cases += [_noise(name, table) for table in noise]
        if cases:
            yield _suite(name, cases, {"campaign": campaign.name, "host": host})


def _self_check(campaign: Campaign, group: str, check: SelfCheck) -> TestCase:
    """False alarms; too many fail a campaign that was run to count them, others tell them."""
    case, told = _case(group, "self_check"), clean(verdict(check))
    if check.too_many and campaign.is_self_check:
        case.add_failure_info(message=f"{check.host}: {told}", output=_told(told, MEND))
    else:
        case.stdout = _told(told, MEND) if check.too_many else told
    return case


def _noise(group: str, table: NoiseTable) -> TestCase:
    """What the noise gate let pass; verdicts that it withholds are skipped for cause."""
    case, told = _case(group, "noise"), clean(" ".join(table.told))
    if table.worst:
        case.add_skipped_info(message=_told(told, QUIET))
    else:
        case.stdout = told
    return case
