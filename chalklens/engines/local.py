"""A Qwen3-VL on this machine: the server's side of the engine worker.

How it is used:

    engine = LocalEngine(EngineConfig(model="qwen3-vl-4b"))
    await engine.start()                       # warm-up in the background
    async for part in engine.generate(GenerateRequest("What is this?", (picture,))):
        ...                                    # TokenChunk ..., Generation

Files are inspected here (JSON and headers only), everything heavy happens in the worker process.
Whatever stopped the model from loading is checked again at the next call: a folder that appears, a
file that was repaired or memory that came free is enough. What it leaves out: choosing the model
(`registry.py`), several adapters.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalklens.engines.configuration import EngineConfig
from chalklens.engines.fair_queue import FairQueue, QueueLimits
from chalklens.engines.inspection import (
    ModelFacts,
    inspect_adapter,
    inspect_model,
    read_trained_pixels,
)
from chalklens.engines.models import LocalModel, find_model, is_path, revision_of
from chalklens.engines.parameters import check_request
from chalklens.errors import ChalklensError, ModelError, TimeLimitError, WorkerError
from chalklens.media.wire import pack_picture
from chalklens.types import EngineState, EngineStatus, GenerateRequest, Generation, TokenChunk
from chalklens.workers.process import WorkerProcess, WorkerReply, WorkerSpec

WORKER = "chalklens.engines.worker:serve"
CANCEL_LIMIT_S = 1.0
ENVIRONMENT = {
    # Spinning OpenMP threads are several times slower when the cores are shared.
    "OMP_WAIT_POLICY": "passive",
    # Nothing is downloaded without being asked, and nothing is reported home.
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What is loaded, and in which life of the worker."""

    pid: int | None
    model: str
    revision: str
    device: str
    dtype: str
    load_s: float


