"""Reads EduGraph concepts from Turtle: the file that ships here, and the official releases.

How it is used: `read_concepts(sources)` returns the version and the concepts; `Ontology.load` calls
it. A release may be one file or several (schema, areas, scopes, abilities): give them together.

Understood are individuals typed `Area`, `Scope` or `Ability`, with IRIs of both forms
(`http://edugraph.io/edu/X`, and `http://edugraph.io/edu#X` up to 0.4.0), the plain relations and
those that name a dimension (`partOfArea`, `expandsScope`; 0.4.0), `specializes` and `structures`
(releases after 0.21.0) as parents, `rdfs:isDefinedBy` or `skos:definition` as definition.

What it leaves out: RDF/XML (the one that was committed upstream is stale), `owl:imports` (nothing
is fetched), reasoning, and the classes and properties themselves.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Final, cast

from chalklens.edugraph.concept import DIMENSIONS, RELATIONS, Concept, Dimension
from chalklens.errors import InputError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

MAX_FILE_BYTES: Final = 32 << 20

_LOCAL_NAME: Final = re.compile(r"https?://edugraph\.io/edu[/#]([A-Za-z]\w*)\Z")
_OF_ONE_DIMENSION: Final = re.compile(r"(?<=[a-z])(Area|Scope|Ability)\Z")
_PARENT_PROPERTIES: Final = ("partOf", "specializes", "structures")


def read_concepts(sources: Iterable[Traversable]) -> tuple[str, list[Concept]]:
    """Read one release, given as one or several Turtle files.

    Returns:
        The version (`owl:versionInfo`; empty when the files do not say), and the concepts by id.

    Raises:
        InputError: A file is missing, too large or not Turtle, or holds no EduGraph concepts.
    """
    from rdflib import Graph

    graph = Graph()
    for source in sources:
        _parse(graph, source)
    concepts = _concepts(graph)
    if not concepts:
        raise InputError(
            "The ontology holds no EduGraph concepts: nothing is typed Area, Scope or Ability.",
            "Give the Turtle files of a release of github.com/christian-bick/edugraph-ontology.",
        )
    return _version(graph), concepts


def _parse(graph: "Graph", source: Traversable) -> None:
    try:
        text = source.read_bytes()
    except OSError as error:
        raise InputError(
            f"The ontology file {source.name} cannot be read: {error.strerror}.",
            "Check the path and its permissions.",
        ) from None
    if len(text) > MAX_FILE_BYTES:
        raise InputError(
            f"The ontology file {source.name} is larger than {MAX_FILE_BYTES >> 20} MiB.",
            "A release of EduGraph is well under 1 MiB.",
        )
    try:
        graph.parse(data=text, format="turtle")
    except Exception as error:  # rdflib's parser raises whatever it trips over
        raise InputError(
            f"The ontology file {source.name} is not valid Turtle ({_reason(error)}).",
            "Give the Turtle (.ttl) files of a release, not RDF/XML.",
        ) from None


def _reason(error: Exception) -> str:
    line = getattr(error, "lines", None)  # rdflib's BadSyntax counts lines from 0
    return f"line {line + 1}" if isinstance(line, int) else type(error).__name__


def _version(graph: "Graph") -> str:
    from rdflib.namespace import OWL

    return max((str(value) for value in graph.objects(None, OWL.versionInfo)), default="")


def _concepts(graph: "Graph") -> list[Concept]:
    from rdflib.namespace import RDF

    dimensions: dict[Node, Dimension] = {
        subject: cast(Dimension, _local_name(kind))
        for subject, kind in graph.subject_objects(RDF.type)
        if _local_name(kind) in DIMENSIONS and _local_name(subject)
    }
    concepts = [_concept(graph, node, dimension) for node, dimension in dimensions.items()]
    return sorted(concepts, key=lambda concept: concept.id)


def _concept(graph: "Graph", node: "Node", dimension: Dimension) -> Concept:
    links: dict[str, set[str]] = {}
    for predicate, target in graph.predicate_objects(node):
        name = _OF_ONE_DIMENSION.sub("", _local_name(predicate))
        if name and _local_name(target):
            links.setdefault(name, set()).add(_local_name(target))
    parents = {parent for name in _PARENT_PROPERTIES for parent in links.get(name, ())}
    return Concept(
        id=_local_name(node),
        dimension=dimension,
        definition=_definition(graph, node),
        iri=str(node),
        parents=tuple(sorted(parents)),
        relations={name: tuple(sorted(links[name])) for name in RELATIONS if name in links},
    )


def _local_name(node: "Node") -> str:
    match = _LOCAL_NAME.match(str(node))
    return match[1] if match else ""


def _definition(graph: "Graph", node: "Node") -> str:
    from rdflib.namespace import RDFS, SKOS
    from rdflib.term import Literal

    for predicate in (RDFS.isDefinedBy, SKOS.definition):
        texts = [str(x) for x in graph.objects(node, predicate) if isinstance(x, Literal)]
        if texts:
            return " ".join(min(texts).split())
    return ""
