"""A file of rows is checked, counted and shown."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.training.data.candidates import Candidate, ask
from chalklens.training.data.checking import check_rows
from chalklens.training.data.preview import Preview, render_preview
from chalklens.training.data.rows import Part
from chalklens.training.data.statistics import measure_rows
from tests.chalklens.training.data.conversions import (
    decode,
    draw_png,
    run_found,
    write_lines,
    write_pictures,
)

EVIL = "<script>alert(1)</script>"


def write_rows(folder: Path, count: int = 6) -> Path:
    """Write rows about two pictures, every second with a label."""
    write_pictures(folder, "a.png", "b.png")
    run_found(
        [
            Candidate(
                f"line {n}",
                ask(f"What is {n}?", f"{EVIL} {n}", 1),
                (("a.png", "b.png")[n % 2],),
                id=f"row {n}",
                labels=("Addition",) if n % 2 else (),
            )
            for n in range(count)
        ],
        folder,
        val_share=0.5,
    )
    return folder / "out" / "rows.jsonl"


def show(file: Path, count: int = 60) -> Preview:
    return asyncio.run(render_preview(file, decode, count))


def test_good_rows_are_good(tmp_path: Path):
    check = check_rows(write_rows(tmp_path))
    assert (check.good, check.faulty, check.faults) == (6, 0, [])


def test_every_bad_line_is_named(tmp_path: Path):
    file = write_rows(tmp_path)
    lines = file.read_bytes().splitlines()
    lost = lines[1].replace(b"b.png", b"lo\\u001b[2Jst.png").replace(b"row 1", b"row 9")
    write_lines(file, [lines[0], b"{", b"\xff", lines[0], lost, b"{}"])
    check = check_rows(file)
    assert (check.good, check.faulty) == (1, 5)
    assert [(f.place, f.reason) for f in check.faults] == [
        ("line 2", "not_a_row"),
        ("line 3", "not_a_row"),
        ("line 4", "duplicate_id"),
        ("line 5", "picture_missing"),
        ("line 6", "not_a_row"),
    ]
    assert check.faults[3].detail.endswith(r"/lo\x1b[2Jst.png'")


def test_a_video_is_a_file_or_a_folder_of_frames(tmp_path: Path):
    (tmp_path / "film").mkdir()
    told = ask("What happens?", "Nothing.")
    told = (replace(told[0], content=(Part("video"), *told[0].content)), told[1])
    found = [Candidate("line 1", told, videos=("film",))]
    with pytest.raises(InputError, match="video_missing"):
        run_found(found, tmp_path)
    (tmp_path / "film" / "1.png").write_bytes(draw_png(1))
    run_found(found, tmp_path)
    file = tmp_path / "out" / "rows.jsonl"
    assert check_rows(file).good == 1
    (tmp_path / "film" / "1.png").unlink()
    assert [fault.reason for fault in check_rows(file).faults] == ["video_missing"]


def test_statistics_count_what_there_is(tmp_path: Path):
    figures = measure_rows(write_rows(tmp_path)).to_json()
    assert figures["rows"] == sum(figures["splits"].values()) == 6
    assert figures["labels"] == {"Addition": 3}
    assert (figures["distinct_pictures"], figures["pictures_per_row"]) == (2, {"1": 6})
    assert figures["question_chars"] == {"least": 10, "median": 10, "p95": 10, "greatest": 10}
    assert figures["rare_labels"] == 1
    assert json.dumps(figures)


def test_the_preview_shows_pictures_and_runs_nothing(tmp_path: Path):
    preview = show(write_rows(tmp_path))
    assert (preview.shown, preview.rows) == (6, 6)
    assert preview.page.count("data:image/jpeg;base64,") == 6
    assert EVIL not in preview.page
    assert "&lt;script&gt;alert(1)" in preview.page
    assert "default-src 'none'" in preview.page
    assert not re.search(r"(?:src|href)=\"(?!data:)", preview.page)


def test_the_preview_is_bounded_and_takes_rows_from_everywhere(tmp_path: Path):
    preview = show(write_rows(tmp_path, 50), 5)
    assert re.findall(r"<small>(row \d+)", preview.page) == [
        "row 0",
        "row 10",
        "row 20",
        "row 30",
        "row 40",
    ]
    run_found([Candidate("line 1", ask("?", "x" * 100_000))], tmp_path)
    assert len(show(tmp_path / "out" / "rows.jsonl").page) < 20_000
    run_found([Candidate("line 1", ask("?", "x" * 2000) * 20)], tmp_path)
    page = show(tmp_path / "out" / "rows.jsonl").page
    assert "and 32 more messages" in page
    assert len(page) < 20_000


def test_a_picture_that_is_gone_does_not_end_the_preview(tmp_path: Path):
    file = write_rows(tmp_path)
    (tmp_path / "a.png").unlink()
    (tmp_path / "b.png").write_bytes(draw_png(1)[:90])
    page = show(file).page
    assert "a.png: It cannot be read: No such file or directory." in page
    assert page.count("<img") == 0


def test_an_empty_file_has_no_preview(tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text("")
    with pytest.raises(InputError, match="holds no row"):
        show(tmp_path / "rows.jsonl")
