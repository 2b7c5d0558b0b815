"""A progress bar for work that reports steps: reading a corpus, folds, epochs.

How it is used: `with StepBar() as progress: train_labeller(recipe, progress)`. On stderr; where
that is no terminal, a line at the start of each kind of work. What it leaves out: rich, until a bar
is drawn.
"""

import sys
from types import TracebackType
from typing import Any

from server.commands.output import write_note


class StepBar:
    """Called with steps done, steps in all (0: nobody knows), and what is being done."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._what = ""

    def __enter__(self) -> "StepBar":
        if self._shown:
            from rich import progress
            from rich.console import Console

            self._bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show how far it is."""
        if what != self._what:
            self._what = what
            if self._bar is None:
                write_note(f"{what}: {total} steps" if total else what)
            else:
                self._task = self._bar.add_task(what, total=total or None)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total or None)
