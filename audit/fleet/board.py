"""What became of each plan, kept in fleet.json as it happens."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from audit import __version__, runs
from audit.errors import RunFolderError
from audit.fleet.checking import Checked
from audit.fleet.jobs import Ended
from audit.records.fleets import SCHEMA, Fleet, FleetPlan

_WORST = 3


class Board:
    """The state of every plan; each change is written to fleet.json, so that others can look on. May be used from several threads.

    plans: in the order in which they are shown. tell: gets a plan's name and a line. Raises RunFolderError at once where fleet.json cannot be written.
    """

    def __init__(self, folder: Path, plans: Sequence[Checked], scheduler: str, clock: Callable[[], str], tell: Callable[[str, str], None]) -> None:
        self._file = folder / "fleet.json"
        self._scheduler = scheduler
        self._clock = clock
        self.tell = tell
        self._lock = threading.Lock()
        self._plans = {one.plan: _entry(one, folder) for one in plans}
        runs.write_json(self._file, self._fleet(None))

    def started(self, one: Checked) -> None:
        """Say that a plan has begun."""
        self._set(one, msgspec.structs.replace(self._plans[one.plan], status="running"))
        self.tell(self.name(one), "started")

    def ended(self, one: Checked, how: Ended) -> None:
        """Say how a plan has ended."""
        self._set(one, _with(self._plans[one.plan], how))
        self.tell(self.name(one), f"{how.status}, exit code {how.exit_code}{f': {how.because}' if how.because else ''}")

    def name(self, one: Checked) -> str:
        """Return what a plan is called in a line of progress."""
        return self._plans[one.plan].plan.removesuffix("/plan.toml")

    def finish(self) -> Fleet:
        """Write and return the result. What has not ended was stopped. Raises RunFolderError where it cannot be written."""
        with self._lock:
            for key, plan in self._plans.items():
                if plan.exit_code is None:
                    self._plans[key] = msgspec.structs.replace(plan, status="stopped", exit_code=_WORST, because=plan.because or "stopped before it began")
            fleet = self._fleet(worst(p.exit_code or 0 for p in self._plans.values()))
            runs.write_json(self._file, fleet)
        return fleet

    def _set(self, one: Checked, entry: FleetPlan) -> None:
        with self._lock:
            self._plans[one.plan] = entry
            try:
                runs.write_json(self._file, self._fleet(None))
            except RunFolderError as error:   # the plans go on; `finish` says it again
                self.tell("fleet.json", str(error))

    def _fleet(self, code: int | None) -> Fleet:
        return Fleet(SCHEMA, __version__, self._clock(), self._scheduler, code, tuple(self._plans.values()))


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of all together: 0, 1 where something is not met, 3 where a plan could not be assessed, failed or was wrong."""
    return max((code if code in (0, 1) else _WORST for code in codes), default=0)


def _entry(one: Checked, folder: Path) -> FleetPlan:
    entry = FleetPlan(_shown(one.plan, folder), _shown(one.run, folder) if one.run else "", one.tool, one.vendor, one.version, "waiting", planned=one.planned)
    return _with(entry, one.ended) if one.ended is not None else entry


def _with(entry: FleetPlan, how: Ended) -> FleetPlan:
    found = {name: getattr(how, name) for name in Ended.__struct_fields__} | {"planned": how.planned or entry.planned}
    return msgspec.structs.replace(entry, **found)


def _shown(path: str, folder: Path) -> str:
    """Return a path relative to the folder where it lies below it, with forward slashes."""
    try:
        return Path(path).relative_to(folder.absolute()).as_posix()
    except ValueError:
        return path
