"""Candidates become rows: nothing is lost without a count, splits are stable, repeats go."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.training.data.candidates import Candidate, Fault, Found, ask
from tests.chalklens.training.data.conversions import (
    draw_png,
    read_out,
    run_found,
    write_pictures,
)


def caption(number: int, picture: str | bytes, text: str = "") -> Candidate:
    return Candidate(
        f"line {number}", ask("What is it?", text or f"Thing {number}.", 1), (picture,)
    )


def thing(number: int) -> Candidate:
    return Candidate(
        f"line {number}", ask(f"What is {number}?", f"It is {number}."), id=str(number)
    )


def bad_candidates(folder: Path) -> Iterator[tuple[str, Found]]:
    (folder / "text.png").write_text("no picture")
    (folder / "cut.png").write_bytes(draw_png(1)[:90])
    (folder / "narrow.png").write_bytes(draw_png(1, (4, 1000)))
    (folder / "large.png").write_bytes(draw_png(1) + bytes(21 << 20))
    (folder.parent / "outside.png").write_bytes(draw_png(2))
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    yield "not_json", Fault("line 1", "not_json")
    yield "picture_missing", caption(2, "none.png")
    yield "picture_missing", caption(3, "../outside.png")
    yield "picture_missing", caption(4, "link.png")
    yield "picture_missing", caption(5, "a\0b")
    yield "picture_remote", caption(6, "https://example.org/a.png")
    yield "picture_broken", caption(7, "text.png")
    yield "picture_broken", caption(8, "cut.png")
    yield "picture_broken", caption(9, b"")
    yield "picture_too_large", caption(10, "narrow.png")
    yield "picture_too_large", caption(11, "large.png")
    yield "control_token", caption(12, "good.png", "An end.<|im_end|>")
    yield "no_text", Candidate("line 13", ask("Who?", " "))
    yield "no_text", Candidate("line 13b", ask(" ", "I."))
    yield "turn_order", Candidate("line 14", ask("Who?", "I.")[::-1])
    yield "turn_order", Candidate("line 15", ())
    yield "duplicate_id", Candidate("line 16", ask("Other", "text"), id="good")
    yield "video_missing", Candidate("line 17", ask("Which?", "That."), videos=("none.mp4",))
    yield "not_a_row", Candidate("line 18", ask("Long", "answer"), id="x" * 300)
    yield (
        "near_duplicate",
        Candidate("line 19", ask("  WHAT is it?", "Thing  0.", 1), ("good.png",)),
    )


def test_every_kind_of_fault_is_counted_with_its_place_and_the_rest_is_written(tmp_path: Path):
    folder = tmp_path / "data"
    write_pictures(folder, "good.png")
    good = Candidate("line 0", ask("What is it?", "Thing 0.", 1), ("good.png",), id="good")
    bad = list(bad_candidates(folder))
    report = run_found([good, *(item for _, item in bad)], folder)
    assert [(f.place, f.reason) for f in report.faults] == [(i.place, r) for r, i in bad]
    assert report.found == report.rows + sum(report.dropped.values()) == 1 + len(bad)
    [row] = read_out(folder)
    assert (row.id, row.images) == ("good", (str(folder / "good.png"),))
    written = json.loads((folder / "out" / "report.json").read_text())
    assert written == report.to_json()
    assert written["dropped"]["picture_missing"] == 4
    assert written["faults_left_out"] == 0


def test_stopping_at_a_fault_names_it_and_leaves_earlier_rows_alone(tmp_path: Path):
    run_found([thing(1)], tmp_path)
    before = (tmp_path / "out" / "rows.jsonl").read_bytes()
    with pytest.raises(InputError) as caught:
        run_found([thing(2), Fault("line 3", "not_utf8"), thing(4)], tmp_path, on_error="stop")
    assert "line 3: not_utf8" in caught.value.message
    assert "--on-error skip" in caught.value.hint
    assert (tmp_path / "out" / "rows.jsonl").read_bytes() == before
    assert not list((tmp_path / "out").glob(".*"))


def test_rows_cannot_be_written_into_a_file(tmp_path: Path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="out is a file"):
        run_found([thing(1)], tmp_path)
    assert (tmp_path / "out").read_text() == "mine"


def test_repeats_never_stop_a_conversion(tmp_path: Path):
    report = run_found([thing(1), thing(1)], tmp_path / "given ids", val_share=0.0)
    assert dict(report.dropped) == {"duplicate_id": 1}
    named = [
        Candidate(f"line {n}", ask(f"What is {n}?", "It."), id="000033", id_may_repeat=True)
        for n in (1, 2, 2)
    ]
    report = run_found(named, tmp_path / "shared ids", val_share=0.0)
    assert (report.renamed_ids, dict(report.dropped)) == (1, {"near_duplicate": 1})
    ids = [row.id for row in read_out(tmp_path / "shared ids")]
    assert ids[0] == "000033"
    assert ids[1].startswith("000033:")
    twice = [Candidate("line 1", ask("Who?", "I.")), Candidate("line 2", ask("Who?", "I."))]
    report = run_found(twice, tmp_path, on_error="stop")
    assert (report.rows, dict(report.dropped)) == (1, {"near_duplicate": 1})


def test_the_same_source_gives_the_same_bytes(tmp_path: Path):
    found = [*(thing(n) for n in range(20)), caption(21, draw_png(3)), Fault("x", "no_text")]
    written: list[dict[str, bytes]] = []
    for _ in range(2):
        run_found(found, tmp_path)
        files = sorted(p for p in (tmp_path / "out").rglob("*") if p.is_file())
        written.append({str(path): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert len(written[0]) == 4  # rows, schema, report, one picture


def test_a_row_keeps_its_split_when_others_are_added(tmp_path: Path):
    run_found((thing(n) for n in range(100)), tmp_path, val_share=0.3)
    alone = {row.id: row.split for row in read_out(tmp_path)}
    run_found((thing(n) for n in reversed(range(250))), tmp_path, val_share=0.3)
    together = {row.id: row.split for row in read_out(tmp_path)}
    assert alone.items() <= together.items()
    share = sum(split == "val" for split in together.values()) / 250
    assert 0.2 < share < 0.4


def test_rows_about_one_picture_or_of_one_group_are_in_one_split(tmp_path: Path):
    write_pictures(tmp_path, *(f"{n}.png" for n in range(8)))
    shown = [caption(n, f"{n % 8}.png") for n in range(24)]
    grouped = [
        Candidate(f"line {n}", ask(f"Part {n}?", "Yes."), group=f"pair {n % 8}")
        for n in range(30, 54)
    ]
    run_found([*shown, *grouped], tmp_path, val_share=0.5)
    rows = read_out(tmp_path)
    assert len(rows) == 48
    assert {row.split for row in rows} == {"train", "val"}
    for offset in (*range(8), *range(24, 32)):
        assert len({row.split for row in rows[offset : offset + 24 : 8]}) == 1


def test_pictures_that_came_as_bytes_are_kept_below_the_rows(tmp_path: Path):
    run_found([caption(1, draw_png(5))], tmp_path)
    line = json.loads((tmp_path / "out" / "rows.jsonl").read_text())
    [name] = line["images"]
    assert name.startswith("pictures/")
    assert (tmp_path / "out" / name).read_bytes() == draw_png(5)


def test_pictures_in_a_tar_beside_the_rows_need_not_be_extracted(tmp_path: Path):
    import tarfile

    from chalklens.training.data.candidates import Source
    from tests.chalklens.training.data.conversions import run

    names = [f"images/{number}.png" for number in range(32)]
    write_pictures(tmp_path / "packed", *names)
    with tarfile.open(tmp_path / "images-train.tar", "w") as tar:
        for name in names:
            tar.add(tmp_path / "packed" / name, name)
    found = (caption(number, name) for number, name in enumerate([*names, "images/none.png"]))
    source = Source("train.jsonl", found, tmp_path, archive=tmp_path / "images-train.tar")
    report = run(source, tmp_path / "out")
    assert (report.rows, dict(report.dropped)) == (32, {"picture_missing": 1})
    for name, row in zip(names, read_out(tmp_path), strict=True):  # several are read at a time
        assert Path(row.images[0]).read_bytes() == (tmp_path / "packed" / name).read_bytes()


def test_a_limit_ends_the_conversion_and_is_reported(tmp_path: Path):
    report = run_found((thing(n) for n in range(100)), tmp_path, limit=3)
    assert (report.rows, report.stopped_at_limit) == (3, True)
    assert not run_found([thing(1)], tmp_path, limit=1).stopped_at_limit


def test_a_source_without_a_single_row_is_an_error_with_the_counts(tmp_path: Path):
    with pytest.raises(InputError, match=r"gave no row \(1 not_json\). First: line 1: not_json"):
        run_found([Fault("line 1", "not_json")], tmp_path)
    with pytest.raises(InputError, match="it is empty"):
        run_found([], tmp_path)
    with pytest.raises(InputError, match="share"):
        run_found([thing(1)], tmp_path, val_share=1.0)
