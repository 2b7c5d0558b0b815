"""How each task is generated: sampling, length, repetition; and what a request may ask at most.

How it is used: `parameters_for(request.task)` in the worker, `check_request(request)` in every
engine before anything is queued. What it leaves out: prompts (the tools own them) and the limits
on pictures (`media/`).

Sources: the sampling row of the Instruct models (temperature 0.7, top-p 0.8, top-k 20, presence
penalty 1.5) and of the Thinking models (0.6, 0.95, 20) is the README of QwenLM/Qwen3-VL; code at
temperature 0.8 and up to 16,384 tokens is its mmcode cookbook. Boxes, text and JSON are greedy: one
right answer exists, and a presence penalty punishes table cells for being alike (issue #1611).
"""

import json
from dataclasses import dataclass, replace

from chalklens.errors import InputError
from chalklens.types import GenerateRequest

MAX_PROMPT_BYTES = 64 << 10
MAX_SCHEMA_BYTES = 64 << 10
MAX_PICTURES = 8
MAX_PIXEL_BYTES = 240 << 20
MAX_NEW_TOKENS = 4096
MAX_CODE_TOKENS = 16_384
SEED = 3407


@dataclass(frozen=True, slots=True)
class GenerationParameters:
    """The numbers behind one task.

    Attributes:
        max_new_tokens: Tokens when the request names no number.
        token_limit: The most a request may ask for.
        temperature: 0 is greedy; then `top_p` and `top_k` have no meaning.
        presence_penalty: Taken once from the logit of every token already in the answer.
        loop_tokens: Length of verbatim repetition that ends the answer (see `loop_guard`).
    """

    max_new_tokens: int
    token_limit: int = MAX_NEW_TOKENS
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    presence_penalty: float = 0.0
    loop_tokens: int = 192

    @property
    def sampled(self) -> bool:
        """Tokens are drawn instead of taken by the highest score."""
        return self.temperature > 0

    def allowed_tokens(self, asked: int | None) -> int:
        """Bound the number a request asks for by this task's limit."""
        return min(asked or self.max_new_tokens, self.token_limit)


_TALK = GenerationParameters(1024, temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)
_EXACT = GenerationParameters(1024)

TASKS: dict[str, GenerationParameters] = {
    "answer": _TALK,
    "caption": replace(_TALK, max_new_tokens=256),
    "label": replace(_EXACT, max_new_tokens=512, token_limit=1024),
    "json": replace(_EXACT, max_new_tokens=2048, loop_tokens=384),
    "locate": replace(_EXACT, max_new_tokens=2048, loop_tokens=256),
    # Empty cells and ruled lines repeat for a long time in good transcriptions.
    "transcribe": replace(_EXACT, max_new_tokens=4096, loop_tokens=640),
    "code": GenerationParameters(
        4096, MAX_CODE_TOKENS, temperature=0.8, top_p=0.8, top_k=20, loop_tokens=640
    ),
}


def parameters_for(task: str, *, thinking: bool = False) -> GenerationParameters:
    """Look up a task; `thinking` models get their own sampling and the room to think.

    Raises:
        InputError: No such task.
    """
    if task not in TASKS:
        raise InputError(f"There is no task {task!r}.", f"Use one of {', '.join(sorted(TASKS))}.")
    found = TASKS[task]
    if not thinking:
        return found
    roomy = replace(found, max_new_tokens=max(found.max_new_tokens, found.token_limit))
    if not found.sampled:
        return roomy
    return replace(roomy, temperature=0.6, top_p=0.95, top_k=20, presence_penalty=0.0)


def check_request(request: GenerateRequest) -> None:
    """Refuse a request that is over a limit, before it costs anything.

    Raises:
        InputError: Too long, too many pictures, unknown task, or not a token number.
    """
    parameters_for(request.task)
    text_bytes = len((request.prompt + (request.system or "")).encode("utf-8", "surrogatepass"))
    pixel_bytes = sum(len(picture.pixels) for picture in request.pictures)
    schema_bytes = len(json.dumps(request.json_schema)) if request.json_schema else 0
    _bound("The prompt", text_bytes, MAX_PROMPT_BYTES, "bytes")
    _bound("The request", len(request.pictures), MAX_PICTURES, "pictures")
    _bound("The pictures together", pixel_bytes, MAX_PIXEL_BYTES, "bytes of pixels")
    _bound("The JSON Schema", schema_bytes, MAX_SCHEMA_BYTES, "bytes")
    if request.max_new_tokens is not None and request.max_new_tokens < 1:
        raise InputError("max_new_tokens must be at least 1.")
    if not request.prompt and not request.pictures:
        raise InputError("The request holds neither a prompt nor a picture.")


def _bound(what: str, amount: int, limit: int, unit: str) -> None:
    if amount > limit:
        raise InputError(f"{what}: {amount} {unit}; the limit is {limit}.", "Send less at once.")
