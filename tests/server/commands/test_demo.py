import io
from pathlib import Path

import anyio
import pytest
from rich.console import Console

from chalklens.errors import ModelError, WorkerError
from server.commands.demo import examples_folder, read_job, run_demo
from server.commands.demo_report import print_run
from server.commands.demo_run import DemoCall, DemoRun, Fields

LABELS = {
    "pictures": [
        {
            "area": ["Addition"],
            "scope": [],
            "ability": ["ProcedureExecution"],
            "confidence": {"Addition": 0.97},
            "evidence": {label: [{"text": f"{label}?"}, {"text": "7 [+] 5"}] for label in "abcdef"},
            "hint": "Check these labels by eye.",
            "labeller": "embedded",
            "model": "table",
        }
    ]
}


def printed(*calls: DemoCall) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    print_run(DemoRun(1.0, "4 tools: a, b", calls), console)
    return console.export_text()


def test_labels_text_answer_and_times_are_in_the_table():
    lines = {"lines": [{"text": f"line {number} [x]"} for number in range(20)]}
    answer: Fields = {"answer": "Apples, 7.", "model": "Qwen3-VL", "pictures": []}
    text = printed(
        DemoCall("Label a.png", LABELS, 1.25),
        DemoCall("Read a.png", lines, 0.5),
        DemoCall("Ask", answer, 2.0),
    )
    for expected in ("Addition 0.97", "ProcedureExecution", "1.25 s", "line 0 [x]", "Apples, 7."):
        assert expected in text
    assert "8 more lines" in text


def test_evidence_of_a_few_labels_and_the_hint_are_in_the_table():
    text = printed(DemoCall("Label a.png", LABELS, 1.25))
    assert 'a: "a?", "7 [+] 5"' in text
    assert "e: " not in text
    assert "evidence of 2 more labels" in text
    assert "Check these labels by eye." in text


def test_without_a_model_the_report_says_what_is_missing():
    missing: Fields = {"missing": "No model. Run `chalklens models pull qwen3-vl-4b`.", "facts": []}
    text = printed(DemoCall("Ask", missing, 0.1))
    assert "No model to ask" in text
    assert "Missing: No model. Run `chalklens models pull qwen3-vl-4b`." in text


def test_a_call_that_failed_is_shown_with_its_hint():
    text = printed(DemoCall("Label", {}, 0.1, ModelError("No weights.", "Install again.")))
    assert "No weights." in text
    assert "Install again." in text


def test_a_call_that_became_a_job_is_waited_for_and_its_failure_told():
    assert read_job({"status": "running", "job_id": "1"}) is None
    assert read_job({"status": "done", "result": {"text": "3"}}) == {"text": "3"}
    with pytest.raises(WorkerError, match="cut off"):
        read_job({"status": "failed", "error": {"message": "The file is cut off."}})
    with pytest.raises(WorkerError, match="cancelled"):
        read_job({"status": "cancelled"})


def test_the_examples_are_found_beside_the_code():
    assert (examples_folder() / "bar_graph.png").is_file()


@pytest.mark.anyio
async def test_a_server_that_does_not_start_is_explained(tmp_path: Path):
    with anyio.fail_after(30), pytest.raises(WorkerError, match="did not answer") as caught:
        await run_demo(tmp_path, ["--threads", "0"])
    assert "chalklens doctor" in caught.value.hint


@pytest.mark.anyio
async def test_the_demo_calls_the_real_server_over_stdio(tmp_path: Path):
    with anyio.fail_after(120):
        run = await run_demo(tmp_path, ["--model", "none"])
    assert "label_worksheet" in run.server
    titles = ["Label addition_within_20.png", "Label bar_graph.png"]
    titles += ["Read bar_graph.png", "Ask about bar_graph.png"]
    assert [call.title for call in run.calls] == titles
    for call in run.calls:  # the folder is empty: the server says so, each time
        assert isinstance(call.error, WorkerError)
        assert "no readable file at this path" in call.error.message


@pytest.mark.integration
@pytest.mark.anyio
async def test_the_demo_labels_reads_and_asks_about_its_worksheets():
    with anyio.fail_after(120):
        run = await run_demo(examples_folder(), ["--model", "none"])
    assert [call.error for call in run.calls] == [None] * 4
    addition, graph, read, ask = (call.result for call in run.calls)
    assert "Addition" in addition["pictures"][0]["area"]
    assert "Statistics" in graph["pictures"][0]["area"]
    assert "Bar graph" in read["text"]
    assert "chalklens models pull" in ask["missing"]
