"""Where commands get a workbench and a knowledge base from.

How it is used: `factories_of(context).make_bench(settings)`. Tests hand other `Factories` in as the
context's object instead of patching. What it leaves out: closing what was made (`benches.py`,
`knowledge_bases.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import typer

from chalklens.workbench import Workbench
from retrieval.service import KnowledgeService
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Factories:
    """What turns settings into parts."""

    make_bench: Callable[[Settings], Workbench]
    make_knowledge: Callable[[Settings], KnowledgeService]


def factories_of(context: typer.Context) -> Factories:
    """Return those that were handed in, else the server's own."""
    given: Factories | None = context.obj
    if given is not None:
        return given
    from server.parts import build_knowledge, build_workbench

    return Factories(build_workbench, build_knowledge)
