import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.reading.fake import FakeReader
from chalklens.types import LabelSet
from chalklens.workbench import Workbench
from retrieval.documents import document_id
from retrieval.fake import FakeKnowledge
from server.cli import app
from server.settings import Settings
from tests.chalklens.agents.desks import GUIDE, script
from tests.server.commands.conftest import NamedPictures

QUESTION = "What do I press to begin?"


class AssistShell:
    """A factory of workbench and knowledge base, as the command takes it."""

    def __init__(self, engine: Any = None, folder: Path | None = None, indexing: int = 0) -> None:
        self.media = NamedPictures()
        self.engine = engine or FakeEngine(respond=script())
        self.knowledge = FakeKnowledge({"guide.md": GUIDE}, indexing=indexing)
        self.settings: list[Settings] = []
        self._folder = folder

    def __call__(self, settings: Settings) -> tuple[Workbench, FakeKnowledge]:
        self.settings.append(settings)
        labeller = FakeLabeller({"a.png": LabelSet(("Addition",))})
        bench = Workbench(self.media, FakeReader(), labeller, labeller, self.engine)
        return bench, self.knowledge

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(app, ["assist", *arguments], obj=self)
        assert not self.settings or (self.knowledge.closed and self.media.closed)
        return result


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    file = tmp_path / "a.png"
    file.write_bytes(b"picture")
    return str(file)


def test_answer_and_cited_sources_are_printed_and_the_verdict_goes_to_stderr():
    result = AssistShell().run(QUESTION)
    assert (result.exit_code, result.stdout) == (
        0,
        "You press the red button [1].\n\nSources:\n"
        f"[1] guide.md  chalklens://knowledge/{document_id('default', 'guide.md')}\n",
    )
    assert result.stderr == "Review: PASS\n"


def test_json_is_what_the_tool_returns(sheet: str):
    result = AssistShell().run(QUESTION, "--image", sheet, "--json")
    row = json.loads(result.stdout)
    assert row["answer"] == "You press the red button [1]."
    assert row["review"]["verdict"] == "PASS"
    assert row["pictures"][0]["name"] == "a.png"
    assert row["evidence"][0]["text"].startswith("<untrusted ")


def test_without_a_model_an_extract_is_printed_that_says_so(sheet: str):
    result = AssistShell(AbsentEngine()).run(QUESTION, "--image", sheet)
    assert result.exit_code == 0
    assert result.stdout.startswith("No vision-language model answered.")
    assert "- Press the red button to begin. [1]" in result.stdout
    assert "EduGraph labels: Addition" in result.stdout
    assert "<untrusted" not in result.stdout
    assert "chalklens models pull" in result.stderr


def test_options_reach_the_crew(sheet: str):
    shell = AssistShell()
    result = shell.run(QUESTION, "-i", sheet, "--use-knowledge", "off", "--model", "none")
    assert result.exit_code == 0
    assert shell.knowledge.requests == []
    [settings] = shell.settings
    assert settings.model == "none"
    assert settings.roots == (Path(sheet).parent,)
    shell = AssistShell()
    shell.run(QUESTION, "--collection", "other", "--max-revisions", "0")
    assert {request.filter.collections for request in shell.knowledge.requests} == {(), ("other",)}


def test_guides_that_are_being_indexed_are_waited_for():
    result = AssistShell(indexing=2).run(QUESTION)
    assert "Indexing the guides" in result.stderr
    assert "[1] guide.md" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([" "], "The question is empty."), ([QUESTION, "-i", "gone.png"], "cannot be opened")],
)
def test_what_cannot_be_used_is_told(arguments: list[str], told: str):
    result = AssistShell().run(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr


def test_pages_that_were_not_looked_at_are_told_of(sheet: str, tmp_path: Path):
    shell = AssistShell()
    (tmp_path / "long.pdf").write_bytes(b"document")
    shell.media.page_counts = {"long.pdf": 12}
    result = shell.run(QUESTION, "--image", str(tmp_path / "long.pdf"), "--image", sheet)
    assert "long.pdf: only page 1 of 12 was looked at" in result.stderr
    assert result.stderr.count("only page") == 1
