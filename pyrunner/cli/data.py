"""Commands on a campaign's data, for Ansible tasks on the machine where Ansible runs.

Each prints one JSON object as its last line, with at least ``changed``. On an error it prints
``{"changed": false, "error": ..., "hint": ...}`` and exits with 2 (wrong use) or 1.
Run as ``python -m pyrunner.cli.data COMMAND``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import click

from pyrunner.campaign import Planned, Request, load_campaign, plan_campaign
from pyrunner.cells.begin import begin
from pyrunner.cells.blame import blame
from pyrunner.cells.fail import Failure, fail
from pyrunner.cells.phases import check_phases
from pyrunner.cells.status import status
from pyrunner.errors import TestbedError, UsageError

WRONG_USE = 2
FAULT = 1


class JsonErrors(click.Group):
    """A group whose commands report a :class:`TestbedError` as JSON on stdout."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click's own
        """Run the command; on an error print it and exit."""
        try:
            return super().invoke(ctx)
        except TestbedError as error:
            told = {"changed": False, "error": error.message, "hint": error.hint}
            click.echo(json.dumps(told, ensure_ascii=False))
            return ctx.exit(WRONG_USE if isinstance(error, UsageError) else FAULT)


@click.group(cls=JsonErrors)
def data() -> None:
    """Plan campaigns; begin, seal and fail their cells; JSON on stdout."""


campaign_dir = click.option(
    "--campaign-dir",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the campaign: results/<campaign>.",
)
cell_option = click.option("--cell", "cell_id", required=True, help="Cell id, like plain-8vm-r2.")
host_option = click.option("--host", required=True, help="Inventory name of the testbed host.")


@data.command("plan")
@campaign_dir
@click.option("--request", required=True, type=click.File(encoding="utf-8"), help="JSON, or -.")
def plan_command(folder: Path, request: IO[str]) -> None:
    """Write or extend campaign.json.

    The request's JSON is described at pyrunner.campaign.request.Request.from_dict. Prints
    {"changed", "campaign", "suites", "suite_notes", "cells": [{"id", "host", "variant",
    "fleet_size", "repeat", "backend", "done"}], "skipped": [{"host", "variant", "fleet_size",
    "reason", "hint"}], "blocked": [{"id", "host", ..., "reason", "hint"}]}; all of this request
    alone, cells in running order. Blocked cells are due on a host that is out of this run.
    """
    planned = plan_campaign(folder, Request.from_dict(_json(request)))
    _tell(changed=planned.changed, **_plan_told(planned))


@data.command("more")
@campaign_dir
@click.option("--host", help="Decide on this host alone, for example while others still run.")
def more_command(folder: Path, host: str | None) -> None:
    """Plan more repeats where benchmarks vary more than the campaign's noise threshold.

    To be asked when cells have run, again and again until nothing is added: the threshold and the
    most repeats are those of the request. Fleets with cells that have not run yet are left alone;
    variants with a failed cell take no part until it is mended. Prints what `plan` prints, where
    "cells" are those that were added, and "noise": [{"host", "fleet_size", "variant", "suite",
    "benchmark", "variation", "repeats", "added"}], all that varies too much; "added" is the number
    of repeats planned for it, 0 at the limit. "changed" is false when there is nothing to run.
    """
    from pyrunner.campaign.more import more_repeats  # noqa: PLC0415 - reads results, as seal does

    planned, noisy = more_repeats(folder, host)
    _tell(changed=planned.changed, **_plan_told(planned), noise=noisy)


@data.command("begin")
@campaign_dir
@cell_option
@host_option
def begin_command(folder: Path, cell_id: str, host: str) -> None:
    """Get a cell ready to run, unless it is done.

    Prints {"changed", "done", "attempt", "folder", "nonce"}; only if "done" is false is there work
    to do. The nonce is what the VMs' attestation reports have to answer.
    """
    begun = begin(load_campaign(folder), host, cell_id)
    _tell(
        changed=not begun.done,
        done=begun.done,
        attempt=begun.attempt,
        folder=str(begun.folder),
        nonce=begun.nonce,
    )


