"""What `chalklens demo` prints: a table of calls, results and times, and what is missing.

How it is used: `print_run(run)`. What it leaves out: making the calls (`demo.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.commands.demo_run import QUESTION, DemoCall, DemoRun, Fields

MAX_TEXT_LINES = 12
MAX_EVIDENCE_LINES = 4


def print_run(run: DemoRun, console: Console | None = None) -> None:
    """Print everything."""
    console = console or Console()
    console.print(
        f"chalklens serve answered after [bold]{run.started_s:.1f} s[/] and offers "
        f"{escape(run.server)}."
    )
    table = Table("Call", "Result", show_lines=True)
    table.add_column("Time", justify="right")
    for call in run.calls:
        table.add_row(escape(call.title), "\n".join(_lines(call)), f"{call.took_s:.2f} s")
    console.print(table)
    console.print(
        "The first label loads reader and labeller; later ones are as fast as the second."
    )
    if missing := find_missing(run):
        console.print(f"[bold]Missing:[/] {escape(missing)}")


def find_missing(run: DemoRun) -> str:
    """Return what the server said it lacks; empty when it had everything."""
    return next((str(c.result["missing"]) for c in run.calls if c.result.get("missing")), "")


def _lines(call: DemoCall) -> Iterator[str]:
    result = call.result
    if call.error:
        yield f"[red]{escape(call.error.message)}[/]"
        yield escape(call.error.hint)
    elif "pictures" in result and "answer" not in result and "facts" not in result:
        for picture in result["pictures"]:
            yield from _label_lines(picture)
    elif "lines" in result:
        lines: list[Fields] = result["lines"]
        yield from (escape(str(line["text"])) for line in lines[:MAX_TEXT_LINES])
        if len(lines) > MAX_TEXT_LINES:
            yield f"... and {len(lines) - MAX_TEXT_LINES} more lines"
    else:
        yield f"[dim]{escape(QUESTION)}[/]"
        yield (
            escape(str(result["answer"]))
            if result.get("answer")
            else "No model to ask (see below)."
        )
        if result.get("model"):
            yield f"[dim]{escape(str(result['model']))}[/]"


def _label_lines(picture: Fields) -> Iterator[str]:
    if picture.get("unsupported"):
        yield "Not elementary mathematics: no labels."
        return
    confidence: dict[str, Any] = picture.get("confidence", {})
    for dimension in ("area", "scope", "ability"):
        labels = (_describe(label, confidence) for label in picture.get(dimension, []))
        yield f"[bold]{dimension.capitalize():8}[/] {', '.join(labels) or '-'}"
    yield from _evidence_lines(picture.get("evidence") or {})
    unsure = ", not sure" if picture.get("low_confidence") else ""
    if hint := picture.get("hint"):
        yield escape(str(hint))
    yield f"[dim]{escape(str(picture.get('labeller')))} labeller {escape(str(picture.get('model')))}{unsure}[/]"


def _evidence_lines(evidence: Mapping[str, Sequence[Fields]]) -> Iterator[str]:
    for label, spans in islice(evidence.items(), MAX_EVIDENCE_LINES):
        quotes = ", ".join(f'"{span["text"]}"' for span in spans)
        yield f"[dim]{escape(f'{label}: {quotes}')}[/]"
    if len(evidence) > MAX_EVIDENCE_LINES:
        yield f"[dim]... and evidence of {len(evidence) - MAX_EVIDENCE_LINES} more labels[/]"


def _describe(label: str, confidence: dict[str, Any]) -> str:
    return f"{escape(label)} {confidence[label]:.2f}" if label in confidence else escape(label)
