import os
import sys
from typing import Any

import anyio
import pytest

from chalklens.engines.absent import AbsentEngine
from server.commands.benches import SHEET_WORKERS, count_cores, map_in_order


def test_label_writes_one_object_per_file_with_the_keys_scripts_rely_on(shell: Any):
    [sheet] = shell.make_files("sheet.png")
    result = shell.run("label", "--json", sheet)
    assert result.exit_code == 0
    assert shell.rows(result) == [
        {
            "image": sheet,
            "page": None,
            "area": ["Addition"],
            "scope": ["TwoOperands"],
            "ability": ["ProcedureExecution"],
            "confidence": {"Addition": 0.97, "TwoOperands": 0.8, "ProcedureExecution": 0.6},
            "probabilities": {
                "Addition": 0.97,
                "TwoOperands": 0.8,
                "ProcedureExecution": 0.6,
                "Subtraction": 0.07,
            },
            "evidence": {
                "Addition": [
                    {"text": "7 + 5 =", "box_px": [10, 20, 60, 30]},
                    {"text": "8 + 2 =\\u202e", "box_px": [10, 20, 60, 30]},
                ],
                "TwoOperands": [{"text": "7 + 5 =", "box_px": [10, 20, 60, 30]}],
            },
            "labeller": "embedded",
            "model": "table",
            "revision": "",
            "adapter": "",
            "ontology": "",
            "unsupported": False,
            "low_confidence": False,
            "rejected": [],
        }
    ]


def test_rows_come_in_the_order_of_the_arguments_and_few_files_are_open_at_a_time(shell: Any):
    sheets = shell.make_files(*(f"{number:03}.png" for number in range(50)))
    result = shell.run("label", "--json", *sheets)
    assert [row["image"] for row in shell.rows(result)] == sheets
    assert shell.benches.media.most_open <= 4


@pytest.mark.parametrize("command", ["label", "read"])
def test_many_files_get_a_sheet_worker_per_core_and_one_file_gets_one(shell: Any, command: str):
    shell.run(command, "--json", *shell.make_files(*(f"{number}.png" for number in range(20))))
    shell.run(command, "--json", *shell.make_files("0.png"))
    many, one = (settings.sheet_workers for settings in shell.benches.settings)
    assert many == min(count_cores(), SHEET_WORKERS)
    assert one == 1


def test_who_says_how_many_sheet_workers_there_are_gets_as_many_files_at_a_time(shell: Any):
    sheets = shell.make_files(*(f"{number:02}.png" for number in range(30)))
    result = shell.run("label", "--json", "--sheet-workers", "7", *sheets)
    [settings] = shell.benches.settings
    assert settings.sheet_workers == 7
    assert shell.benches.media.most_open == 7
    assert [row["image"] for row in shell.rows(result)] == sheets


def test_a_file_that_fails_gives_an_error_row_and_the_others_go_on(shell: Any):
    sheets = shell.make_files("a.png", "broken.png", "c.png")
    result = shell.run("label", "--json", *sheets, str(shell.folder / "missing.png"))
    rows = shell.rows(result)
    assert result.exit_code == 1
    assert rows[1] == {
        "image": sheets[1],
        "error": {
            "code": "unreadable_media",
            "message": "The file is cut off.",
            "hint": "Save it again.",
        },
    }
    assert rows[2]["area"] == ["Addition"]
    assert rows[3]["error"]["code"] == "unresolvable_reference"
    assert result.stderr == ""


def test_without_json_people_get_one_line_per_dimension_and_failures_on_stderr(shell: Any):
    result = shell.run("label", *shell.make_files("a.png", "broken.png"))
    assert "Area     Addition 0.97" in result.stdout
    assert "Ability  ProcedureExecution 0.60" in result.stdout
    assert "The file is cut off." not in result.stdout
    assert "broken.png: The file is cut off." in result.stderr
    assert "Save it again." in result.stderr
    assert "Traceback" not in result.output


def test_people_who_ask_for_evidence_get_it_under_each_dimension_and_others_do_not(shell: Any):
    [sheet] = shell.make_files("a.png")
    lines = shell.run("label", "--evidence", sheet).stdout.splitlines()
    assert lines[1:] == [
        "  Area     Addition 0.97",
        '           Addition: "7 + 5 =", "8 + 2 =\\u202e"',
        "  Scope    TwoOperands 0.80",
        '           TwoOperands: "7 + 5 ="',
        "  Ability  ProcedureExecution 0.60",
    ]
    assert "7 + 5" not in shell.run("label", sheet).stdout


def test_a_labeller_that_points_at_nothing_is_told_as_such(shell: Any):
    result = shell.run("label", "--evidence", *shell.make_files("plain.png"))
    assert "Evidence - (the labeller points at nothing here)" in result.stdout


def test_a_labeller_that_is_unsure_tells_people_what_to_do(shell: Any):
    sure, unsure = shell.make_files("a.png", "unsure.png")
    assert "bigger picture" in shell.run("label", unsure).stdout
    assert "bigger picture" not in shell.run("label", sure).stdout


