"""`chalklens data` from the shell: one chain from a table of captions to a page."""

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.chalklens.training.data.conversions import write_pictures


def write_captions(folder: Path) -> Path:
    write_pictures(folder, "a.png", "b.png")
    file = folder / "captions.csv"
    file.write_text("image,caption\na.png,A dog.\nb.png,A cat.\nnone.png,Nothing.\n", "utf-8")
    return file


def test_a_table_is_converted_checked_counted_and_shown(shell: Any):
    file = write_captions(shell.folder)
    out, page = shell.folder / "my data", shell.folder / "new" / "page.html"
    result = shell.run("data", "convert", str(file), "--out", str(out), "--val-share", "0")
    assert result.exit_code == 0, result.output
    assert "2 rows (2 train, 0 val)" in result.stdout
    assert "1 of 3 were left out: 1 picture_missing" in result.stdout
    assert "line 4: picture_missing: no readable file 'none.png'" in result.stderr
    rows = str(out / "rows.jsonl")
    [hint] = [line for line in result.stderr.splitlines() if line.startswith("Look at them: ")]
    command = shlex.split(hint.removeprefix("Look at them: "))
    assert command == ["chalklens", "data", "preview", rows, "--out", "preview.html"]
    assert "2 good rows, 0 faulty lines" in shell.run("data", "check", rows).stdout
    assert "rows               2" in shell.run("data", "stats", rows).stdout
    result = shell.run("data", "preview", rows, "--out", str(page))
    assert result.exit_code == 0, result.output
    assert page.read_text("utf-8").count("<img") == 2


def test_a_preview_takes_the_place_of_no_device_or_pipe(shell: Any):
    """Renamed over, `/dev/stdout` would be a file from then on, for every program of the machine."""
    out, pipe = shell.folder / "data", shell.folder / "pipe"
    os.mkfifo(pipe)
    shell.run("data", "convert", "edugraph", "--out", str(out), "--limit", "1")
    result = shell.run("data", "preview", str(out / "rows.jsonl"), "--out", str(pipe))
    assert result.exit_code == 1
    assert "is a device or pipe" in result.stderr
    assert pipe.is_fifo()


def test_a_preview_is_written_where_a_link_leads_and_the_link_stays(shell: Any):
    out, link = shell.folder / "data", shell.folder / "link.html"
    link.symlink_to(shell.folder / "page.html")
    shell.run("data", "convert", "edugraph", "--out", str(out), "--limit", "1")
    result = shell.run("data", "preview", str(out / "rows.jsonl"), "--out", str(link))
    assert result.exit_code == 0, result.output
    assert link.is_symlink()
    assert "<html" in (shell.folder / "page.html").read_text("utf-8")


def test_json_gives_the_report_and_the_figures(shell: Any):
    out = shell.folder / "data"
    arguments = ("--out", str(out), "--limit", "5", "--json")
    result = shell.run("data", "convert", "edugraph", *arguments)
    [report] = shell.rows(result)
    assert report == json.loads((out / "report.json").read_text("utf-8"))
    assert (report["rows"], report["format"], report["stopped_at_limit"]) == (5, "ontology", True)
    [figures] = shell.rows(shell.run("data", "stats", str(out / "rows.jsonl"), "--json"))
    assert figures["rows"] == 5
    [check] = shell.rows(shell.run("data", "check", str(out / "rows.jsonl"), "--json"))
    assert check == {"good": 5, "faulty": 0, "faults": []}


def test_a_faulty_file_makes_check_fail(shell: Any):
    file = shell.folder / "rows.jsonl"
    file.write_text("{\n")
    result = shell.run("data", "check", str(file))
    assert result.exit_code == 1
    assert "line 1: not_a_row: This is not JSON" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ["convert", "captions.csv", "--on-error", "stop"],
            "captions.csv, line 4: picture_missing",
        ),
        (["convert", "owner/name"], "--format hf or --format modelscope"),
        (["convert", "captions.csv", "--format", "coco"], "not JSON"),
        (["convert", ""], "The name of the source is empty."),
        (["stats", "none.jsonl"], "cannot be read"),
        (["preview", "captions.csv"], "is a folder"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_helps(
    shell: Any, arguments: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
):
    write_captions(shell.folder)
    monkeypatch.chdir(shell.folder)
    out = () if arguments[0] == "stats" else ("--out", str(shell.folder))
    result = shell.run("data", *arguments, *out)
    assert result.exit_code == 1
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
