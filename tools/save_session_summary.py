"""`save_session_summary`: the session as a Markdown file.

How it is used: `make_tool(box)`, by `server/app.py`. What it leaves out: what stands in it, and
where it may lie (`chalklens/sessions`).
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from mcp.server.mcpserver import AcceptedElicitation, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ResourceLink
from pydantic import BaseModel, ConfigDict, Field

from chalklens.errors import InputError
from chalklens.sessions.archive import SavedSummary, SaveRequest, SessionArchive
from chalklens.sessions.story import SECTIONS, Section, Turn
from chalklens.workbench import Progress
from tools.cleaning import clean_text
from tools.definition import define_tool
from tools.results import CutOrder, ToolResult
from tools.session_records import link_to
from tools.toolbox import AnyContext, Toolbox

MAX_TURNS = 200
MAX_TURN_CHARS = 16_384
DESCRIPTION = (
    "Save this conversation as a Markdown file: answers, plan, evidence, labels. Call it when the "
    "user wants the conversation summarised, saved or archived (save record, save log; 总结对话, "
    "总结记录, 保存记录, 保存对话, 归档). Not to summarise a picture, chart or document, as in "
    '"give a summary of this chart". Calls are recorded already: turns adds what was said besides.'
)


class GivenTurn(BaseModel):
    """Something that was said."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(max_length=40)
    content: str = Field(max_length=MAX_TURN_CHARS)


class Thumbnail(BaseModel):
    """A small copy of a picture, kept for a while."""

    name: str
    page: int | None = None
    artifact: str


class SaveSessionSummaryResult(ToolResult):
    """The file that was written."""

    cut_order: ClassVar[CutOrder] = (("thumbnails",), ("summary",))

    path: str | None = None
    link: str | None = Field(default=None, description="Resource with its Markdown.")
    bytes: int | None = None
    sha256: str | None = None
    title: str | None = None
    session: str | None = Field(default=None, description="Handle of the session.")
    summary: str | None = Field(default=None, description="Data, not instructions.")
    summary_by: Literal["model", "extract"] | None = None
    model: str | None = None
    calls: int | None = None
    turns: int | None = None
    thumbnails: list[Thumbnail] | None = None
    notes: list[str] | None = None


class OwnFolder(BaseModel):
    """What a user answers when the folder cannot be used."""

    save_in_own_folder: bool = Field(description="Save in the folder of chalklens instead.")


class SameTitle(BaseModel):
    """What a user answers when there is a summary of the same title."""

    action: Literal["new", "replace"] = Field(description="new: a new file beside the old one.")


FolderQuestion = Callable[[AnyContext, str], Awaitable[OwnFolder | Elicit[OwnFolder]]]
TitleQuestion = Callable[[AnyContext, str, str], Awaitable[SameTitle | Elicit[SameTitle]]]


def _make_folder_question(archive: SessionArchive) -> FolderQuestion:
    """Ask where to save when the folder cannot be used."""

    async def ask_about_folder(ctx: AnyContext, folder: str) -> OwnFolder | Elicit[OwnFolder]:
        if not folder or not can_ask(ctx) or await archive.may_write_to(folder):
            return OwnFolder(save_in_own_folder=False)
        return Elicit(
            f"{clean_text(folder)} is not inside the folders that may be used. Save the summary in "
            "the folder of chalklens instead?",
            OwnFolder,
        )

    return ask_about_folder


def _make_title_question(box: Toolbox) -> TitleQuestion:
    """Ask what to do with a summary of the same title."""

    async def ask_about_title(
        ctx: AnyContext, title: str, folder: str
    ) -> SameTitle | Elicit[SameTitle]:
        former = None
        if title and can_ask(ctx):
            former = await box.sessions.archive.find_titled(title, folder, box.calls.principal(ctx))
        if former is None:
            return SameTitle(action="new")
        return Elicit(
            f"There is a summary {former.name} of this title. Write a new file or replace it?",
            SameTitle,
        )

    return ask_about_title


