"""One question in OpenAI's chat completions, and the answer that streams back.

How it is used, by `remote.py`:

    arguments = write_arguments(request, encoded, model)      # for chat.completions.create
    answer = Answer(request, model)
    for delta in stream:
        text = answer.take(delta)                             # what may be shown now
    answer.close()                                            # the rest

What it leaves out: connecting, errors of the network, and the pixels, which come encoded.

Sources: OpenAI's API reference (chat completions, `response_format` with a JSON Schema); vLLM's and
SGLang's OpenAI-compatible servers for `top_k` and for reasoning in a field of its own.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chalklens.engines.control_tokens import defuse
from chalklens.engines.loop_guard import CHECK_EVERY, repetition_start
from chalklens.engines.parameters import SEED, GenerationParameters, parameters_for
from chalklens.types import FinishReason, GenerateRequest

CHARACTERS_PER_TOKEN = 64
"""An answer longer than this many characters for each token it may have is no answer."""
THINK_START, THINK_END = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Delta:
    """One chunk of an answer.

    Attributes:
        text: What is added to the answer.
        thought: The server sent a thought, in a field of its own.
        finish_reason: As the server says it; empty until the end.
        prompt_tokens, completion_tokens: In the last chunk only, where the server counts.
    """

    text: str = ""
    thought: bool = False
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


def write_arguments(
    request: GenerateRequest, pictures: Sequence[bytes], model: str, *, top_k: bool = True
) -> dict[str, Any]:
    """Write a request as keyword arguments of `chat.completions.create`.

    Args:
        request: What is asked.
        pictures: PNG or JPEG, one for each picture of the request.
        model: The name it is served under.
        top_k: Send `top_k`, which is no part of OpenAI's own API.
    """
    parameters = parameters_for(request.task, thinking=is_thinking(model))
    arguments: dict[str, Any] = {
        "model": model,
        "messages": _write_messages(request, pictures),
        "max_tokens": parameters.allowed_tokens(request.max_new_tokens),
        "stream": True,
        "stream_options": {"include_usage": True},
        **_write_sampling(parameters, top_k=top_k),
    }
    if request.json_schema is not None:
        schema = {"name": "answer", "schema": request.json_schema, "strict": True}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    return arguments


def is_thinking(model: str) -> bool:
    """Whether a model thinks before it answers, by its name (Qwen3-VL-...-Thinking)."""
    return "thinking" in model.lower()


class Answer:
    """What has arrived of an answer.

    Attributes:
        text: The answer without thoughts, as far as it may be shown.
        tokens: Pieces so far, then the number the server tells: a server sends a piece for each token.
        prompt_tokens: As the server tells; 0 where it does not.
        finish_reason: None until the server or a limit ends it.
        cut: It was ended here, for length or repetition: no more is wanted.
    """

    def __init__(self, request: GenerateRequest, model: str) -> None:
        parameters = parameters_for(request.task, thinking=is_thinking(model))
        self._loop_tokens = parameters.loop_tokens
        allowed = parameters.allowed_tokens(request.max_new_tokens)
        self._max_characters = CHARACTERS_PER_TOKEN * allowed
        self._characters = 0
        self._pieces: list[str] = []
        self._numbers: list[int] = []
        self._known: dict[str, int] = {}
        self._thoughts = _Thoughts(expected=is_thinking(model) and request.json_schema is None)
        self.tokens, self.prompt_tokens = 0, 0
        self.finish_reason: FinishReason | None = None
        self.cut = False

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    def take(self, delta: Delta) -> str:
        """Take the next chunk; return the text that may be shown now."""
        if delta.thought:
            self._thoughts.stand_apart()
            self.tokens += 1
        shown = self._add(delta.text)
        if delta.finish_reason and not self.finish_reason:
            self.finish_reason = _FINISHES.get(delta.finish_reason, "stop")
        self.tokens = delta.completion_tokens or self.tokens
        self.prompt_tokens = delta.prompt_tokens or self.prompt_tokens
        return shown

    def close(self) -> str:
        """Return what was held back because it might have been thoughts."""
        return self._show(self._thoughts.close(cut=self.finish_reason != "stop"))

    def _add(self, piece: str) -> str:
        if not piece:
            return ""
        self.tokens += 1
        self._characters += len(piece)
        shown = self._show(self._thoughts.step(piece))
        self._numbers.append(self._known.setdefault(piece, len(self._known)))
        if len(self._numbers) % CHECK_EVERY == 0 and self._cut_loop():
            self.finish_reason, self.cut = "loop", True
        elif self._characters > self._max_characters:
            self.finish_reason, self.cut = "length", True
        return shown

    def _show(self, text: str) -> str:
        if text:
            self._pieces.append(text)
        return text

    def _cut_loop(self) -> bool:
        start = repetition_start(self._numbers, self._loop_tokens)
        if start is not None:
            del self._pieces[max(0, len(self._pieces) - (len(self._numbers) - start)) :]
        return start is not None


class _Thoughts:
    """Holds back what a model thinks before it answers, where its server does not.

    The chat template of a Thinking model opens the thoughts itself, so that the text begins in them.
    """

    def __init__(self, *, expected: bool) -> None:
        self._held: str | None = ""
        self._expected = expected
        self._ended_just_now = False

    def stand_apart(self) -> None:
        """The server sends thoughts in a field of their own: all text is the answer."""
        self._expected = False

    def step(self, piece: str) -> str:
        """Take a piece; return what is part of the answer."""
        if self._held is None:
            return self._begin(piece)
        self._held += piece
        before, end, after = self._held.partition(THINK_END)
        if end:
            self._held, self._ended_just_now = None, True
            return self._begin(after)
        begun = before.lstrip()
        if self._expected or begun.startswith(THINK_START) or THINK_START.startswith(begun):
            return ""
        self._held = None
        return before

    def _begin(self, piece: str) -> str:
        """Drop the blank lines between thoughts and answer."""
        if self._ended_just_now:
            piece = piece.lstrip()
            self._ended_just_now = not piece
        return piece

    def close(self, *, cut: bool) -> str:
        """Return what turned out not to be thoughts: an answer that ended by itself without any."""
        held, self._held = self._held or "", None
        return "" if cut or held.lstrip().startswith(THINK_START) else held


_FINISHES: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


def _write_messages(request: GenerateRequest, pictures: Sequence[bytes]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _write_data_uri(data)}} for data in pictures
    ]
    if request.prompt:
        content.append({"type": "text", "text": defuse(request.prompt)})
    system = request.system
    turns = [{"role": "system", "content": defuse(system)}] if system is not None else []
    return [*turns, {"role": "user", "content": content}]


def _write_data_uri(data: bytes) -> str:
    kind: Literal["png", "jpeg"] = "png" if data.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _write_sampling(parameters: GenerationParameters, *, top_k: bool) -> dict[str, Any]:
    if not parameters.sampled:
        return {"temperature": 0.0}
    sampling: dict[str, Any] = {
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "presence_penalty": parameters.presence_penalty,
        "seed": SEED,
    }
    if top_k and parameters.top_k:
        sampling["extra_body"] = {"top_k": parameters.top_k}
    return sampling
