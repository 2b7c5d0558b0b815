# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Cross-encoders: question and passage read together, for the best few. Worker side.

How it is used:

    reranker = create_reranker("BAAI/bge-reranker-base")      # on this machine; nothing is fetched
    outcome = RerankStage(reranker).run("question", "latin", passages, mode="auto")

Pairs, characters and seconds have limits: when the time is up the order of before stands, and the note
says so. `auto` also asks whether this reranker was measured to help in the question's script, and
whether it is fast enough here, by the pace of earlier questions. Sequence classifiers go through
sentence-transformers; Qwen3-Reranker is a language model that answers yes or no.

What it leaves out: a reranker that ships; none of the packaged ones was any good.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chalklens.engines.torchvision_operators import declare_operators
from chalklens.errors import ModelError
from chalklens.types import RerankMode
from retrieval.embedders import find_folder
from retrieval.query import Script
from retrieval.tokens import tokenize

NO_RERANKER = "none"
FAKE = "fake"
MAX_TOKENS = 512
HOPELESS = 3  # times the limit: a batch costs less per pair than one alone
DECAY = 0.98  # of the remembered pace per question left out, so that it is tried again some day

# Gain over Qwen3-Embedding-0.6B on MTEB-R (English) and CMTEB-R (Chinese), by the table in the model
# card of Qwen3-Reranker: bge-reranker-v2-m3 -4.8 / +1.1, Qwen3-Reranker-0.6B +4.0 / +0.3, -4B +7.9 / +4.9.
MEASURED_TO_HELP: dict[str, frozenset[Script]] = {
    "baai/bge-reranker-v2-m3": frozenset({"cjk"}),
    "qwen/qwen3-reranker-0.6b": frozenset({"latin", "cjk"}),
    "qwen/qwen3-reranker-4b": frozenset({"latin", "cjk"}),
}

# The prompt Qwen3-Reranker was trained with (its model card).
QWEN_PROMPT = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the "
    'Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
    "<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
    "<Query>: {query}\n<Document>: "
)
QWEN_ANSWER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


class Reranker(Protocol):
    """Scores passages for a question.

    Attributes:
        name: What a user calls the model.
        helps: Scripts in which it was measured to improve the order; `auto` uses it there.
    """

    name: str
    helps: frozenset[Script]

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return how well each passage answers, 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class RerankLimits:
    """What a reranker may cost.

    Attributes:
        max_pairs: Passages that are read again.
        max_characters: Of each passage.
        batch_pairs: Between two looks at the clock.
        auto_s: Seconds for a question in mode `auto`.
        on_s: Seconds for a question in mode `on`.
    """

    max_pairs: int = 32
    max_characters: int = 2000
    batch_pairs: int = 8
    auto_s: float = 1.5
    on_s: float = 20.0


@dataclass(frozen=True, slots=True)
class RerankOutcome:
    """Scores of the first passages, in their order; none when the order of before stands."""

    scores: tuple[float, ...] = ()
    note: str = ""