class LocalEngine:
    """Implements the `Engine` protocol with one worker process."""

    def __init__(self, config: EngineConfig, *, worker_target: str = WORKER) -> None:
        self.config = config
        self._worker = WorkerProcess(WorkerSpec("engine", worker_target, ENVIRONMENT))
        limits = QueueLimits(
            config.max_waiting,
            config.max_waiting_per_principal,
            config.wait_limit_s,
            config.max_batch,
        )
        self._queue = FairQueue(limits)
        self._loading: asyncio.Task[_Loaded] | None = None
        self._loaded: _Loaded | None = None
        self._problem = ""
        self._idle: asyncio.TimerHandle | None = None

    def status(self) -> EngineStatus:
        """Describe the engine without waiting for it."""
        loaded = self._loaded
        return EngineStatus(
            kind="local",
            state=self._state(),
            model=loaded.model if loaded else self._name(),
            revision=loaded.revision if loaded else "",
            adapter=Path(self.config.adapter).name,
            quantize=self.config.quantize,
            device=loaded.device if loaded else self.config.device,
            dtype=loaded.dtype if loaded else self.config.dtype,
            waiting=self._queue.waiting,
            load_s=loaded.load_s if loaded else 0.0,
            worker_pid=self._worker.pid,
            detail=self._problem,
        )

    async def start(self) -> None:
        """Begin to load the model in the background; problems show up in `status`."""
        self._begin_loading()

    async def identify(self) -> EngineStatus:
        """Return the status: the name is the one that was given."""
        return self.status()

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        """Stream an answer: chunks, then exactly one `Generation`.

        Raises:
            InputError: The request is over a limit.
            ModelError: The model cannot be loaded; the message says why.
            BusyError: The queue is full, or no turn came up in time.
            WorkerError: The worker died; the next call starts a new one.
        """
        check_request(request)
        async with self._queue.admit(request.principal) as place:
            self._stay_awake()
            try:
                loaded = await self._ready()
                fields, blobs = _pack(request, await place.turn())
                replies = self._worker.stream("generate", fields, blobs)
                async with contextlib.aclosing(replies):
                    async for reply in replies:
                        yield self._unpack(reply, loaded)
            except WorkerError as error:
                self._problem = error.message
                raise
            finally:
                self._sleep_later()

    async def close(self) -> None:
        """Stop the worker and wait for it."""
        self._stay_awake()
        self._queue.close()
        if self._loading:
            self._loading.cancel()
        await self._worker.close()
        if self._loading:
            await asyncio.wait([self._loading], timeout=CANCEL_LIMIT_S)

    async def load_figures(self) -> Mapping[str, Any]:
        """Return the worker's own figures: `resident_bytes`, `tokens` of the last wave."""
        reply = await self._worker.call("figures", {}, timeout_s=30)
        return reply.fields

    def unload_if_idle(self) -> None:
        """Give the model's memory back unless somebody waits; the next call loads it again."""
        if not self._queue.waiting and not self._queue.running and self._usable():
            self._worker.kill()

    def _state(self) -> EngineState:
        if self._loading and not self._loading.done():
            return "loading"
        if self._usable():
            return "ready"
        return "failed" if self._problem else "idle"

    def _name(self) -> str:
        """Name of the model before it is loaded; of a path only the last part is shown."""
        return Path(self.config.model).name if is_path(self.config.model) else self.config.model

    def _usable(self) -> bool:
        return self._loaded is not None and self._loaded.pid == self._worker.pid is not None

    def _begin_loading(self) -> "asyncio.Task[_Loaded]":
        """Return the load that is going on, or begin one."""
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())
            # A warm-up that fails is told by `status`; nobody may be awaiting it.
            self._loading.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._loading

    async def _ready(self) -> _Loaded:
        if self._loaded and self._usable():
            return self._loaded
        loading = self._begin_loading()
        try:
            # Shielded: a caller that gives up does not stop the load others wait for.
            return await asyncio.shield(loading)
        except asyncio.CancelledError:
            if loading.cancelled():
                raise WorkerError("The engine is shut down.") from None
            raise

    async def _load(self) -> _Loaded:
        self._loaded = None
        try:
            model, facts, revision = await asyncio.to_thread(self._examine)
            fields = self._load_fields(model, facts)
            reply = await self._worker.call("load", fields, timeout_s=self.config.load_limit_s)
        except TimeLimitError as error:
            self._problem = error.message
            raise ModelError(
                f"The model did not load within {self.config.load_limit_s:g} s.",
                "Take a smaller model, or `--quantize nf4`.",
                code="load_timeout",
            ) from error
        except ChalklensError as error:
            self._problem = str(error)
            raise
        self._problem = ""
        self._loaded = _Loaded(self._worker.pid, model.name, revision, **reply.fields)
        return self._loaded

    def _examine(self) -> tuple[LocalModel, ModelFacts, str]:
        """Find the model and refuse what must not be loaded; file headers only."""
        model = find_model(self.config.model, self.config.model_folders)
        facts = inspect_model(model.folder)
        if self.config.adapter:
            inspect_adapter(Path(self.config.adapter).expanduser(), facts)
        return model, facts, revision_of(model, facts)

    def _load_fields(self, model: LocalModel, facts: ModelFacts) -> dict[str, Any]:
        adapter = self.config.adapter
        folder = Path(adapter).expanduser().resolve()
        # An adapter sees pictures no smaller and no larger than those it has learnt from.
        learnt = read_trained_pixels(folder) if adapter else None
        least, most = learnt or (self.config.min_pixels, self.config.max_pixels)
        max_pixels = min(self.config.max_pixels, most)
        return {
            "folder": str(model.folder),
            "adapter": str(folder) if adapter else "",
            "quantize": self.config.quantize,
            "device": self.config.device,
            "dtype": self.config.dtype,
            "min_pixels": min(least, max_pixels),
            "max_pixels": max_pixels,
            "threads": self.config.threads,
            "parameters": facts.parameters,
            "layer_parameters": facts.layer_parameters,
            "cache_values_per_token": facts.cache_values_per_token,
        }

    def _unpack(self, reply: WorkerReply, loaded: _Loaded) -> TokenChunk | Generation:
        fields = dict(reply.fields)
        token_ids = tuple(fields.pop("token_ids"))
        if not reply.final:
            return TokenChunk(fields["text"], token_ids)
        return Generation(
            **fields,
            token_ids=token_ids,
            model=loaded.model,
            revision=loaded.revision,
            adapter=Path(self.config.adapter).name,
        )

    def _stay_awake(self) -> None:
        if self._idle:
            self._idle.cancel()
            self._idle = None

    def _sleep_later(self) -> None:
        """Give the memory back after a while without work; the next call loads again."""
        self._stay_awake()
        if self.config.idle_unload_s > 0:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self.config.idle_unload_s, self.unload_if_idle)


def _pack(request: GenerateRequest, together: int) -> tuple[dict[str, Any], list[bytes]]:
    packed = [pack_picture(picture) for picture in request.pictures]
    fields = {
        **{k: v for k, v in _fields(request).items() if k not in ("pictures", "principal")},
        "pictures": [fields for fields, _ in packed],
        "together": together,
    }
    return fields, [pixels for _, pixels in packed]


def _fields(request: GenerateRequest) -> dict[str, Any]:
    """Return the fields of a request; `dataclasses.asdict` would copy every pixel."""
    return {name: getattr(request, name) for name in GenerateRequest.__slots__}
