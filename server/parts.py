"""The parts behind tools and commands, made of settings: workbench and knowledge base.

How it is used: `build_workbench(settings)` and `build_knowledge(settings)`, by the server and by every
command that needs one; close what they return. What it leaves out: MCP, which most commands do without.
"""

from chalklens.engines.configuration import EngineConfig
from chalklens.engines.registry import create_engine
from chalklens.labelling.by_engine import EngineLabeller
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.labelling.selection import SelectingLabeller
from chalklens.media.access import AccessPolicy
from chalklens.media.artifacts import ArtifactStore
from chalklens.media.decoding import Decoder
from chalklens.media.limits import Limits
from chalklens.media.loader import MediaLoader
from chalklens.reading.reader import WorkerReader
from chalklens.workbench import Workbench
from chalklens.workers.pool import WorkerPool
from retrieval.configuration import KnowledgeConfig
from retrieval.knowledge import Knowledge
from server.settings import Settings


def build_workbench(settings: Settings, artifacts: ArtifactStore | None = None) -> Workbench:
    """Put media, reader, labellers and engine together; no process starts yet."""
    limits, access = Limits(), _read_access(settings)
    decoder = Decoder(limits)
    media = MediaLoader(access, limits, decoder, artifacts or ArtifactStore())
    threads = max(1, settings.threads // settings.sheet_workers)
    sheets = WorkerPool(sheet_worker_spec(threads=threads), settings.sheet_workers)
    embedded = EmbeddedLabeller(sheets)
    engine = create_engine(
        EngineConfig(
            model=settings.model,
            adapter=settings.adapter,
            quantize=settings.quantize,
            threads=settings.threads,
        ),
        decoder.encode,
    )
    reader = WorkerReader(sheets)
    by_engine = EngineLabeller(engine, reader=reader)
    labeller = SelectingLabeller(engine, by_engine, embedded, settings.labeller)
    return Workbench(media, reader, labeller, embedded, engine, sheets.workers)


def build_knowledge(settings: Settings) -> Knowledge:
    """Put the knowledge base together; no process starts and nothing is written yet."""
    return Knowledge(
        KnowledgeConfig(
            folder=settings.data_folder / "knowledge",
            access=_read_access(settings),
            store=settings.store,
            embedder=settings.embedder,
            reranker=settings.reranker,
            threads=settings.threads,
        )
    )


def _read_access(settings: Settings) -> AccessPolicy:
    return AccessPolicy(
        roots=settings.folders,
        allow_urls=settings.allow_url or bool(settings.allow_url_hosts),
        allowed_url_hosts=settings.allow_url_hosts,
        allow_private_hosts=settings.allow_private_hosts,
    )
