"""A model that plays the roles of the assistant's agents by a script, well or badly.

How it is used: `FakeEngine(respond=ScriptedModel(question))` with an entry of `questions.json`. It knows
which agent asks by the system prompt, finds the passage with the quotation in the prompt as a model would
have to, and cites its number. `behaviour` says what it does wrong: `NAME` in every draft, `NAME_once` in
the first only.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chalklens.agents.prompt_text import instructions
from chalklens.types import GenerateRequest

AGENTS = ("planner", "manager", "responder", "reviewer")
QUESTIONS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "questions.json").read_text("utf-8")
)
NOBODY = "words that nobody ever wrote in any of the guides"
PASSAGE = re.compile(r"\[(\d+)\]\n<untrusted [0-9a-f]{16}>\n(.*?)\n</untrusted", re.DOTALL)
BAD_DRAFTS = {"broken": '{"answer": "It breaks off he', "empty": ""}


def agent_of(request: GenerateRequest) -> str:
    """Who asks."""
    return next(agent for agent in AGENTS if request.system == instructions(agent))


def squeeze(text: str) -> str:
    return " ".join(text.split())


class ScriptedModel:
    """Answers one question's requests."""

    def __init__(self, question: dict[str, Any]) -> None:
        self._question = question
        self._behaviour, self._once, _ = question["behaviour"].partition("_once")
        self._drafts = 0

    def __call__(self, request: GenerateRequest) -> str:
        roles: dict[str, Callable[[GenerateRequest], str]] = {
            "planner": self._plan,
            "manager": self._decide,
            "responder": self._answer,
            "reviewer": self._review,
        }
        return roles[agent_of(request)](request)

    @property
    def _bad(self) -> bool:
        return self._drafts <= 1 or not self._once

    def _plan(self, _request: GenerateRequest) -> str:
        steps = [{"step": f"Step {n}", "purpose": "To know"} for n in range(1, 4)]
        needs = {
            "needs_knowledge": bool(self._question["queries"]),
            "needs_pictures": bool(self._question["images"]),
            "needs_labels": self._question["labels"],
        }
        return json.dumps({"steps": steps, **needs})

    def _decide(self, request: GenerateRequest) -> str:
        assert request.json_schema
        queries = self._question["queries"]
        zooms = [{"picture": n, "box": box} for n, *box in self._question["zooms"]]
        decided = {"use_knowledge": bool(queries), "queries": queries, "k": 6}
        decided |= {"zooms": zooms, "labels": self._question["labels"]}
        return json.dumps({key: decided[key] for key in request.json_schema["properties"]})

    def _answer(self, request: GenerateRequest) -> str:
        self._drafts += 1
        if self._bad and self._behaviour in BAD_DRAFTS:
            return BAD_DRAFTS[self._behaviour]
        answer, quote = self._question["answer"], self._question["quote"]
        if self._bad and self._behaviour == "other_language":
            answer = "这是另一种语言的回答,不是用户的语言"
        assert request.json_schema
        cites = quote and "citations" in request.json_schema["properties"]
        number = self._find(request, quote) if cites else 0
        text = f"{answer} [{number}]." if number else f"{answer}."
        citations = [{"number": number, "quote": quote}] if number else []
        if self._bad:
            text, citations = self._spoil(text, citations, number)
        found = {"answer": text, "citations": citations}
        return json.dumps({key: found[key] for key in request.json_schema["properties"]})

    def _spoil(
        self, text: str, citations: list[dict[str, Any]], number: int
    ) -> tuple[str, list[dict[str, Any]]]:
        match self._behaviour:
            case "out_of_range":
                return f"{text} So it is [9].", citations
            case "false_quote":
                return text, [{"number": number, "quote": NOBODY}]
            case "no_quote":
                return text, []
            case "inline_false":
                return f'{text} It says "{NOBODY}" [{number}].', citations
            case "range":
                return text.replace(f"[{number}]", f"【{number}】"), citations
            case _:
                return text, citations

    def _find(self, request: GenerateRequest, quote: str) -> int:
        for number, text in PASSAGE.findall(request.prompt):
            if squeeze(quote) in squeeze(text):
                return int(number)
        raise AssertionError(f"no passage of the prompt holds {quote!r}")

    def _review(self, _request: GenerateRequest) -> str:
        if self._behaviour == "no_verdict":
            return "It looks fine to me."
        retry = self._behaviour == "retry" and self._bad
        issues = ["The unit is missing."] if retry else []
        return json.dumps({"issues": issues, "verdict": "RETRY" if retry else "PASS"})
