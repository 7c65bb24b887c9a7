"""Plans on an existing Dask cluster. Only paths, counts and words go over it: a plan's secrets come from the environment of the worker.

A worker runs a plan as this machine would, in a process of its own. When a worker dies, Dask gives its plans to others, and these go on
from the journals in the run folders, which all machines see at the same path (docs/decisions/0018-fleet-and-storage.md).
"""

import asyncio
import contextlib
import itertools
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from audit import __version__
from audit.errors import FleetError
from audit.fleet.checking import Checked, check_plan
from audit.fleet.jobs import Ended, Job, failed
from audit.fleet.process import run_alone
from audit.fleet.running import Stop
from audit.wording import one_line

_TO_ANSWER = 15.0
"""Seconds for the scheduler to answer."""
_PATIENCE = 150.0
"""Seconds that a worker waits for a run folder: a file server frees the lock of a machine that died after its lease, 90 seconds as a rule."""
_LOOKS = 0.5
_GRACE = 60.0
_stopped: set[str] = set()
"""In a worker: the fleets that were asked to stop."""


class Cluster:
    """A connection to a scheduler whose workers have our version; made by `cluster`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._id = uuid.uuid4().hex
        self._numbers = itertools.count()
        self._asked = threading.Lock()
        self._told = False

    def check(self, plans: Sequence[Path], out: Path | None, today: date, *, score: bool) -> list[Checked]:
        """Return what each plan would do, as a worker sees it: its files, and its environment."""
        work = [self._submit(check_on_worker, str(plan), str(out) if out else None, today, score, __version__) for plan in plans]
        return list(self._client.gather(work))

    def run(self, job: Job, stop: Stop, minutes: float | None) -> Ended:
        """Have a worker run a plan, and wait for it."""
        future = self._submit(run_on_worker, job, self._id, minutes, __version__)
        until = None
        while not future.done():
            if stop.asked.is_set() and until is None:
                self._tell_workers()
                until = time.monotonic() + _GRACE
            if stop.now.is_set() or (until is not None and time.monotonic() > until):
                future.cancel(force=True)
                return Ended("stopped", 3, because="stopped; a worker may still be ending it")
            time.sleep(_LOOKS)
        return _result(future)

    def _submit(self, work: Callable[..., Any], *given: Any) -> Any:
        return self._client.submit(work, *given, key=f"audit-fleet-{self._id}-{next(self._numbers)}", pure=False)

    def _tell_workers(self) -> None:
        with self._asked:
            if not self._told:
                self._client.run(stop_on_worker, self._id, on_error="ignore")
            self._told = True


def _result(future: Any) -> Ended:
    try:
        found = future.result()
    except (Exception, asyncio.CancelledError) as bad:
        if "Cancelled" in type(bad).__name__:
            return failed("the connection to the scheduler was lost; a worker may be finishing it, and the same command goes on from there")
        return failed(one_line(f"the cluster gave it up: {type(bad).__name__}: {bad}", 300))
    return found if isinstance(found, Ended) else failed("the worker sent something else than a result")


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to a scheduler. Raises FleetError: no Dask here, no answer, no worker, or another version of this program anywhere."""
    try:
        dask = import_module("distributed")
    except ImportError:
        raise FleetError("--scheduler needs Dask", fix='Install it: pip install "edtech-equity-audit[fleet]".') from None
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)   # what it would say, we say in one line
    try:
        asyncio.run(_reach(dask, address))   # a Client that does not get through says so again and again, until the program has ended
        client = dask.Client(address, timeout=_TO_ANSWER, set_as_default=False)
    except Exception as bad:
        raise FleetError(
            f"the scheduler does not answer: {one_line(str(bad) or type(bad).__name__, 200)}", where=one_line(address, 100),
            fix="Check the address (tcp://HOST:8786), and that the scheduler runs.",
        ) from None
    try:
        _check_versions(client, address)
        yield Cluster(client)
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=_LOOKS * 4)


async def _reach(dask: Any, address: str) -> None:
    """Open a connection to a scheduler, and close it."""
    security = dask.Security().get_connection_args("client")
    await (await dask.comm.connect(address, timeout=_TO_ANSWER, **security)).close()


def _check_versions(client: Any, address: str) -> None:
    def version_here() -> str:   # inside a function it is sent as code: it needs nothing of ours over there
        try:
            from audit import __version__ as here
        except ImportError:
            return ""
        return str(here)

    where = one_line(address, 100)
    try:
        found = client.run(version_here)
        found["the scheduler"] = client.run_on_scheduler(version_here)
    except Exception as bad:
        raise FleetError(f"the cluster cannot be asked for its version of this program: {one_line(str(bad), 200)}", where=where) from None
    if len(found) == 1:
        raise FleetError("the cluster has no worker", where=where, fix="Start workers, for example: dask worker ADDRESS --nthreads 4.")
    for machine, version in found.items():
        if version != __version__:
            has = f"has version {one_line(version, 40)} of edtech-equity-audit" if version else "does not have edtech-equity-audit"
            raise FleetError(f"{machine} {has}, this machine {__version__}", where=where, fix="Install the same version everywhere.")


def check_on_worker(plan: str, out: str | None, today: date, score: bool, version: str) -> Checked:
    """Return what a plan would do, in a worker."""
    if version != __version__:
        return Checked(plan, ended=Ended("wrong", 2, because=_other(version)))
    return check_plan(Path(plan), Path(out) if out else None, os.environ, today, score=score)


def run_on_worker(job: Job, fleet: str, minutes: float | None, version: str) -> Ended:
    """Run a plan in a worker. It goes on where another worker stopped, once that one's run folder is free."""
    if version != __version__:   # a worker that came later
        return failed(_other(version))
    return run_alone(job, lambda: fleet in _stopped, minutes=minutes, patience=_PATIENCE)


def stop_on_worker(fleet: str) -> None:
    """Have a worker end its plans of a fleet, keeping what has arrived."""
    _stopped.add(fleet)


def _other(version: str) -> str:
    return f"a worker has version {__version__} of edtech-equity-audit, the fleet was started by {version}"
