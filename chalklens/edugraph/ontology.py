"""The EduGraph ontology: concepts, the forest they form, and what their relations imply.

How it is used:

    ontology = Ontology.load()                  # ours, 0.21.0; read once per process
    ontology = Ontology.load("areas.ttl", ...)  # the Turtle files of an official release
    ontology.ancestors("Addition")              # ("BaseOperations", "ArithmeticOperations", ...)

`load` imports rdflib and takes a few tenths of a second: call it in a thread when an event loop must
not wait. An `Ontology` never changes, so threads may share it.

What it leaves out: reading Turtle (`turtle`), older vocabularies (`vocabulary`), label sets
(`labels`), and description logic beyond the closures below.

Source: EduGraph by Christian Bick, https://github.com/christian-bick/edugraph-ontology
(Apache-2.0); the facts are those of release 0.21.0, the definitions our own.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from chalklens.edugraph.concept import RELATIONS, Concept, Dimension, Relation
from chalklens.edugraph.turtle import read_concepts
from chalklens.errors import InputError
from knowledge_base import ROOT


class Ontology:
    """Concepts by id, with the closures over their relations.

    Attributes:
        version: Release of the ontology, e.g. `0.21.0`; empty when the file does not say.
        concepts: Concept by id, ids sorted.
        unresolved: Statements about ids that are no concepts, as `subject relation object`; they
            are not followed (official releases before 0.6.0 have some).
    """

    def __init__(self, version: str, concepts: Iterable[Concept]) -> None:
        """Index the concepts.

        Raises:
            InputError: A concept is, over any number of steps, its own parent.
        """
        by_id = {concept.id: concept for concept in sorted(concepts, key=lambda c: c.id)}
        self.version = version
        self.concepts: Mapping[str, Concept] = MappingProxyType(by_id)
        self.unresolved = tuple(self._find_unresolved())
        self._parents = {c.id: self._known(c.parents) for c in by_id.values()}
        self._children = _inverted(self._parents)
        self._links = {relation: self._links_of(relation) for relation in RELATIONS}
        self._referring = {relation: _inverted(self._links[relation]) for relation in RELATIONS}
        self._depths = self._measure_depths()

    @classmethod
    def load(cls, *files: str | PathLike[str], version: str = "") -> "Ontology":
        """Read the ontology that ships here, or the Turtle files of one release.

        Args:
            files: One or several Turtle files that belong together; none for ours.
            version: Overrides the version that the files state; official releases state none.

        Raises:
            InputError: A file is missing, not Turtle, or holds no EduGraph hierarchy.
        """
        if not files:
            return _load_ours()
        stated, concepts = read_concepts([Path(file) for file in files])
        return cls(version or stated, concepts)

    def __contains__(self, id_: object) -> bool:
        return id_ in self.concepts

    def __len__(self) -> int:
        return len(self.concepts)

    def __getitem__(self, id_: str) -> Concept:
        return self.concepts[id_]

    def ids(self, dimension: Dimension) -> tuple[str, ...]:
        """All ids of one dimension, sorted."""
        return tuple(c.id for c in self.concepts.values() if c.dimension == dimension)

    def roots(self, dimension: Dimension) -> tuple[str, ...]:
        """The ids of one dimension that are part of nothing, sorted."""
        return tuple(id_ for id_ in self.ids(dimension) if not self._parents[id_])

    def children(self, id_: str) -> tuple[str, ...]:
        """What is directly part of a concept, sorted."""
        return self._children.get(id_, ())

    def ancestors(self, id_: str) -> tuple[str, ...]:
        """What a concept is part of over any number of steps, nearest first, without itself."""
        return _closure(id_, self._parents)

    def depth(self, id_: str) -> int:
        """Levels from the root, which has depth 1; the longest way where there are two."""
        return self._depths[id_]

    def expand(self, ids: Iterable[str]) -> frozenset[str]:
        """The ids with all their ancestors: what hierarchical precision and recall compare.

        Source: Kiritchenko et al., Functional annotation of genes using hierarchical text
        categorization, 2005.
        """
        known = [id_ for id_ in ids if id_ in self.concepts]
        return frozenset(known).union(*map(self.ancestors, known))

    def related(self, id_: str, *relations: Relation) -> tuple[str, ...]:
        """What a concept reaches over any of the relations, any number of steps, nearest first."""
        return _closure(id_, *(self._links[relation] for relation in relations))

    def referring(self, id_: str, relation: Relation) -> tuple[str, ...]:
        """The concepts that state the relation to this one, sorted."""
        return self._referring[relation].get(id_, ())

    def prerequisites(self, id_: str) -> tuple[str, ...]:
        """What a concept builds on (`expands`, and `inverts` as a kind of it), nearest first."""
        return self.related(id_, "expands", "inverts")

    def contradictions(self, id_: str) -> tuple[str, ...]:
        """What cannot hold together with a concept, sorted.

        Closed symmetrically (7 of the 33 statements of 0.21.0 go one way only), and over `implies`
        on both sides: numbers up to 10 exclude numbers over 100.
        """
        held = (id_, *self.related(id_, "implies"))
        stated = {
            target
            for one in held
            for links in (self._links["contradicts"], self._referring["contradicts"])
            for target in links.get(one, ())
        }
        stronger = {x for one in stated for x in _closure(one, self._referring["implies"])}
        return tuple(sorted((stated | stronger) - set(held)))

    def _links_of(self, relation: Relation) -> dict[str, tuple[str, ...]]:
        return {c.id: self._known(c.relations.get(relation, ())) for c in self.concepts.values()}

    def _known(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(id_ for id_ in ids if id_ in self.concepts)

    def _measure_depths(self) -> dict[str, int]:
        depths: dict[str, int] = {}
        try:
            for id_ in TopologicalSorter(self._parents).static_order():
                depths[id_] = 1 + max((depths[parent] for parent in self._parents[id_]), default=0)
        except CycleError as error:
            raise InputError(
                f"The ontology is not a hierarchy: {error.args[1][0]} is part of itself.",
                "Remove the circle in the partOf statements.",
            ) from None
        return depths

    def _find_unresolved(self) -> Iterable[str]:
        for concept in self.concepts.values():
            links = {"partOf": concept.parents, **concept.relations}
            for relation, targets in links.items():
                for target in targets:
                    if target not in self.concepts:
                        yield f"{concept.id} {relation} {target}"


@cache
def _load_ours() -> Ontology:
    return Ontology(*read_concepts([ROOT / "edugraph" / "edugraph.ttl"]))


def _inverted(links: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    inverse: dict[str, list[str]] = {}
    for subject, targets in links.items():
        for target in targets:
            inverse.setdefault(target, []).append(subject)
    return {target: tuple(sorted(subjects)) for target, subjects in inverse.items()}


def _closure(start: str, *links: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Everything reachable from `start`, nearest first, without itself."""
    reached: dict[str, None] = {}
    level = [start]
    while level:
        steps = (target for id_ in level for link in links for target in link.get(id_, ()))
        level = [id_ for id_ in dict.fromkeys(steps) if id_ not in reached and id_ != start]
        reached.update(dict.fromkeys(level))
    return tuple(reached)