def test_each_asked_page_gets_a_row(shell: Any):
    result = shell.run("label", "--json", "--page", "2", "--page", "3", *shell.make_files("a.pdf"))
    assert [row["page"] for row in shell.rows(result)] == [2, 3]
    result = shell.run("label", "--json", "--page", "2-4,7", *shell.make_files("a.pdf"))
    assert [row["page"] for row in shell.rows(result)] == [2, 3, 4, 7]


@pytest.mark.parametrize("command", [["label"], ["read"], ["ask", "Sums?", "-i"]])
@pytest.mark.parametrize("name", ["a.png", "broken.png"])
def test_the_name_of_a_file_cannot_steer_the_terminal(shell: Any, command: list[str], name: str):
    shell.benches.engine = AbsentEngine()
    files = shell.make_files(f"{name}\x1b[2J.png", "b.png")
    result = shell.run(*command, *(files[:1] if command[0] == "ask" else files))
    assert "\x1b" not in result.output


@pytest.mark.parametrize("name", ["a" * 5000, "\u00fc" * 300])
def test_a_name_that_is_too_long_fails_alone(shell: Any, name: str):
    result = shell.run("label", "--json", name, *shell.make_files("a.png"))
    assert result.exit_code == 1
    long, good = shell.rows(result)
    assert "too long" in long["error"]["message"]
    assert good["area"] == ["Addition"]


def test_a_name_is_found_in_another_unicode_spelling(shell: Any):
    (shell.folder / "fu\u0308nf.png").write_bytes(b"picture")  # as a Mac writes it
    result = shell.run("label", "--json", str(shell.folder / "f\u00fcnf.png"))
    assert result.exit_code == 0, result.output
    [settings] = shell.benches.settings
    assert settings.roots == (shell.folder.resolve(),)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take only text as names")
def test_a_name_that_is_no_text_is_said_to_be_none(shell: Any):
    name = os.fsdecode(b"bad\xff.png")
    (shell.folder / name).write_bytes(b"picture")
    result = shell.run("label", str(shell.folder / name))
    assert result.exit_code == 1
    assert "The name of the file is no valid text." in result.stderr


@pytest.mark.parametrize(
    "name", ["two words.png", "@at.png", "100%25 #1?.png", "-dash.png", "äö 题.png", " blank .png"]
)
def test_a_file_is_found_whatever_its_name(shell: Any, name: str):
    [sheet] = shell.make_files(name)
    result = shell.run("label", "--json", "--", sheet)
    assert result.exit_code == 0, result.output
    assert [row["image"] for row in shell.rows(result)] == [sheet]
    assert shell.benches.media.references[0].startswith("file:///")


def test_only_the_folders_of_the_named_files_are_read(shell: Any):
    sheets = shell.make_files("a.png", "b.png")
    (shell.folder / "link.png").symlink_to(sheets[0])
    shell.run("label", "--json", *sheets, str(shell.folder / "link.png"))
    [settings] = shell.benches.settings
    assert settings.roots == (shell.folder.resolve(),)


def test_a_folder_is_refused_with_what_to_write_instead(shell: Any):
    result = shell.run("label", "--json", str(shell.folder))
    [row] = shell.rows(result)
    assert result.exit_code == 1
    assert "/*.png" in row["error"]["hint"]


def test_what_is_neither_file_nor_folder_is_said_to_be_none(shell: Any):
    pipe = shell.folder / "pipe.png"
    os.mkfifo(pipe)
    result = shell.run("label", str(pipe))
    assert result.exit_code == 1
    assert "This is no regular file." in result.stderr
    assert "--root" not in result.stderr  # the command has no such option


def test_a_model_that_was_named_and_not_asked_is_told_of(shell: Any):
    [sheet] = shell.make_files("a.png")
    result = shell.run("label", "--json", sheet, "--model", "qwen3-vl-4b")
    assert result.exit_code == 0
    assert result.stderr.startswith("The embedded labeller answered, not the model")
    assert "--labeller engine" in result.stderr
    for silent in (["--model", "none"], ["--model", "x", "--labeller", "embedded"], []):
        assert shell.run("label", "--json", sheet, *silent).stderr == ""


def test_an_empty_name_is_no_folder(shell: Any):
    result = shell.run("label", "")
    assert result.exit_code == 1
    assert "empty" in result.stderr


def test_workers_are_closed_after_a_failure_too(shell: Any):
    shell.run("label", *shell.make_files("broken.png"))
    assert shell.benches.media.closed


@pytest.mark.anyio
async def test_results_keep_their_order_when_later_items_finish_first():
    gates = [anyio.Event() for _ in range(3)]
    finished: list[int] = []

    async def work(index: int) -> int:
        if index < 2:
            await gates[index + 1].wait()
        finished.append(index)
        gates[index].set()
        return index

    assert [index async for index in map_in_order(work, range(3), limit=3)] == [0, 1, 2]
    assert finished == [2, 1, 0]


@pytest.mark.anyio
async def test_leaving_early_cancels_what_is_still_running():
    never, cancelled = anyio.Event(), anyio.Event()

    async def work(index: int) -> int:
        if index:
            try:
                await never.wait()
            except anyio.get_cancelled_exc_class():
                cancelled.set()
                raise
        return index

    results = map_in_order(work, range(2), limit=2)
    assert await anext(results) == 0
    await results.aclose()
    assert cancelled.is_set()
