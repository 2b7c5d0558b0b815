"""Whose session a tool call belongs to, and the call's way into the record.

How it is used: `ChalklensServer.call_tool` (`server/app.py`) hands every finished call to
`Recording.note`, which never raises and never changes what a client gets, but for the handle below.
Tools ask `current(ctx)` for the session they run in.

A session is one per process over stdio, one per connection over SSE, one per `Mcp-Session-Id` over
streamable HTTP. Requests of 2026-07-28 over HTTP have none of these: theirs is found by the handle
in the request's `_meta`, under `chalklens/session`, and otherwise by who calls (principal and the
client's own name) until IDLE_S without a call; each result carries the handle in its `_meta`. Handles
are 128 random bits made here; one that was not made for the principal that sends it opens nothing.

`server_status` is not recorded: hosts poll it, and what it fetches is recorded with the job itself.
What it leaves out: what is kept of a call (`chalklens/sessions/extraction.py`).
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from mcp.types import CallToolResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from chalklens.errors import ChalklensError
from chalklens.sessions.archive import SessionArchive
from chalklens.sessions.extraction import Event, make_call
from chalklens.sessions.records import CallRecord, CallStatus, SessionKey
from server.errors import explain
from server.jobs import JobTable
from server.principals import principal_of
from tools.cleaning import clean_text
from tools.toolbox import AnyContext

HANDLE_META_KEY = "chalklens/session"
NOT_RECORDED = frozenset({"server_status"})
MAX_SESSIONS = 1_024
IDLE_S = 1_800.0
MAX_CLIENT_CHARS = 80
SSE_MESSAGES = "/messages/"


@dataclass(slots=True)
class _Known:
    key: SessionKey
    used_at_s: float


class SessionBook:
    """Knows which session a call belongs to.

    Args:
        capacity: Sessions remembered; the one unused for longest is forgotten, its record stays.
        idle_s: After this, calls without a handle begin a new session.
        clock_s: Seconds that only grow.
    """

    def __init__(
        self,
        capacity: int = MAX_SESSIONS,
        idle_s: float = IDLE_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._idle_s, self._clock_s = capacity, idle_s, clock_s
        self._known: OrderedDict[tuple[str, str, str], _Known] = OrderedDict()

    def find(self, ctx: AnyContext) -> SessionKey:
        """Return the session of a call; the first call of one begins it."""
        principal = principal_of(ctx)
        if is_stateless(ctx):
            return self._find_by_handle(ctx, principal) or self._find_by_client(ctx, principal)
        return self._find(principal, *_connection_of(ctx), _client_of(ctx))

    def _find_by_handle(self, ctx: AnyContext, principal: str) -> SessionKey | None:
        handle = cast("Mapping[str, Any]", ctx.request_context.meta or {}).get(HANDLE_META_KEY)
        for name, known in self._known.items():
            if known.key.id == handle and known.key.principal == principal:
                known.used_at_s = self._clock_s()
                self._known.move_to_end(name)
                return known.key
        return None

    def _find_by_client(self, ctx: AnyContext, principal: str) -> SessionKey:
        client = _client_of(ctx)
        name = (principal, "client", client)
        known = self._known.get(name)
        if known and known.used_at_s < self._clock_s() - self._idle_s:
            # Its handle goes on being good; calls without one begin anew.
            self._known[principal, "handle", known.key.id] = self._known.pop(name)
        return self._find(*name, client)

    def _find(self, principal: str, kind: str, origin: str, client: str) -> SessionKey:
        name = (principal, kind, origin)
        known = self._known.get(name)
        if known is None:
            known = _Known(SessionKey(secrets.token_hex(16), principal, client), 0.0)
            self._known[name] = known
        known.used_at_s = self._clock_s()
        self._known.move_to_end(name)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return known.key


class Recording:
    """Records calls, if the user has not switched it off.

    Args:
        archive: Where they go; also what tools and resources read.
        jobs: Where long calls go on.
        enabled: Calls are recorded. Summaries can be saved all the same.
    """

    def __init__(self, archive: SessionArchive, jobs: JobTable, *, enabled: bool) -> None:
        self.archive, self.enabled = archive, enabled
        self._jobs, self._book = jobs, SessionBook()
        self._followers: set[asyncio.Task[None]] = set()

    def current(self, ctx: AnyContext) -> str:
        """Return the handle of the session a call belongs to."""
        return self._book.find(ctx).id

    def describe(self) -> str:
        """Say whether calls are recorded."""
        recorder = self.archive.recorder
        if not self.enabled:
            return "off"
        if recorder.trouble:
            return f"failing, {recorder.lost} calls not recorded: {recorder.trouble}"
        return "on"

    async def note(self, ctx: AnyContext, event: Event, result: CallToolResult) -> CallToolResult:
        """Record a call that has ended, or follow its job; return what the client gets."""
        key = self._book.find(ctx)
        if self.enabled and event.tool not in NOT_RECORDED:
            document: dict[str, Any] = result.structured_content or {}
            call = self._make_call(replace(event, result=document))
            await self.archive.recorder.record(key, call)
            if call.status == "running":
                self._follow(key, call, event, str(document.get("job_id")))
        return _with_handle(result, key.id) if is_stateless(ctx) else result

    def note_cancelled(self, ctx: AnyContext, event: Event) -> None:
        """Record a call that the client cancelled; nobody is there to wait."""
        if self.enabled and event.tool not in NOT_RECORDED:
            call = self._make_call(replace(event, status="cancelled"))
            self.archive.recorder.note(self._book.find(ctx), call)

    async def settle(self) -> None:
        """Wait until the ends of jobs that have ended are recorded."""
        if self._followers:
            await asyncio.wait(self._followers, timeout=self.archive.recorder.ack_limit_s)

    async def close(self) -> None:
        """Record how jobs ended that were stopped just now, then close the record."""
        await self.settle()
        await self.archive.recorder.close()

    def _make_call(self, event: Event, call_id: str = "") -> CallRecord:
        limits = self.archive.recorder.limits
        call = make_call(call_id or secrets.token_hex(16), event, limits)
        return replace(
            call,
            tool=clean_text(call.tool),
            question=clean_text(call.question),
            answer=clean_text(call.answer),
            details=_clean(call.details),
        )

    def _follow(self, key: SessionKey, call: CallRecord, event: Event, job_id: str) -> None:
        """When the job of a call ends, record its outcome in the place of `running`."""
        try:
            job = self._jobs.find(job_id, key.principal)
        except ChalklensError:
            return

        async def finish() -> None:
            await asyncio.wait([job.task])
            ended = replace(event, **_outcome_of(job.task, event.tool))
            ended = replace(ended, seconds=self._jobs.clock_s() - job.started_at_s)
            await self.archive.recorder.record(key, self._make_call(ended, call.id))

        follower = asyncio.create_task(finish())
        self._followers.add(follower)
        follower.add_done_callback(self._followers.discard)


def is_stateless(ctx: AnyContext) -> bool:
    """Tell whether nothing of the transport ties this request to others."""
    request: Any = ctx.request_context.request
    if request is None or _sse_stream_of(request):
        return False
    is_modern = ctx.request_context.protocol_version in MODERN_PROTOCOL_VERSIONS
    return is_modern or not _header_of(request)


def _connection_of(ctx: AnyContext) -> tuple[str, str]:
    request: Any = ctx.request_context.request
    if request is None:
        return "process", ""
    stream = _sse_stream_of(request)
    return ("sse", stream) if stream else ("http", _header_of(request))


def _sse_stream_of(request: Any) -> str:
    """The SDK's name of the event stream a message came in for; empty on other transports."""
    if not request.scope["path"].startswith(SSE_MESSAGES):
        return ""
    return str(request.query_params.get("session_id", ""))


def _header_of(request: Any) -> str:
    return str(request.headers.get(MCP_SESSION_ID_HEADER, ""))


def _client_of(ctx: AnyContext) -> str:
    params = ctx.session.client_params
    return clean_text(params.client_info.name[:MAX_CLIENT_CHARS]) if params else ""


def _with_handle(result: CallToolResult, handle: str) -> CallToolResult:
    return result.model_copy(update={"meta": {**(result.meta or {}), HANDLE_META_KEY: handle}})


def _outcome_of(task: "asyncio.Task[CallToolResult]", tool: str) -> dict[str, Any]:
    status: CallStatus = "done"
    if task.cancelled():
        return {"status": "cancelled"}
    if error := task.exception():
        status = "failed"
        return {"status": status, "result": {"error": explain(error, tool).model_dump()}}
    return {"status": status, "result": task.result().structured_content or {}}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {clean_text(key): _clean(item) for key, item in members.items()}
    return value
