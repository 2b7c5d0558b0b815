from typing import Any

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.errors import BusyError
from chalklens.workbench import DETAIL_PIXELS


def test_the_answer_is_printed_and_the_engine_got_question_and_picture(shell: Any):
    engine = shell.benches.engine
    result = shell.run("ask", "How many apples?", "--image", *shell.make_files("a.png"))
    assert (result.exit_code, result.stdout) == (0, "Seven apples.\n")
    [request] = engine.requests
    assert request.prompt == "How many apples?"
    assert [picture.name for picture in request.pictures] == ["a.png"]


def test_json_names_the_model_and_the_times(shell: Any):
    [sheet] = shell.make_files("a.png")
    [row] = shell.rows(shell.run("ask", "How many?", "--image", sheet, "--json"))
    assert row["answer"] == "Seven apples."
    assert row["images"] == [sheet]
    assert {"model", "revision", "adapter", "finish_reason", "first_token_s", "total_s"} <= set(row)


def test_without_a_model_the_facts_are_printed_and_stderr_says_how_to_get_one(shell: Any):
    shell.benches.engine = AbsentEngine()
    shell.benches.texts = {"a.png": ["3 + 4 ="]}
    result = shell.run("ask", "How many?", "--image", *shell.make_files("a.png"))
    assert result.exit_code == 1
    assert "3 + 4 =" in result.stdout
    assert "Addition" in result.stdout
    assert "chalklens models pull" in result.stderr


def test_without_a_model_json_has_no_answer_but_the_facts(shell: Any):
    shell.benches.engine = AbsentEngine()
    result = shell.run("ask", "How many?", "--image", *shell.make_files("a.png"), "--json")
    [row] = shell.rows(result)
    assert row["answer"] is None
    assert row["facts"][0]["labels"] == ["Addition", "TwoOperands", "ProcedureExecution"]


def test_an_answer_cannot_steer_the_terminal(shell: Any):
    shell.benches.engine = FakeEngine(["Seven\x1b[2J apples."])
    result = shell.run("ask", "How many?", "--image", *shell.make_files("a.png"))
    assert result.stdout == "Seven\\u001b[2J apples.\n"


def test_an_error_of_the_engine_is_told_in_words(shell: Any):
    shell.benches.engine = FakeEngine([BusyError("The queue is full.", "Try again later.")])
    result = shell.run("ask", "How many?", "--image", *shell.make_files("a.png"))
    assert result.exit_code == 1
    assert result.stderr == "Error: The queue is full.\n  Try again later.\n"


def test_an_empty_question_is_refused(shell: Any):
    result = shell.run("ask", " ", "--image", *shell.make_files("a.png"))
    assert result.exit_code == 1
    assert "The question is empty." in result.stderr


def test_all_pages_of_a_document_are_looked_at_and_none_is_left_out_in_silence(shell: Any):
    shell.benches.media.page_counts = {"long.pdf": 12}
    [file] = shell.make_files("long.pdf")
    result = shell.run("ask", "Sums?", "--image", file)
    assert looked_at(shell) == [("long.pdf", page) for page in range(1, 9)]
    assert result.stdout == "Seven apples.\n"
    assert result.stderr == (
        f"{file}: pages 9-12 of 12 were not looked at; one question takes 8 pictures and pages.\n"
        f"  Ask again with --image {file} --page 9-12\n"
    )


def test_a_document_that_fits_is_looked_at_without_a_remark(shell: Any):
    shell.benches.media.page_counts = {"short.pdf": 3}
    result = shell.run("ask", "Sums?", "--image", *shell.make_files("short.pdf"))
    assert looked_at(shell) == [("short.pdf", page) for page in (1, 2, 3)]
    assert result.stderr == ""


def test_documents_and_pictures_share_the_places_of_one_question(shell: Any):
    shell.benches.media.page_counts = {"old.pdf": 20, "new.pdf": 30, "leaf.pdf": 1}
    files = shell.make_files("old.pdf", "a.png", "new.pdf", "leaf.pdf")
    result = shell.run("ask", "What changed?", *(word for file in files for word in ("-i", file)))
    assert looked_at(shell) == [
        *(("old.pdf", page) for page in (1, 2, 3)),
        ("a.png", None),
        *(("new.pdf", page) for page in (1, 2, 3)),
        ("leaf.pdf", 1),
    ]
    assert f"{files[0]}: pages 4-20 of 20 were not looked at" in result.stderr
    assert f"--image {files[0]} --page 4-11\n" in result.stderr  # as much as one question takes
    assert f"{files[2]}: pages 4-30 of 30 were not looked at" in result.stderr


def test_pages_are_chosen_by_number_and_range(shell: Any):
    shell.benches.media.page_counts = {"long.pdf": 12}
    [file] = shell.make_files("long.pdf")
    result = shell.run("ask", "Sums?", "--image", file, "--page", "2-4,7", "--page", "9", "--json")
    [row] = shell.rows(result)
    assert [page["page"] for page in row["pictures"]] == [2, 3, 4, 7, 9]
    assert row["pictures"][0] == {"image": file, "page": 2, "page_count": 12}
    assert result.stderr == ""


def test_json_names_the_image_of_every_page_as_it_was_written(shell: Any):
    shell.benches.media.page_counts = {"a.pdf": 2, "b.pdf": 2}
    files = shell.make_files("a.pdf", "b.pdf", "c.png")
    words = [word for file in files for word in ("-i", file)]
    for chosen in ([], ["--pages", "1-2"]):
        [row] = shell.rows(shell.run("ask", "Sums?", *words[:4], "--json", *chosen))
        assert [(one["image"], one["page"]) for one in row["pictures"]] == [
            (files[0], 1),
            (files[0], 2),
            (files[1], 1),
            (files[1], 2),
        ]
    [row] = shell.rows(shell.run("ask", "Sums?", *words, "--json"))
    assert row["pictures"][-1] == {"image": files[2], "page": None, "page_count": 1}


def test_without_a_model_every_page_has_its_facts(shell: Any):
    shell.benches.engine = AbsentEngine()
    shell.benches.media.page_counts = {"a.pdf": 2}
    [file] = shell.make_files("a.pdf")
    plain = shell.run("ask", "Sums?", "--image", file)
    assert f"{file}, page 1\n" in plain.stdout
    assert f"{file}, page 2\n" in plain.stdout
    [row] = shell.rows(shell.run("ask", "Sums?", "--image", file, "--json"))
    assert [(fact["image"], fact["page"]) for fact in row["facts"]] == [(file, 1), (file, 2)]


def test_more_pages_than_one_question_takes_are_refused(shell: Any):
    [file] = shell.make_files("long.pdf")
    result = shell.run("ask", "Sums?", "--image", file, "--page", "1-9")
    assert result.exit_code == 1
    assert "9 pages are named; one call takes 8." in result.stderr


def test_detail_decides_how_many_pixels_are_looked_at(shell: Any):
    shell.run("ask", "Sums?", "--image", *shell.make_files("a.png"), "--detail", "high")
    assert shell.benches.media.max_pixels == [DETAIL_PIXELS["high"]]


def looked_at(shell: Any) -> list[tuple[str, int | None]]:
    [request] = shell.benches.engine.requests
    return [(picture.name, picture.page) for picture in request.pictures]
