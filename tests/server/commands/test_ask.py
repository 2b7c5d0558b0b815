from typing import Any

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.errors import BusyError


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


def test_an_error_of_the_engine_is_told_in_words(shell: Any):
    shell.benches.engine = FakeEngine([BusyError("The queue is full.", "Try again later.")])
    result = shell.run("ask", "How many?", "--image", *shell.make_files("a.png"))
    assert result.exit_code == 1
    assert result.stderr == "Error: The queue is full.\n  Try again later.\n"


def test_an_empty_question_is_refused(shell: Any):
    result = shell.run("ask", " ", "--image", *shell.make_files("a.png"))
    assert result.exit_code == 1
    assert "The question is empty." in result.stderr
