"""Runs `chalklens search` and `chalklens knowledge` on a fake knowledge base."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from server.cli import app
from server.commands.factories import Factories
from server.settings import Settings


def no_bench(settings: Settings) -> Workbench:
    raise AssertionError("these commands work without a workbench")


class KnowledgeShell:
    """A knowledge factory, as the commands take it; remembers the settings it was given."""

    def __init__(self, knowledge: FakeKnowledge) -> None:
        self.knowledge = knowledge
        self.settings: list[Settings] = []

    def __call__(self, settings: Settings) -> FakeKnowledge:
        self.settings.append(settings)
        return self.knowledge

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments, obj=Factories(no_bench, self))
        assert not self.settings or self.knowledge.closed
        return result

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]