@data.command("seal")
@campaign_dir
@cell_option
@host_option
@click.option("--archive", required=True, type=click.Path(path_type=Path), help="Tar or folder.")
@click.option("--phases", required=True, type=click.File(encoding="utf-8"), help="JSON, or -.")
def seal_command(folder: Path, cell_id: str, host: str, archive: Path, phases: IO[str]) -> None:
    """Check and parse the raw files of a cell and mark it done.

    ARCHIVE is a tar archive with raw/ at its top, or the raw folder itself. The phases' JSON is
    described at pyrunner.cells.phases.check_phases; the phase "seal" is added here. Prints
    {"changed", "observations", "boot_events"} (numbers of rows; 0 if the cell was done before).
    """
    from pyrunner.cells.seal import seal  # noqa: PLC0415 - the parsers are loaded only where needed

    sealed = seal(load_campaign(folder), host, cell_id, archive, check_phases(_json(phases)))
    _tell(changed=sealed.changed, observations=sealed.observations, boot_events=sealed.boot_events)


@data.command("fail")
@campaign_dir
@cell_option
@host_option
@click.option("--phase", required=True, help="The phase that failed, like boot.")
@click.option(
    "--result",
    required=True,
    type=click.File(encoding="utf-8"),
    help='JSON, or -: {"result": the failed task\'s result, "phases": those before}.',
)
@click.option("--archive", type=click.Path(path_type=Path), help="What could be collected.")
def fail_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path, cell_id: str, host: str, phase: str, result: IO[str], archive: Path | None
) -> None:
    """Record that a cell failed, keep its evidence.

    Prints {"changed", "message", "hint"}; changed is false if this attempt had failed before, for
    its first failure is kept.
    """
    told = _json(result)
    message, hint = blame(told.get("result") or {})
    failure = Failure(phase, message, hint, check_phases(told.get("phases", [])), archive)
    changed = fail(load_campaign(folder), host, cell_id, failure)
    _tell(changed=changed, message=message, hint=hint)


@data.command("status")
@campaign_dir
def status_command(folder: Path) -> None:
    """Tell which cells are done, failed or missing (see pyrunner.cells.status.status)."""
    _tell(changed=False, **status(load_campaign(folder)))


@data.command("predict")
@click.option("--firmware", required=True, type=click.Path(path_type=Path), help="OVMF image.")
@click.option("--vcpus", required=True, type=int, help="Virtual processors of a VM.")
@click.option("--cpu-model", required=True, help="QEMU's processor model.")
def predict_command(firmware: Path, vcpus: int, cpu_model: str) -> None:
    """Predict the launch digest of a guest that starts with its firmware.

    Prints {"changed", "measurement"}.
    """
    from pyrunner.attestation.predict import firmware_digest  # noqa: PLC0415 - as for seal

    _tell(changed=False, measurement=firmware_digest(firmware, vcpus, cpu_model))


def _plan_told(planned: Planned) -> dict[str, Any]:
    """Put a plan into the shape that callers read."""
    campaign = planned.campaign
    return {
        "campaign": campaign.name,
        "suites": campaign.data["suites"],
        "suite_notes": campaign.data["suite_notes"],
        "cells": [{**c.as_dict(), "done": campaign.is_sealed(c)} for c in planned.cells],
        "skipped": planned.skipped,
        "blocked": [{**c.as_dict(), "reason": why, "hint": h} for c, why, h in planned.blocked],
    }


def _json(source: IO[str]) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Read JSON that the caller gave."""
    try:
        return json.load(source)
    except ValueError as error:
        raise UsageError(f"{source.name}: not JSON: {error}") from error


def _tell(*, changed: bool, **values: object) -> None:
    """Print the result."""
    click.echo(json.dumps({"changed": changed, **values}, ensure_ascii=False))


if __name__ == "__main__":
    data(prog_name="data")
