"""`manage_knowledge`: what the knowledge base holds, and how it gets there.

How it is used: `make_tool(box)`, by `server/app.py`. What it leaves out: reading and indexing
(`retrieval.service`).
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from chalklens.errors import InputError
from chalklens.workbench import Progress
from retrieval.configuration import DEFAULT_COLLECTION
from retrieval.reports import DocumentEntry, DocumentList, KnowledgeStatus, SyncReport
from retrieval.reports import Progress as StepProgress
from retrieval.service import KnowledgeService
from tools.arguments import OneOrMore, Words
from tools.citations import link_to
from tools.cleaning import clean_text
from tools.definition import define_tool
from tools.moments import show_moment
from tools.results import CutOrder, ToolResult
from tools.toolbox import AnyContext, Toolbox

Action = Literal["add", "sync", "remove", "list", "status"]
MAX_SOURCES = 100
MAX_LISTED = 100
MAX_COLLECTION_CHARS = 64
DESCRIPTION = (
    "Change or list what search_knowledge finds. add: index files, folders (later syncs follow "
    "them) or URLs; sync: follow what changed; remove: forget sources or a whole collection, files "
    "stay; list: documents; status: counts. Not for reading (search_knowledge)."
)


class SourceFailure(BaseModel):
    """A source that could not be indexed."""

    source: str
    reason: str


class Changes(BaseModel):
    """Documents by what happened to them."""

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    failed: int
    unsupported: int | None = Field(
        default=None, description="Files of kinds that are not indexed."
    )
    seconds: float


class DocumentInfo(BaseModel):
    """One known document."""

    id: str
    source: str
    collection: str
    link: str
    pages: int | None = None
    chunks: int
    characters: int
    modified: str | None = None
    tags: list[str] | None = None
    failure: str | None = Field(default=None, description="Why it is not searchable.")


class KnowledgeInfo(BaseModel):
    """The knowledge base as a whole."""

    state: str = Field(description="empty, ready, indexing or failed.")
    store: str
    documents: int
    chunks: int
    failed: int
    collections: dict[str, int]
    embedder: str | None = None
    reranker: str | None = None
    watched: list[str] | None = Field(default=None, description="What a sync follows.")
    detail: str | None = None


class ManageKnowledgeResult(ToolResult):
    """What changed, or what is there."""

    cut_order: ClassVar[CutOrder] = (("failed", "documents"), ("knowledge.watched",))

    changes: Changes | None = None
    failed: list[SourceFailure] | None = None
    documents: list[DocumentInfo] | None = None
    total: int | None = Field(default=None, description="Documents in all.")
    next_offset: int | None = Field(default=None, description="Where the list goes on.")
    knowledge: KnowledgeInfo | None = None


def make_tool(box: Toolbox) -> Tool:
    """Define the tool."""

    async def manage_knowledge(
        ctx: AnyContext,
        action: Annotated[Action, Field(description="What to do.")],
        sources: Annotated[
            list[Annotated[str, Field(min_length=1, max_length=4096)]] | None,
            OneOrMore,
            Field(
                max_length=MAX_SOURCES,
                description="Paths inside the allowed folders, or URLs where allowed.",
            ),
        ] = None,
        collection: Annotated[
            str | None,
            Field(
                min_length=1,
                max_length=MAX_COLLECTION_CHARS,
                description=f"Default: all; for add: {DEFAULT_COLLECTION}.",
            ),
        ] = None,
        tags: Annotated[
            Words | None, Field(description="For add: words to filter searches by.")
        ] = None,
        offset: Annotated[int, Field(ge=0, description="For list: documents to skip.")] = 0,
    ) -> Annotated[CallToolResult, ManageKnowledgeResult]:
        wanted, marks = tuple(sources or ()), tuple(tags or ())

        async def work(progress: Progress) -> ManageKnowledgeResult:
            if action == "list":
                found = await box.knowledge.list_documents(collection, offset, MAX_LISTED)
                return describe_list(found, offset)
            if action == "status":
                status = await box.knowledge.status()
                return ManageKnowledgeResult(knowledge=describe_knowledge(status))
            steps = _tell_steps(progress)
            return describe_report(
                await _change(box.knowledge, action, wanted, collection, marks, steps)
            )

        return await box.calls.run(ctx, "manage_knowledge", work, lambda: f"{action} under way")

    return define_tool(
        manage_knowledge,
        title="Manage knowledge",
        description=DESCRIPTION,
        open_world=box.open_world,
        read_only=False,
        destructive=True,
    )


async def _change(
    knowledge: KnowledgeService,
    action: Action,
    sources: Sequence[str],
    collection: str | None,
    tags: Sequence[str],
    steps: StepProgress,
) -> SyncReport:
    if action == "remove":
        if not sources and not collection:
            raise InputError(
                "Nothing says what to remove.", "Pass sources, or a collection to remove it whole."
            )
        return await knowledge.remove(sources, collection)
    if sources:
        return await knowledge.add(sources, collection or DEFAULT_COLLECTION, tags, steps)
    if action == "add":
        raise InputError("Nothing says what to add.", "Pass paths or URLs as sources.")
    return await knowledge.sync(collection, steps)


def _tell_steps(progress: Progress) -> StepProgress:
    def tell(done: int, total: int, what: str) -> None:
        progress(clean_text(f"indexed {done} of {total}: {what}" if total else what))

    return tell


def describe_report(report: SyncReport) -> ManageKnowledgeResult:
    """Say what changed, and why the rest did not."""
    return ManageKnowledgeResult(
        changes=Changes(
            added=report.added,
            changed=report.changed,
            moved=report.moved,
            removed=report.removed,
            unchanged=report.unchanged,
            failed=len(report.failed),
            unsupported=report.unsupported or None,
            seconds=round(report.seconds, 2),
        ),
        failed=[
            SourceFailure(source=clean_text(source), reason=clean_text(reason))
            for source, reason in report.failed
        ]
        or None,
    )


def describe_list(found: DocumentList, offset: int) -> ManageKnowledgeResult:
    """Say which documents there are, and where to go on."""
    end = offset + len(found.documents)
    return ManageKnowledgeResult(
        documents=[describe_document(document) for document in found.documents],
        total=found.total,
        next_offset=end if found.documents and end < found.total else None,
    )


def describe_document(document: DocumentEntry) -> DocumentInfo:
    """Say what is known about a document; its title stays out, because its author chose it."""
    return DocumentInfo(
        id=document.id,
        source=clean_text(document.source),
        collection=clean_text(document.collection),
        link=link_to(document.id, None),
        pages=document.pages,
        chunks=document.chunks,
        characters=document.characters,
        modified=show_moment(document.modified),
        tags=[clean_text(tag) for tag in document.tags] or None,
        failure=clean_text(document.failure) or None,
    )


def describe_knowledge(status: KnowledgeStatus) -> KnowledgeInfo:
    """Say how the knowledge base is."""
    return KnowledgeInfo(
        state=status.state,
        store=status.store,
        documents=status.documents,
        chunks=status.chunks,
        failed=status.failed,
        collections={clean_text(name): count for name, count in status.collections.items()},
        embedder=status.embedder or None,
        reranker=status.reranker or None,
        watched=[clean_text(place) for place in status.watched] or None,
        detail=clean_text(status.detail) or None,
    )
