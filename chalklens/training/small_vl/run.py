# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The run: step after step through the stages, with checkpoints and a log.

How it is used: `Run(...).learn(progress, ...)` with a learner and its `Lessons`. A step's batch
depends on the seed and the step's number only, so a run that was interrupted goes on as if it had
not been. What it leaves out: what is learnt in a step (`learner.py`).
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import torch

from chalklens.errors import InputError
from chalklens.training.journal import Journal
from chalklens.training.small_vl.batches import Batch
from chalklens.training.small_vl.checkpoint import RunState, load_checkpoint, save_checkpoint
from chalklens.training.small_vl.learner import Learner
from chalklens.training.small_vl.lessons import Batches, Lessons
from chalklens.training.small_vl.schedule import EDGE, Schedule, StageName

Progress = Callable[[int, int, str], None]
AHEAD = 4  # batches each loader makes in advance
HELD_OUT_BATCHES = 8
HELD_OUT_LOGS = 10  # measured with every tenth row of the log


class Run:
    """One run, from its checkpoint to its end."""

    def __init__(
        self,
        work: Path,
        learner: Learner,
        schedule: Schedule,
        lessons: Lessons,
        journal: Journal,
        fingerprint: str,
    ) -> None:
        self._file = work / "checkpoint.safetensors"
        self._learner, self._schedule, self._lessons = learner, schedule, lessons
        self._journal, self._fingerprint = journal, fingerprint
        self._seen: dict[str, list[torch.Tensor]] = defaultdict(list)
        self._last: list[torch.Tensor] = []
        self._rows, self._since = 0, 0.0

    def learn(
        self, progress: Progress, checkpoint_s: float, log_steps: int, loaders: int = 0
    ) -> RunState:
        """Go on to the end and return how far that was; `loaders` processes make batches.

        Raises:
            InputError: The run diverged; the last checkpoint is from before.
        """
        state = load_checkpoint(self._file, self._learner, self._fingerprint)
        saved, self._since = time.monotonic(), state.seconds
        for seconds, batch, name in self._batches(state, loaders):
            began = time.monotonic() - seconds
            self._step(state, batch, name)
            state.step += 1
            state.seconds += time.monotonic() - began
            if state.step % log_steps == 0:
                self._log(state, name, measured=state.step % (HELD_OUT_LOGS * log_steps) == 0)
            if time.monotonic() - saved >= checkpoint_s:
                self._save(state)
                saved = time.monotonic()
            self._show(progress, state, name)
        self._save(state)
        return state

    def _save(self, state: RunState) -> None:
        self._check_losses(state)
        save_checkpoint(self._file, self._learner, state, self._fingerprint)

    def _check_losses(self, state: RunState) -> None:
        """Once a loss is no number, neither are the weights: nothing that follows is worth its time."""
        if all(bool(torch.isfinite(value)) for value in self._last):
            return
        raise InputError(
            f"The run diverged: the loss of step {state.step} is not a finite number.",
            "Start it again with a lower learning rate or another --seed, in another --work.",
            code="diverged",
        )

    def _batches(self, state: RunState, loaders: int) -> Iterator[tuple[float, Batch, StageName]]:
        """Yield the seconds a batch took, the batch and its stage, until the schedule ends."""
        while (position := self._position(state)) < 1 - EDGE:
            stage, start = self._schedule.stage(position)
            loaded = self._load(stage.name, state.step, loaders)
            while self._position(state) < start + stage.share - EDGE:
                began = time.monotonic()
                batch = next(loaded)
                yield time.monotonic() - began, batch, stage.name

    def _load(self, name: StageName, step: int, loaders: int) -> Iterator[Batch]:
        batches = self._lessons.stages[name]
        if not loaders:
            return (batches[number] for number in count(step))
        from torch.utils.data import DataLoader

        steps: Any = count(step)
        source: Any = batches
        loader = DataLoader(
            source,
            batch_size=None,
            sampler=steps,
            num_workers=loaders,
            prefetch_factor=AHEAD,
            pin_memory=self._learner.device.type == "cuda",
            worker_init_fn=_start_loader,
        )
        return iter(loader)

    def _step(self, state: RunState, batch: Batch, name: StageName) -> None:
        position = self._position(state)
        rate = self._schedule.rate(position, self._learner.settings)
        if name == "tower":
            found = self._learner.step_tower(batch, rate)
        else:
            found = self._learner.step(batch, rate)
        if name == "reading":
            found = {"reading_loss": found["loss"]}
        self._rows += len(batch.answers)
        self._last = list(found.values())
        for key, value in found.items():
            self._seen[key].append(value)

    def _log(self, state: RunState, name: StageName, *, measured: bool) -> None:
        self._check_losses(state)
        means = {key: float(torch.stack(values).mean()) for key, values in self._seen.items()}
        means["rows_per_s"] = self._rows / max(1e-9, state.seconds - self._since)
        self._rows, self._since = 0, state.seconds
        self._seen.clear()
        if measured and self._lessons.held_out is not None and name == "labels":
            means["held_out_loss"] = self._measure_held_out(self._lessons.held_out)
        rounded = {key: round(value, 5) for key, value in means.items()}
        self._journal.write(
            "steps", step=state.step, stage=name, seconds=round(state.seconds, 1), **rounded
        )

    @torch.no_grad()
    def _measure_held_out(self, batches: Batches) -> float:
        losses = [float(self._learner.losses(batches[i])[0]) for i in range(HELD_OUT_BATCHES)]
        return sum(losses) / len(losses)

    def _position(self, state: RunState) -> float:
        return self._schedule.position(state.step, state.seconds)

    def _show(self, progress: Progress, state: RunState, name: StageName) -> None:
        done = min(1000, round(1000 * self._position(state)))
        progress(done, 1000, f"learning ({name})")


def _start_loader(number: int) -> None:
    """One thread per loader: there are as many loaders as cores."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
