"""What clients may read: status, EduGraph concepts, known documents, artifacts of earlier calls.

How it is used: `register_resources(mcp, parts...)`. `chalklens://edugraph/{concept}` gives one
concept as JSON with a readable `text`; clients can complete the id. `chalklens://artifacts/{id}`
opens for the principal whose call made it. Documents: `server/document_resources.py`.

What it leaves out: subscriptions; nothing here changes by itself in a way worth telling.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from chalklens.edugraph.graph import ConceptDescription, describe_concept
from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError, MediaReferenceError
from chalklens.media.artifacts import Artifact, ArtifactStore
from retrieval.service import KnowledgeService
from server.document_resources import (
    DOCUMENT_TEMPLATES,
    complete_document,
    register_document_resources,
)
from server.packing import to_json
from tools.cleaning import clean_text
from tools.results import ToolResult
from tools.toolbox import AnyContext, load_ontology

STATUS_URI = "chalklens://status"
CONCEPT_TEMPLATE = "chalklens://edugraph/{concept}"
ARTIFACT_TEMPLATE = "chalklens://artifacts/{id}"
MAX_COMPLETIONS = 100


def register_resources(
    mcp: MCPServer[Any],
    artifacts: ArtifactStore,
    report: Callable[[], ToolResult],
    principal: Callable[[AnyContext], str],
    knowledge: KnowledgeService | None = None,
) -> None:
    """Add all resources and the completion of ids.

    Args:
        mcp: Where to add them.
        artifacts: What `chalklens://artifacts/{id}` reads.
        report: Describes the server.
        principal: Who asks.
        knowledge: Whose documents can be read; None where searching is switched off.
    """

    @mcp.resource(
        STATUS_URI,
        title="Server status",
        description="Model, labeller, allowed folders, limits and jobs.",
        mime_type="application/json",
    )
    async def status() -> str:
        return to_json(report().model_dump(exclude_none=True))

    @mcp.resource(
        CONCEPT_TEMPLATE,
        title="EduGraph concept",
        description="Meaning, parents, parts and relations of one concept of the ontology.",
        mime_type="application/json",
    )
    async def edugraph_concept(concept: str) -> str:
        return to_json(await asyncio.to_thread(tell_concept, await load_ontology(), concept))

    @mcp.resource(
        ARTIFACT_TEMPLATE,
        title="Artifact",
        description="The uncut result of an earlier call, or a file it made.",
        mime_type="application/octet-stream",
    )
    async def artifact(id: str, ctx: AnyContext) -> str | bytes:
        found = find_artifact(artifacts, id, principal(ctx))
        return found.data if _is_binary(found) else found.data.decode()

    if knowledge:
        register_document_resources(mcp, knowledge)

    @mcp.completion()
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion | None:
        uri = getattr(ref, "uri", "")
        if uri == CONCEPT_TEMPLATE and argument.name == "concept":
            return complete_concept(await load_ontology(), argument.value)
        if knowledge and uri in DOCUMENT_TEMPLATES and argument.name == "document":
            return await complete_document(knowledge, argument.value)
        return None


def find_artifact(artifacts: ArtifactStore, id_: str, principal: str) -> Artifact:
    """Open an artifact.

    Raises:
        ResourceNotFoundError: There is none for this principal (any more).
    """
    try:
        return artifacts.get(id_, principal)
    except MediaReferenceError as error:
        raise ResourceNotFoundError(str(error)) from None


def tell_concept(ontology: Ontology, term: str) -> dict[str, Any]:
    """Everything about one concept, as fields and as one readable `text`.

    Raises:
        ResourceNotFoundError: There is no such concept; names the nearest ids.
    """
    try:
        concept = describe_concept(term, ontology)
    except InputError as error:
        raise ResourceNotFoundError(clean_text(str(error))) from None
    return asdict(concept) | {"text": _tell(concept)}


def complete_concept(ontology: Ontology, typed: str) -> Completion:
    """Ids that begin with what was typed, then ids that contain it; case does not matter."""
    wanted = typed.lower()
    hits = [id_ for id_ in ontology.concepts if wanted in id_.lower()]
    hits.sort(key=lambda id_: not id_.lower().startswith(wanted))
    return Completion(
        values=hits[:MAX_COMPLETIONS], total=len(hits), has_more=len(hits) > MAX_COMPLETIONS
    )


def _tell(concept: ConceptDescription) -> str:
    lists = {
        "part of": concept.parents,
        "parts": concept.children,
        **concept.relations,
        "builds on": concept.prerequisites,
        "excludes": concept.contradictions,
    }
    told = [f"{name}: {', '.join(ids)}" for name, ids in lists.items() if ids]
    return "\n".join([f"{concept.id} ({concept.dimension}): {concept.definition}", *told])


def _is_binary(artifact: Artifact) -> bool:
    kind = artifact.mime_type
    return not (kind.startswith("text/") or kind == "application/json")
