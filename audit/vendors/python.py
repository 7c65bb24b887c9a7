"""A Python function, `package.module:function`: it gets the probe's input and returns the output.

The plan's own folder is on the import path. A plain function runs in a thread of its own, so that one
that hangs cannot stop the audit; what it prints goes to standard error.
"""

import asyncio
import importlib
import inspect
import math
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, redirect_stdout
from typing import Any

import msgspec
from msgspec import Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Json, Probe, Reply
from audit.vendors.site import Site, Tool


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`call = "package.module:function"`."""

    call: str


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Import the function and give `ask`."""
    with redirect_stdout(sys.stderr):
        function = _load(settings.call, site)

        async def ask(probe: Probe) -> Reply:
            given = dict(probe.input)
            try:
                result = await (function(given) if inspect.iscoroutinefunction(function) else _in_thread(function, given))
            except Exception as bad:
                raise Failure(f"{type(bad).__name__}: {bad}"[:300]) from None
            return Reply(_plain(result))

        yield Tool(ask)


def _load(call: str, site: Site) -> Callable[[dict[str, Json]], Any]:
    module_name, _, function_name = call.partition(":")
    if not module_name or not function_name:
        raise ConnectionSetupError(
            f"connect.call = {call!r} is not of the form package.module:function", where=site.where
        )
    base = str(site.base)
    sys.path.insert(0, base)
    try:
        module = importlib.import_module(module_name)
    except Exception as bad:
        raise ConnectionSetupError(
            f"the module {module_name!r} cannot be imported: {type(bad).__name__}: {bad}",
            where=site.where, fix="Check connect.call, or install the package beside this one.",
        ) from None
    finally:
        sys.path.remove(base)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ConnectionSetupError(f"the module {module_name!r} has no function {function_name!r}", where=site.where)
    return function


async def _in_thread(function: Callable[[dict[str, Json]], Any], given: dict[str, Json]) -> Any:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def finish(value: Any, error: Exception | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(value)

    def work() -> None:
        value, error = None, None
        try:
            value = function(given)
        except BaseException as bad:  # noqa: BLE001 - a tool may even call sys.exit()
            error = RuntimeError(f"{type(bad).__name__}: {bad}")
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish, value, error)

    threading.Thread(target=work, daemon=True).start()
    return await future


def _plain(value: Any) -> Json:
    """Return a result as JSON: NumPy's numbers become Python's. Raises Failure for anything else."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise Failure(f"the function returned {value}, which is not a finite number")
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError) as bad:
        raise Failure(f"the function returned a {type(value).__name__}, which is not JSON: {bad}"[:300]) from None
