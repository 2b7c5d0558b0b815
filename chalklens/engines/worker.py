"""The engine worker: a process that owns one model and answers calls.

How it is used: `WorkerProcess(WorkerSpec("engine", "chalklens.engines.worker:serve"))`; operations
`load`, `generate` and `figures`. Calls that the parent lets go together are generated side by side
when their parameters are alike, else one group after the other. What it leaves out: the queue and
its fairness (`fair_queue.py`, in the parent); calls that join a running batch.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import os
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from chalklens.engines.generator import Interrupter, StreamDecoder, generate
from chalklens.engines.grammar import Grammars
from chalklens.engines.loading import LoadedModel, load_model
from chalklens.engines.parameters import parameters_for
from chalklens.engines.prompts import pixels_per_picture
from chalklens.engines.recovery import is_sticky, run_or_shrink
from chalklens.engines.rows import Row, RowRequest
from chalklens.errors import WorkerError
from chalklens.media.wire import unpack_picture
from chalklens.workers.host import Call, Port

GATHER_S = 0.05
BROKEN_DEVICE_EXIT = 70


class _Engine:
    """The model with its grammars and interrupter."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self.grammars = Grammars(model.tokenizer, model.vocabulary, model.stop_ids)
        self.interrupter = Interrupter(model.model)

    def row(self, call: Call) -> Row:
        """Make a row of a call; InputError for a task or schema that cannot be used."""
        fields, model = call.fields, self.model
        parameters = parameters_for(fields["task"], thinking=model.think_end_id is not None)
        schema = fields["json_schema"]
        packed = zip(fields["pictures"], call.blobs, strict=True)
        pictures = tuple(unpack_picture(described, blob) for described, blob in packed)
        request = RowRequest(
            prompt=fields["prompt"],
            system=fields["system"],
            pictures=pictures,
            parameters=parameters,
            max_new_tokens=parameters.allowed_tokens(fields["max_new_tokens"]),
            max_pixels=pixels_per_picture(model, len(pictures)),
            json_schema=schema,
            matcher=self.grammars.matcher(schema) if schema is not None else None,
        )
        think_end_id = model.think_end_id if schema is None else None
        decoder = StreamDecoder(model.tokenizer)
        return Row(call, request, decoder, model.stop_ids, think_end_id)


class Worker:
    """Takes calls from the port, one wave at a time."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._engine: _Engine | None = None
        self._put_back: deque[Call] = deque()
        self._tokens: list[int] = []

    def run(self) -> None:
        """Answer calls until the parent goes away."""
        while True:
            call = self._next(None)
            if call is None:
                continue
            if call.operation == "generate":
                self._answer(self._gather(call))
            else:
                self._do(call)

    def _next(self, timeout_s: float | None) -> Call | None:
        return self._put_back.popleft() if self._put_back else self._port.receive(timeout_s)

    def _gather(self, first: Call) -> list[Call]:
        """Collect the calls that the parent lets go together with this one."""
        calls, others = [first], list[Call]()
        while len(calls) < first.fields["together"] and (call := self._next(GATHER_S)):
            (calls if call.operation == "generate" else others).append(call)
        self._put_back.extend(others)
        return calls

    def _do(self, call: Call) -> None:
        try:
            call.finish(self._load(call) if call.operation == "load" else self._figures())
        except Exception as error:
            call.fail(error)

    def _load(self, call: Call) -> dict[str, Any]:
        began = time.monotonic()
        self._engine = None  # the old weights go before the new ones come
        self._engine = _Engine(load_model(call.fields))
        model = self._engine.model
        return {
            "device": str(model.device),
            "dtype": model.dtype,
            "load_s": time.monotonic() - began,
        }

    def _figures(self) -> dict[str, Any]:
        """Memory of this process, tokens of each row of the last wave, those it had not to compute."""
        import psutil

        reuse = self._engine.model.reuse if self._engine else None
        return {
            "resident_bytes": psutil.Process().memory_info().rss,
            "tokens": self._tokens,
            "shared_tokens": reuse.prefixes.shared_tokens if reuse else 0,
        }

    def _answer(self, calls: Sequence[Call]) -> None:
        engine = self._engine
        rows: list[Row] = []
        for call in calls:
            try:
                if engine is None:
                    raise WorkerError("The model is not loaded in this worker.", "Call again.")
                rows.append(engine.row(call))
            except Exception as error:
                call.fail(error)
        for group in _alike(rows):
            self._generate(group)
        self._tokens = [len(row.token_ids) for row in rows]

    def _generate(self, rows: Sequence[Row]) -> None:
        engine = self._engine
        assert engine is not None
        try:
            run_or_shrink(
                lambda share: generate(engine.model, engine.interrupter, rows, share),
                rows,
                engine.model.reuse.forget,
            )
        except Exception as error:
            self._fail(rows, error)

    def _fail(self, rows: Sequence[Row], error: Exception) -> None:
        sticky = is_sticky(error)
        told = error
        if sticky:
            told = WorkerError(
                "The accelerator reported an error and cannot be used by this process any more.",
                "Call again: a new worker is started.",
            )
        for row in rows:
            row.fail(told)
        if sticky:
            os._exit(BROKEN_DEVICE_EXIT)


def serve(port: Port) -> None:
    """Entry point of the worker process."""
    Worker(port).run()


def _alike(rows: Iterable[Row]) -> list[list[Row]]:
    """Group rows that can share one generation: same sampling, grammar or not, same picture size."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        request = row.request
        sampling = request.parameters
        key = (
            sampling.temperature,
            sampling.top_p,
            sampling.top_k,
            sampling.presence_penalty,
            request.json_schema is not None,
            request.max_pixels,
        )
        # A drawn answer depends on its neighbours' draws; alone it is the same each time.
        groups.setdefault((key, id(row)) if sampling.sampled else key, []).append(row)
    return list(groups.values())
