"""`chalklens eval` from the shell: options, tables, JSON, report."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chalklens.labelling.sheets import write_corpus


def write_split(shell: Any) -> str:
    write_corpus(shell.folder, "val")
    return str(shell.folder / "val.jsonl")


def test_a_model_is_scored_by_the_same_command_in_one_json_object(shell: Any):
    result = shell.run(
        "eval", "labels", "--split", write_split(shell), "--model", "my-edugraph", "--json"
    )
    assert result.exit_code == 0, result.output
    [report] = shell.rows(result)
    assert report["model"] == "table"
    [settings] = shell.benches.settings
    assert (settings.model, settings.labeller) == ("my-edugraph", "engine")
    figures = report["methods"]["labeller"]
    assert figures["plain"]["pages"] == 18
    assert figures["plain"]["micro_f1"] == pytest.approx(2 * 18 / (2 * 18 + 36 + 36))
    assert set(figures["intervals"]["micro_f1"]) == {"low", "high"}
    assert report["calibrations"]["given_out"]["pairs"] == 54
    assert report["latency"]["pages"] == 18
    assert report["reader"] == ""  # nothing had to be read
    assert shell.benches.media.closed


def test_people_get_tables_and_the_reason_why_baselines_are_missing(shell: Any):
    result = shell.run("eval", "labels", "--split", write_split(shell), "--model", "my-edugraph")
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "Micro-F1" in text
    assert result.stdout.count("Embedded") == 3  # named in every table, 80 characters wide
    assert "Baselines were left out: there is no train.jsonl beside val.jsonl." in text
    assert "--work DIR" in result.stderr


def test_report_and_predictions_go_where_they_are_asked_for(shell: Any):
    html, rows = shell.folder / "new" / "report.html", shell.folder / "predictions.jsonl"
    files = ("--html", str(html), "--predictions", str(rows))
    result = shell.run(
        "eval", "labels", "--split", write_split(shell), "--model", "my-edugraph", *files
    )
    assert result.exit_code == 0, result.output
    assert html.read_text("utf-8").startswith("<!doctype html>")
    first = json.loads(rows.read_text("utf-8").splitlines()[0])
    assert (first["id"], first["area"]) == ("sheet-00", ["Addition"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--split", "missing.jsonl"], "There is no split missing.jsonl"),
        (["--adapter", "mine"], "needs a model"),
        (["--model", "x", "--weights", "y"], "two labellers"),
        (["--baselines"], "There are no training pages"),
        (["--html", "."], "is a folder"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_helps(shell: Any, arguments: list[str], reason: str):
    named = [] if "--split" in arguments else ["--split", write_split(shell)]
    result = shell.run("eval", "labels", *named, *arguments)
    assert result.exit_code == 1
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_reading_names_its_split_in_the_same_way(shell: Any, tmp_path: Path):
    write_corpus(shell.folder, "val")
    result = shell.run("eval", "reading", "--split", str(shell.folder / "val.jsonl"))
    assert result.exit_code == 1
    assert "words.jsonl" in result.stderr
