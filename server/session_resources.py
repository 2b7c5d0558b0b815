"""Sessions and summaries as resources, each for its own principal only.

How it is used: `register_session_resources(mcp, archive, principal)`. `chalklens://sessions` lists what
there is, `chalklens://sessions/{name}` is the Markdown of a summary, `chalklens://sessions/{session}/calls`
the record of a session by its handle. The middleware of `show_sessions` adds the latest summaries to
`resources/list`, and says in the handshake that this list changes: `save_session_summary` notifies.

What it leaves out: erasing, which is for the command line.
"""

from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from chalklens.errors import ChalklensError
from chalklens.sessions.archive import SessionArchive
from chalklens.sessions.document import show_time
from chalklens.sessions.records import CallRecord, SessionInfo
from server.errors import explained_reading
from server.packing import to_json
from server.principals import principal_of_request
from tools.cleaning import clean_text
from tools.results import UNTRUSTED
from tools.session_records import describe_call, describe_session, describe_summary, link_to
from tools.toolbox import AnyContext

LIST_URI = "chalklens://sessions"
LIST_TEMPLATE = "chalklens://sessions{?limit}"
SUMMARY_TEMPLATE = "chalklens://sessions/{name}"
CALLS_TEMPLATE = "chalklens://sessions/{session}/calls"
LIST_TITLE = "Sessions"
LIST_DESCRIPTION = "Your recorded sessions and saved summaries, the latest first."
MARKDOWN, JSON = "text/markdown", "application/json"
MAX_LISTED = 100
MAX_SHOWN = 50
MAX_RECORD_BYTES = 200_000
LIST_ENTRY = {
    "uri": LIST_URI,
    "name": "sessions",
    "title": LIST_TITLE,
    "description": LIST_DESCRIPTION,
    "mimeType": JSON,
}


def register_session_resources(
    mcp: MCPServer[Any], archive: SessionArchive, principal: Callable[[AnyContext], str]
) -> None:
    """Add the list, the sessions and the summaries."""

    @mcp.resource(
        # A template, because the SDK tells a fixed resource nothing about who asks.
        LIST_TEMPLATE,
        title=LIST_TITLE,
        description=LIST_DESCRIPTION,
        mime_type=JSON,
    )
    async def sessions(ctx: AnyContext, limit: str = str(MAX_LISTED)) -> str:
        wanted = min(MAX_LISTED, int(limit) if limit.isdecimal() and len(limit) < 9 else MAX_LISTED)
        who = principal(ctx)
        with explained_reading():
            recorded = await archive.list_sessions(who, wanted)
            saved = await archive.list_summaries(who, wanted)
        return to_json(
            {
                "sessions": [describe_session(one) for one in recorded],
                "summaries": [describe_summary(one) for one in saved],
            }
        )

    @mcp.resource(
        SUMMARY_TEMPLATE,
        title="Session summary",
        description="Markdown of a saved summary.",
        mime_type=MARKDOWN,
    )
    async def session_summary(name: str, ctx: AnyContext) -> str:
        with explained_reading():
            return await archive.read_summary(name, principal(ctx))

    @mcp.resource(
        CALLS_TEMPLATE,
        title="Recorded calls",
        description="The latest calls of a session, by its handle.",
        mime_type=JSON,
    )
    async def session_calls(session: str, ctx: AnyContext) -> str:
        with explained_reading():
            return tell_session(*await archive.read_session(session, principal(ctx)))


def show_sessions(archive: SessionArchive) -> ServerMiddleware[Any]:
    """Return a middleware that shows saved summaries in lists, and that lists change."""

    async def show(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        answer = await call_next(ctx)
        if not isinstance(answer, dict):
            return answer
        if ctx.method == "resources/list":
            principal = principal_of_request(ctx.request)
            entries = [LIST_ENTRY, *await _list_entries(archive, principal)]
            answer["resources"] = [*answer["resources"], *entries]
        elif ctx.method == "initialize":
            answer["capabilities"]["resources"]["listChanged"] = True
        return answer

    return show


async def _list_entries(archive: SessionArchive, principal: str) -> list[dict[str, Any]]:
    try:
        saved = await archive.list_summaries(principal, MAX_SHOWN)
    except ChalklensError:
        return []  # the other resources are there all the same; chalklens://sessions says why
    return [
        {
            "uri": link_to(one),
            "name": one.name,
            "title": clean_text(one.title),
            "description": f"Session summary of {show_time(one.created)}.",
            "mimeType": MARKDOWN,
            "size": one.bytes,
        }
        for one in saved
    ]


def tell_session(info: SessionInfo, calls: list[CallRecord]) -> str:
    """Write a session as JSON: the latest calls that fit."""
    told: list[str] = []
    left = MAX_RECORD_BYTES
    for call in reversed(calls):
        text = to_json(describe_call(call))
        left -= len(text.encode("utf-8", "replace"))
        if left < 0:
            break
        told.insert(0, text)
    head = to_json(describe_session(info) | {"notice": UNTRUSTED, "told": len(told)})
    return f'{head[:-1]},"record":[{",".join(told)}]}}'
