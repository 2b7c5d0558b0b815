"""The worker's inner parts in this process, for tests to which the process itself does not matter.

How it is used: `model = load(folder, adapter)`, then `answer(model, request)` gives the fields of the
answer, and `answer_together` those of one batch. What it leaves out: whatever a process of its own
brings (`test_local_model.py`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalklens.engines.configuration import EngineConfig
from chalklens.engines.inspection import inspect_model
from chalklens.types import GenerateRequest
from tests.chalklens.engines.listener import Listener


def load(folder: Path, adapter: Path | None = None, **changes: Any) -> Any:
    """Load a model on the CPU with one thread; `changes` are fields of the worker's `load`."""
    from chalklens.engines.loading import load_model

    facts, config = inspect_model(folder), EngineConfig()
    fields: dict[str, Any] = {
        "folder": str(folder),
        "adapter": str(adapter or ""),
        "quantize": "none",
        "device": "cpu",
        "dtype": "float32",
        "threads": 1,
        "min_pixels": config.min_pixels,
        "max_pixels": config.max_pixels,
        "parameters": facts.parameters,
        "layer_parameters": facts.layer_parameters,
        "cache_values_per_token": facts.cache_values_per_token,
    }
    return load_model({**fields, **changes})


def make_row(model: Any, request: GenerateRequest, listener: Listener) -> Any:
    """Make a row of a request, as the worker does."""
    from chalklens.engines.generator import StreamDecoder
    from chalklens.engines.grammar import Grammars
    from chalklens.engines.parameters import parameters_for
    from chalklens.engines.prompts import pixels_per_picture
    from chalklens.engines.rows import Row, RowRequest

    parameters = parameters_for(request.task, thinking=False)
    schema = request.json_schema
    grammars = Grammars(model.tokenizer, model.vocabulary, model.stop_ids)
    asked = RowRequest(
        prompt=request.prompt,
        system=request.system,
        pictures=request.pictures,
        parameters=parameters,
        max_new_tokens=parameters.allowed_tokens(request.max_new_tokens),
        max_pixels=pixels_per_picture(model, len(request.pictures)),
        json_schema=schema,
        matcher=grammars.matcher(schema) if schema is not None else None,
    )
    return Row(listener, asked, StreamDecoder(model.tokenizer), model.stop_ids, None)


def answer_together(
    model: Any, requests: Sequence[GenerateRequest], listeners: Sequence[Listener] = ()
) -> list[Mapping[str, Any]]:
    """Answer requests in one batch; `listeners` may leave, else nobody does.

    Raises:
        Exception: Why the first request that failed has no answer.
    """
    from chalklens.engines.generator import Interrupter, generate

    listeners = listeners or [Listener() for _ in requests]
    rows = [make_row(model, *pair) for pair in zip(requests, listeners, strict=True)]
    generate(model, Interrupter(model.model), rows)
    for listener in listeners:
        if listener.error:
            raise listener.error
    return [listener.answer for listener in listeners]


def answer(model: Any, request: GenerateRequest) -> Mapping[str, Any]:
    """Answer one request."""
    [found] = answer_together(model, [request])
    return found