class RerankStage:
    """A reranker within its limits."""

    def __init__(
        self,
        reranker: Reranker,
        limits: RerankLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reranker = reranker
        self.limits = limits or RerankLimits()
        self._clock = clock
        self._pair_s = 0.0

    def run(
        self, query: str, script: Script, passages: Sequence[str], mode: RerankMode
    ) -> RerankOutcome:
        """Score the first passages, unless it is switched off, does not help or takes too long."""
        chosen = [text[: self.limits.max_characters] for text in passages[: self.limits.max_pairs]]
        if mode == "off" or not chosen:
            return RerankOutcome()
        if mode == "auto" and (reason := self._explain_skip(script, len(chosen))):
            return RerankOutcome(note=reason)
        return self._score(query, chosen, self.limits.on_s if mode == "on" else self.limits.auto_s)

    def _explain_skip(self, script: Script, pairs: int) -> str:
        name = self.reranker.name
        if script not in self.reranker.helps:
            return f"Not reranked: {name} is not known to improve this kind of question; rerank=on uses it."
        expected_s = self._pair_s * pairs
        if expected_s > self.limits.auto_s:
            self._pair_s *= DECAY
            return (
                f"Not reranked: {name} would take about {expected_s:.1f} s here, "
                f"{self.limits.auto_s:g} s are allowed; rerank=on waits for it."
            )
        return ""

    def _score(self, query: str, passages: Sequence[str], limit_s: float) -> RerankOutcome:
        scores: list[float] = []
        start = self._clock()
        while len(scores) < len(passages):
            done = len(scores)
            # One alone at first: a model too large for this machine shows at once.
            batch = self.limits.batch_pairs if scores else 1
            scores += self.reranker.score(query, passages[done : done + batch])
            took_s = self._clock() - start
            self._pair_s = took_s / len(scores)
            if len(scores) < len(passages) and self._is_late(took_s, len(passages), limit_s):
                return RerankOutcome(
                    note=f"Not reranked: {self.reranker.name} had read {len(scores)} of "
                    f"{len(passages)} passages in {took_s:.1f} s; {limit_s:g} s are allowed."
                )
        return RerankOutcome(tuple(scores))

    def _is_late(self, took_s: float, pairs: int, limit_s: float) -> bool:
        """Tell whether the time is over, or will be long before the last pair."""
        return took_s > limit_s or self._pair_s * pairs > HOPELESS * limit_s


def create_reranker(name: str = "auto") -> Reranker | None:
    """Load a reranker.

    Args:
        name: A model id or a folder; `fake` is for tests. `auto` and `none` are none: a reranker
            has to be named, since no small one is known that helps in every language.

    Raises:
        ModelError: It is not on this machine or cannot be loaded.
    """
    if name in ("", "auto", NO_RERANKER):
        return None
    if name == FAKE:
        return FakeReranker()
    folder = find_folder(name)
    return (
        QwenReranker(name, folder)
        if _is_language_model(folder)
        else CrossEncoderReranker(name, folder)
    )


class CrossEncoderReranker:
    """A sequence classifier with one output, such as BAAI/bge-reranker-base."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load it.

        Raises:
            ModelError: It cannot be loaded, or has several outputs.
        """
        self.name = name
        self.helps = MEASURED_TO_HELP.get(name.lower(), frozenset())
        try:
            declare_operators()
            from sentence_transformers import CrossEncoder

            self._model = CrossEncoder(
                str(folder),
                max_length=MAX_TOKENS,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise _unusable(name) from error
        if self._model.num_labels != 1:
            raise _unusable(name)

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return how well each passage answers, 0 to 1."""
        from torch.nn import Sigmoid

        pairs = [(query, passage) for passage in passages]
        scores = self._model.predict(
            pairs, batch_size=len(pairs), activation_fn=Sigmoid(), show_progress_bar=False
        )
        return [float(score) for score in scores]


class QwenReranker:
    """Qwen3-Reranker: a language model; the score is how much likelier `yes` is than `no`."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load it.

        Raises:
            ModelError: It cannot be loaded, or does not know the two words.
        """
        self.name = name
        self.helps = MEASURED_TO_HELP.get(name.lower(), frozenset())
        try:
            declare_operators()
            from transformers import AutoModelForCausalLM, AutoTokenizer

            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, padding_side="left"
            )
            self._model: Any = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            ).eval()
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise _unusable(name) from error
        self._answers = self._tokenizer.convert_tokens_to_ids(["no", "yes"])
        if None in self._answers or self._tokenizer.unk_token_id in self._answers:
            raise _unusable(name)

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return how well each passage answers, 0 to 1."""
        import torch

        rows = self._tokenizer.pad(
            {"input_ids": self._encode(query, passages)}, return_tensors="pt"
        )
        with torch.inference_mode():
            logits = self._model(**rows, logits_to_keep=1).logits[:, -1, self._answers]
        return torch.softmax(logits.float(), -1)[:, 1].tolist()

    def _encode(self, query: str, passages: Sequence[str]) -> list[list[int]]:
        """Return tokens; only the passage is cut when there are too many."""
        words = self._tokenizer(QWEN_PROMPT.format(query=query), add_special_tokens=False)[
            "input_ids"
        ]
        answer = self._tokenizer(QWEN_ANSWER, add_special_tokens=False)["input_ids"]
        room = max(MAX_TOKENS // 4, MAX_TOKENS - len(words) - len(answer))
        texts = self._tokenizer(list(passages), add_special_tokens=False)["input_ids"]
        return [[*words, *text[:room], *answer] for text in texts]


class FakeReranker:
    """Share of the question's words in the passage, for tests; `on_score` may move a clock."""

    name = FAKE

    def __init__(
        self,
        helps: frozenset[Script] = frozenset({"latin", "cjk", "other"}),
        on_score: Callable[[int], None] | None = None,
    ) -> None:
        self.helps = helps
        self._on_score = on_score

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return the share of the question's tokens that a passage has, 0 to 1."""
        if self._on_score:
            self._on_score(len(passages))
        wanted = set(tokenize(query))
        return [len(wanted & set(tokenize(text))) / max(1, len(wanted)) for text in passages]


def _is_language_model(folder: Path) -> bool:
    import json

    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return str(config["architectures"][0]).endswith("ForCausalLM")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return False


def _unusable(name: str) -> ModelError:
    return ModelError(
        f"The model {name!r} cannot be loaded as a reranker.",
        "It has to be a cross-encoder with one output, or a Qwen3-Reranker, with safetensors.",
    )
