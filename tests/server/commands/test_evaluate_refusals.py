"""`chalklens eval refusals` from the shell; what it counts: `tests/chalklens/evaluation/test_refusals.py`."""

from pathlib import Path
from typing import Any

import pytest

from chalklens.evaluation.bootstrap import Interval
from chalklens.evaluation.refusals import KindRefusals, Outcome, RefusalReport, Refusals
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.model_files import save_model
from chalklens.training.negatives.conditions import CONDITIONS
from chalklens.training.negatives.trials import UNALTERED
from server.commands.evaluate_refusals import print_refusals
from tests.chalklens.labelling.sheets import write_corpus
from tests.chalklens.labelling.small_model import make_model

KIND = "cursive_note"
REPORT = RefusalReport(
    labeller="embedded",
    model="small",
    revision="abc",
    reader="reader",
    read_now=2,
    resamples=200,
    seed=0,
    negatives=Refusals(
        8,
        0.75,
        Interval(0.5, 1.0),
        0.5,
        (KindRefusals("menu", 4, 2, 1), KindRefusals("comic", 4, 4, 0)),
    ),
    wrong_labels={"Addition": 2, "Base10": 1},
    labelled_negatives=(
        Outcome("menu", "menu 1", False, True, {"Addition": 0.5, "Base10": 0.4}),
        Outcome("menu", "menu 3", False, False, {"Addition": 0.6}),
    ),
    sheets=Refusals(2, 0.5, None, 0.0, (KindRefusals("turned", 2, 1, 0),)),
    refused_sheets=(Outcome("turned", "sheet-00", True, False, {}),),
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights made by hand: every page with a letter or digit is labelled."""
    folder = tmp_path_factory.mktemp("weights")
    save_model(make_model(encoder=SentenceEncoder.load()), folder)
    return folder


@pytest.mark.integration
def test_drawn_pictures_and_altered_worksheets_are_read_and_labelled(
    shell: Any, weights: Path
) -> None:
    write_corpus(shell.folder, "val")
    work = shell.folder / "work"
    result = shell.run(
        "eval", "refusals", "--kind", KIND, "--per-kind", "1", "--workers", "1", "--json",
        "--weights", str(weights), "--work", str(work), "--sheets", str(shell.folder / "val.jsonl"),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    [report] = shell.rows(result)
    assert report["model"] == "small"
    assert report["negatives"]["refused"] == 0.0  # this gate lets everything pass
    assert report["negatives"]["kinds"][0]["kind"] == KIND
    assert report["labelled_negatives"][0]["picture"] == f"{KIND} 0"
    assert sum(report["wrong_labels"].values()) >= 1
    conditions = [condition["kind"] for condition in report["sheets"]["kinds"]]
    assert conditions == [UNALTERED, *CONDITIONS]
    assert report["sheets"]["pictures"] == len(conditions)
    assert report["read_now"] == len((work / "readings.jsonl").read_text("utf-8").splitlines())


def test_people_get_a_table_of_kinds_and_the_labels_that_were_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_refusals(REPORT)
    text = " ".join(capsys.readouterr().out.split())
    assert "small abc: pictures to be refused" in text
    assert "menu │ 4 │ 2 │ 0.500 │ 1" in text
    assert "0.750 [0.500, 1.000] of 8 refused; 50.0% of the others marked as unsure." in text
    assert "Labels wrongly given: Addition 2, Base10 1." in text
    assert "To: menu 1, menu 3." in text
    assert "turned │ 2 │ 1 │ 0.500" in text
    assert "0.500 of 2 refused" in text


@pytest.mark.parametrize(
    ("arguments", "reason", "hint"),
    [
        (["--kind", "receipt"], "receipt is no kind", KIND),  # it was fitted on
        (["--sheets", "missing.jsonl"], "There is no split missing.jsonl", "JSONL"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_helps(
    shell: Any, arguments: list[str], reason: str, hint: str
) -> None:
    result = shell.run("eval", "refusals", *arguments)
    assert result.exit_code == 1
    error = " ".join(result.stderr.split())
    assert reason in error
    assert hint in error
    assert "Traceback" not in result.output
