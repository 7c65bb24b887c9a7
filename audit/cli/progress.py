"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from audit.cli.screen import note
from audit.wording import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_SHARES = 1.0


class Progress:
    """Counts what is done and failed; `collect.Watch`."""

    def __init__(self) -> None:
        self._total = self._done = self._failed = 0
        self._start = self._last = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def expect(self, total: int, *, most: bool = False) -> "Progress":
        """Start counting to `total` probes. most: it may be fewer."""
        self._total = total
        self._start = self._last = time.monotonic()
        if total and sys.stderr.isatty():
            self._open_bar(total)
        elif total:
            note(f"collecting: {'at most ' if most else ''}{total} probes to ask")
        return self

    def _open_bar(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("collecting"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]} failed"),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=Console(stderr=True),
            redirect_stdout=False, redirect_stderr=False,  # the adapter `python` does its own, and must have the last word
        )
        self._bar.start()
        self._task = self._bar.add_task("collecting", total=total, failed=0, rate="")

    def done(self) -> None:
        """Count a reply."""
        self._done += 1
        self._show()

    def failed(self, reason: str) -> None:
        """Count a failure."""
        self._failed += 1
        if self._failed == 1:
            self._line(f"first failure: {one_line(reason)}")
        self._show()

    def retrying(self, reason: str, seconds: float) -> None:
        """Say that the tool asked for a longer wait."""
        if seconds > _SECONDS_BETWEEN_LINES:
            self._line(f"{one_line(reason)}: waiting {seconds:.0f} s")

    def down(self, reason: str, seconds: float) -> None:
        """Say that the tool does not answer."""
        self._line(f"the tool does not answer ({one_line(reason)}): one call is tried in {seconds:.0f} s, the others wait")

    def up(self) -> None:
        """Say that it answers again."""
        self._line("the tool answers again")

    def say(self, line: str) -> None:
        """Say what an adaptive run has found so far."""
        self._line(line)

    def _rate(self) -> str:
        elapsed = max(time.monotonic() - self._start, 1e-6)
        return f"{(self._done + self._failed) / elapsed:.1f}/s"

    def _show(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done + self._failed, failed=self._failed, rate=self._rate())
        elif time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            left = (self._total - self._done - self._failed) * (self._last - self._start) / max(1, self._done + self._failed)
            note(f"collecting: {self._done} done, {self._failed} failed of {self._total}, {self._rate()}, about {left:.0f} s left")

    def _line(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            note(text)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress while a block runs."""
    shown = Progress()
    try:
        yield shown
    finally:
        shown.close()


class Shares:
    """How far the look at a large file has come: a bar on a terminal, a plain line now and then elsewhere; nothing for what is quick."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, name: str, share: float) -> None:
        """Show the share (0 to 1) of a file that was looked at."""
        if time.monotonic() - self._last < _SECONDS_BETWEEN_SHARES and not self._tasks:
            return
        if sys.stderr.isatty():
            self._draw(name, share)
        elif time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            note(f"checking {one_line(name, 80)}: {100 * share:.0f}%")

    def _draw(self, name: str, share: float) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        if self._bar is None:
            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(one_line(name, 40), total=1.0)
        self._bar.update(self._tasks[name], completed=share)
