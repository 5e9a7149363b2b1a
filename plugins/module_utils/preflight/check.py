"""One finding about a host, in the words of campaign.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, get_args

Status = Literal["ok", "warning", "missing", "error"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True)
class Check:
    """What was looked at, what was seen, and what to do about it.

    Attributes:
        id: stable dotted name, for example ``kvm.usable``.
        title: what is checked, for tables.
        status: ``ok``; ``warning`` (runs, but results suffer); ``missing`` (limits variants or
            functions, nothing is broken); ``error`` (nothing can run on this host).
        detail: what was seen.
        hint: what to do; never empty unless the status is ``ok``.
    """

    id: str
    title: str
    status: Status
    detail: str
    hint: str = ""

    def __post_init__(self) -> None:
        """Hold the promise that whatever is not ok says how to mend it.

        Raises:
            ValueError: the status is no status, or a finding lacks its hint.
        """
        if self.status not in STATUSES:
            raise ValueError(f"check {self.id}: {self.status!r} is none of {STATUSES}")
        if (self.status == "ok") == bool(self.hint):
            raise ValueError(f"check {self.id}: a hint belongs to every status but ok")

    def behind(self, cause: Check) -> Check:
        """The same, as what follows from `cause` where neither is ok.

        What follows from something else already keeps its hint, and is no cause either.
        """
        if "ok" in (self.status, cause.status) or "First " in (self.hint[:6], cause.hint[:6]):
            return self
        return replace(self, hint=f"First {cause.id} must be ok")

    def as_dict(self) -> dict[str, str]:
        """The check for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Topic:
    """A check's name, from which its findings are made."""

    id: str
    title: str

    def ok(self, detail: str) -> Check:
        """Nothing to do."""
        return Check(self.id, self.title, "ok", detail)

    def found(self, status: Status, detail: str, hint: str) -> Check:
        """Something to tell, with what to do about it."""
        return Check(self.id, self.title, status, detail, hint)
