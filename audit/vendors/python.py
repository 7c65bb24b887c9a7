"""A Python function, `package.module:function`: it gets the probe's input and returns the output.

The plan's own folder is on the import path. A function runs in a thread of its own (an async one in an
event loop of its own), so that one that hangs cannot stop the audit; what it prints is kept off standard output.
"""

import asyncio
import contextlib
import copy
import importlib
import inspect
import math
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Json, Probe, Reply
from audit.vendors.aside import Aside, prints_aside, said
from audit.vendors.site import LARGEST_REPLY, Site, Tool, too_large, with_usage

Function = Callable[[dict[str, Json]], Any]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`call = "package.module:function"`."""

    call: str


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Import the function and give `ask`."""
    with prints_aside(), _importing_from(site.base), contextlib.closing(Aside()) as aside:
        function = _load(settings.call, site)

        async def ask(probe: Probe) -> Reply:
            result = await _in_thread(function, copy.deepcopy(probe.input))
            if inspect.isawaitable(result):
                result = await aside.run(result)
            return with_usage(_plain(result))

        yield Tool(ask)


def _load(call: str, site: Site) -> Function:
    module_name, _, function_name = call.partition(":")
    if not module_name or not function_name:
        raise ConnectionSetupError(
            f"connect.call = {call!r} is not of the form package.module:function",
            where=site.where, fix='Write for example call = "tool:answer".',
        )
    try:
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as bad:
        raise ConnectionSetupError(
            f"the module {module_name!r} cannot be imported: {said(bad)}",
            where=site.where, fix="Check connect.call, or install the package beside this one.",
        ) from None
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ConnectionSetupError(
            f"the module {module_name!r} has no function {function_name!r}", where=site.where, fix="Check connect.call."
        )
    return function  # type: ignore[no-any-return]  # callable() cannot know the arguments


@contextmanager
def _importing_from(base: Path) -> Iterator[None]:
    """Put the plan's folder on the import path; afterwards forget its modules, or the next plan's `tool` would be this one's."""
    before = set(sys.modules)
    sys.path.insert(0, str(base))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(base))
        for name in set(sys.modules) - before:
            if _lies_in(base, sys.modules[name]):
                del sys.modules[name]


def _lies_in(base: Path, module: Any) -> bool:
    """Return whether a module is the plan's own: in its folder, and not installed in an environment there."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return False
    path = Path(file)
    return path.is_relative_to(base) and not {"site-packages", "dist-packages"} & set(path.parts)


async def _in_thread(function: Function, given: dict[str, Json]) -> Any:
    """Call the function in a new daemon thread, which nobody waits for when it hangs. Raises Failure."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def finish(value: Any, failure: Failure | None) -> None:
        if future.done():
            _drop(value)
        elif failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(value)

    def work() -> None:
        value, failure = None, None
        try:
            value = function(given)
        except BaseException as bad:  # a tool may even call sys.exit()
            failure = Failure(said(bad))
        with contextlib.suppress(RuntimeError):  # the audit has ended meanwhile
            loop.call_soon_threadsafe(finish, value, failure)

    threading.Thread(target=work, name="tool", daemon=True).start()
    return await future


def _drop(value: Any) -> None:
    """Close a coroutine that came too late to be awaited."""
    if inspect.iscoroutine(value):
        value.close()


def _plain(value: Any) -> Json:
    """Return a result as JSON: NumPy's numbers become Python's. Raises Failure for anything else."""
    try:
        value = value.tolist() if hasattr(value, "tolist") else value
        raw = msgspec.json.encode(value, enc_hook=_from_numpy)
        plain = msgspec.json.decode(raw)
    except Exception as bad:
        raise Failure(f"the function returned a {type(value).__name__}, which is not JSON: {said(bad)}"[:300]) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise Failure(f"the function returned {value}, which is not a finite number")
    if len(raw) > LARGEST_REPLY:
        raise too_large()
    return plain


def _from_numpy(value: Any) -> Any:
    """Return what a NumPy number or array stands for. Raises TypeError for anything else."""
    if not hasattr(value, "tolist"):
        raise TypeError(f"it holds a {type(value).__name__}")
    return value.tolist()