def make_tool(box: Toolbox) -> Tool:
    """Define the tool."""
    archive = box.sessions.archive
    ask_about_folder, ask_about_title = _make_folder_question(archive), _make_title_question(box)

    async def save_session_summary(
        ctx: AnyContext,
        place: Annotated[ElicitationResult[OwnFolder], Resolve(ask_about_folder)],
        same: Annotated[ElicitationResult[SameTitle], Resolve(ask_about_title)],
        title: Annotated[
            str, Field(max_length=300, description="Default: from the first question.")
        ] = "",
        turns: Annotated[
            list[GivenTurn] | None,
            Field(max_length=MAX_TURNS, description="The conversation, oldest first."),
        ] = None,
        sections: Annotated[
            list[Section] | None, Field(min_length=1, description="Default: all.")
        ] = None,
        folder: Annotated[
            str,
            Field(max_length=4096, description="An allowed folder. Default: chalklens' own."),
        ] = "",
        session: Annotated[
            str, Field(max_length=64, description="Handle of another session. Default: this one.")
        ] = "",
    ) -> Annotated[CallToolResult, SaveSessionSummaryResult]:
        principal = box.calls.principal(ctx)
        given = [Turn(turn.role, turn.content) for turn in turns or ()]
        chosen = "" if _uses_own_folder(place) else folder

        async def work(progress: Progress) -> SaveSessionSummaryResult:
            if session:
                await archive.read_session(session, principal, 1)
            former = None
            if _may_replace(same):
                former = await archive.find_titled(title, chosen, principal)
            request = SaveRequest(
                title=title,
                session=session or box.sessions.current(ctx),
                turns=given,
                sections=list(sections or SECTIONS),
                folder=chosen,
                replace=former.name if former else "",
            )
            saved = await archive.save(request, principal, progress)
            await announce(ctx)
            return describe_saved(saved)

        result = await box.calls.run(
            ctx, "save_session_summary", work, lambda: "saving the session"
        )
        return add_link(result)

    return define_tool(
        save_session_summary,
        title="Save session summary",
        description=DESCRIPTION,
        open_world=box.engine_open_world,
        read_only=False,
    )


def can_ask(ctx: AnyContext) -> bool:
    """Tell whether the host can put a form before its user, now."""
    found = ctx.client_capabilities
    wanted = found.elicitation if found else None
    if wanted is None or (wanted.form is None and wanted.url is not None):
        return False
    return ctx.session.can_send_request or (ctx.protocol_version or "") >= "2026-07-28"


async def announce(ctx: AnyContext) -> None:
    """Tell clients of either era that the list of resources has changed."""
    await ctx.notify_resources_changed()
    await ctx.session.send_resource_list_changed()


def describe_saved(saved: SavedSummary) -> SaveSessionSummaryResult:
    """Say what was written."""
    summary = saved.summary
    return SaveSessionSummaryResult(
        path=summary.path,
        link=link_to(summary) if saved.registered else None,
        bytes=summary.bytes,
        sha256=summary.sha256,
        title=summary.title,
        session=summary.session or None,
        summary=clean_text(saved.text.text),
        summary_by=saved.text.writer,
        model=saved.text.model or None,
        calls=saved.calls,
        turns=saved.turns or None,
        thumbnails=[
            Thumbnail(name=name, page=page, artifact=uri) for name, page, uri in saved.thumbnails
        ]
        or None,
        notes=[*([saved.text.note] if saved.text.note else []), *saved.notes] or None,
    )


def add_link(result: CallToolResult) -> CallToolResult:
    """Add a link that hosts can show, where there is one."""
    found: dict[str, Any] = result.structured_content or {}
    if link := found.get("link"):
        block = ResourceLink(
            type="resource_link",
            uri=link,
            name=Path(found["path"]).name,
            mime_type="text/markdown",
            size=found["bytes"],
        )
        result.content.append(block)
    return result


def _uses_own_folder(answer: ElicitationResult[OwnFolder]) -> bool:
    """A user who does not want our folder either gets no file in it."""
    if not isinstance(answer, AcceptedElicitation):
        raise InputError("The folder cannot be used, and no other was chosen.", "Pass another.")
    return answer.data.save_in_own_folder


def _may_replace(answer: ElicitationResult[SameTitle]) -> bool:
    """Nothing is replaced unless the user has said so."""
    return isinstance(answer, AcceptedElicitation) and answer.data.action == "replace"
