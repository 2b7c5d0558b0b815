# pyright: reportMissingTypeStubs=false, reportIncompatibleMethodOverride=false, reportUnknownMemberType=false
"""What a run says while it learns: JSON lines, plots, the progress bar, marks on checkpoints.

How it is used: callbacks of transformers' Trainer. `metrics.jsonl` gets a row for every log, with the
use of the experts of a mixture; `training.svg` and `losses.png` are drawn from it, and drawn anew by
every evaluation. A step that a continued run repeats counts as it was the last time. What it leaves out:
TensorBoard and SwanLab (`trackers.py`).
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from transformers import TrainerCallback

from chalklens.engines.moe_lora.ledger import RoutingLedger
from chalklens.errors import InputError
from chalklens.training.adapters.run_folder import PREFIX, mark_whole
from chalklens.training.svg_panels import Curve, arrange, draw_curves, stack

METRICS, SVG, PNG = "metrics.jsonl", "training.svg", "losses.png"
CURVES = {"loss": "Training loss", "eval_loss": "Validation loss", "balance": "Balance of experts"}
COLOURS = {"loss": "#1f5fa8", "eval_loss": "#c0392b"}
FINITE = ("loss", "grad_norm", "eval_loss", "train_loss")
PNG_SIZE, PNG_MARGIN = (860, 420), 50

Points = Sequence[tuple[float, float]]
Progress = Callable[[int, int, str], None]


class RunLog(TrainerCallback):
    """Writes rows and plots, of the first process only."""

    def __init__(
        self, work: Path, stage: str, ledger: RoutingLedger | None, tell: Progress
    ) -> None:
        self._work, self._stage, self._ledger, self._tell = work, stage, ledger, tell

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Look for the best checkpoint here: a run that is continued may have been moved."""
        if state.best_model_checkpoint:
            state.best_model_checkpoint = str(self._work / Path(state.best_model_checkpoint).name)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Move the bar; measure the last step too, which no interval may hit."""
        if state.global_step >= state.max_steps and args.eval_strategy != "no":
            control.should_evaluate = True
        if state.is_world_process_zero:
            self._tell(state.global_step, state.max_steps, f"training {self._stage}")

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Append a row.

        Raises:
            InputError: The run diverged: once a loss is no number, neither are the weights.
        """
        logs: Mapping[str, Any] = kwargs.get("logs") or {}
        check_finite(logs, state.global_step)
        if not state.is_world_process_zero:
            return
        row = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "step": state.global_step,
            **logs,
        }
        if self._ledger is not None and "loss" in logs:
            row |= describe_routing(self._ledger)
        with (self._work / METRICS).open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Draw."""
        if state.is_world_process_zero:
            draw_plots(self._work)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Everything of this checkpoint has been written."""
        if state.is_world_process_zero:
            mark_whole(self._work / f"{PREFIX}{state.global_step}")


def check_finite(logs: Mapping[str, Any], step: int) -> None:
    """Refuse a loss, or the length of a gradient, that is infinite or no number.

    Raises:
        InputError: One of them is.
    """
    for name in FINITE:
        if not math.isfinite(logs.get(name, 0.0)):
            raise InputError(
                f"The run diverged: {name} of step {step} is {logs[name]}. No adapter was written.",
                "Start it again with a lower learning_rate (--set learning_rate=...) in another --work.",
                code="diverged",
            )


def describe_routing(ledger: RoutingLedger) -> dict[str, Any]:
    """Mean share of each expert over layers since the last time, and the least share of a layer."""
    shares = list(ledger.take_shares().values())
    if not shares:
        return {}
    mean = [round(sum(part) / len(shares), 4) for part in zip(*shares, strict=True)]
    return {
        "balance": _round(ledger.balance),
        "routing_loss": _round(ledger.added),
        "expert_shares": mean,
        "least_share": round(min(min(share) for share in shares), 4),
    }


def _round(loss: Any) -> float | None:
    return None if loss is None else round(float(loss), 4)


def read_curves(metrics: Path) -> dict[str, list[tuple[float, float]]]:
    """Values by name and step."""
    found: dict[str, dict[float, float]] = {name: {} for name in CURVES}
    for line in metrics.read_text("utf-8").splitlines():
        row: Mapping[str, Any] = json.loads(line)
        for name in CURVES:
            if isinstance(row.get(name), int | float):
                found[name][float(row["step"])] = float(row[name])
    return {name: sorted(points.items()) for name, points in found.items() if points}


def draw_plots(work: Path) -> None:
    """Draw both pictures from the log; without a log there is nothing to draw."""
    if not (work / METRICS).exists():
        return
    curves = read_curves(work / METRICS)
    panels = [
        draw_curves(CURVES[name], f"{len(points)} values", "step", [Curve(points, main=True)])
        for name, points in curves.items()
    ]
    (work / SVG).write_text(stack(arrange(panels)), "utf-8")
    _draw_png({name: curves[name] for name in COLOURS if name in curves}, work / PNG)


def _draw_png(curves: Mapping[str, Points], file: Path) -> None:
    picture = Image.new("RGB", PNG_SIZE, "white")
    pen = ImageDraw.Draw(picture)
    width, height = (side - 2 * PNG_MARGIN for side in PNG_SIZE)
    highest = max((y for points in curves.values() for _, y in points), default=1.0) or 1.0
    last = max((x for points in curves.values() for x, _ in points), default=1.0) or 1.0
    pen.rectangle((PNG_MARGIN, PNG_MARGIN, PNG_MARGIN + width, PNG_MARGIN + height), outline="#bbb")
    for row, (name, points) in enumerate(curves.items()):
        places = [
            (PNG_MARGIN + width * x / last, PNG_MARGIN + height * (1 - y / highest))
            for x, y in points
        ]
        pen.line(places, fill=COLOURS[name], width=2)
        label = f"{CURVES[name]}: {points[-1][1]:.3f} at step {points[-1][0]:.0f}"
        pen.text((PNG_MARGIN, 8 + 16 * row), label, fill=COLOURS[name])
    pen.text((8, PNG_MARGIN - 6), f"{highest:.2f}", fill="#333")
    pen.text((PNG_MARGIN + width - 20, PNG_MARGIN + height + 8), f"{last:.0f}", fill="#333")
    picture.save(file)
