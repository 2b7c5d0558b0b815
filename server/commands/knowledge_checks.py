"""What `chalklens doctor` finds out about the knowledge base.

How it is used: `async for check in check_knowledge(knowledge, settings)`: its folder, the embedder, then
the index with what is in it, through the same worker as a search. What it leaves out: repairs; an index
that is damaged is made anew by the next search or sync.
"""

import time
from collections.abc import AsyncGenerator

from chalklens.errors import ChalklensError, ModelError
from retrieval.configuration import NO_EMBEDDER
from retrieval.reports import KnowledgeStatus
from retrieval.service import KnowledgeService
from server.commands.checks import Check, check_folder
from server.settings import Settings

NAME, EMBEDDER = "knowledge base", "embedder"
FOLDER_HINT = "Allow writing there, or name another folder (--data-dir)."
SPACE_HINT = "An index of 100,000 passages takes about 0.5 GB."
LOW_DISK_BYTES = 1 << 30


async def check_knowledge(
    knowledge: KnowledgeService, settings: Settings
) -> AsyncGenerator[Check, None]:
    """Yield every finding; loading the embedder takes some seconds."""
    folder = settings.data_folder / "knowledge"
    yield check_folder("knowledge folder", folder, LOW_DISK_BYTES, FOLDER_HINT, SPACE_HINT)
    embedder = await check_embedder(knowledge, settings)
    yield embedder
    if embedder.state != "broken":
        yield await check_index(knowledge)


async def check_embedder(knowledge: KnowledgeService, settings: Settings) -> Check:
    """Load what searches by meaning."""
    start_s = time.perf_counter()
    try:
        await knowledge.warm()
    except ModelError as error:
        return Check(EMBEDDER, "broken", error.message, error.hint)
    except ChalklensError:
        pass  # something else is wrong with the index: what is asked next tells it
    if settings.embedder == NO_EMBEDDER:
        return Check(EMBEDDER, "absent", "none: documents are searched by words only")
    took_s = time.perf_counter() - start_s
    return Check(EMBEDDER, "ok", f"{settings.embedder}, loaded in {took_s:.1f} s")


async def check_index(knowledge: KnowledgeService) -> Check:
    """Open the index and count what is in it."""
    try:
        status = await knowledge.status()
    except ChalklensError as error:
        return Check(NAME, "broken", error.message, error.hint)
    if status.state == "failed":
        return Check(NAME, "broken", f"{status.store}: {status.detail}", "chalklens knowledge sync")
    return Check(NAME, "ok" if status.documents else "absent", _count(status), _advise(status))


def _count(status: KnowledgeStatus) -> str:
    counts = f"{status.documents} documents, {status.chunks} passages, {status.failed} failed"
    return f"{counts} ({status.store})"


def _advise(status: KnowledgeStatus) -> str:
    if status.state == "indexing":
        return "Documents are being indexed at the moment."
    if status.failed:
        return "`chalklens knowledge list` says why documents failed."
    return "" if status.documents else "`chalklens knowledge add FOLDER` adds documents."
