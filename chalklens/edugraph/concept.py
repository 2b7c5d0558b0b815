"""A concept of the ontology: its id, dimension, definition, parents and relations.

How it is used: `ontology.Ontology` holds them; `turtle.read_concepts` makes them. What it leaves
out: everything that needs more than one concept (ancestors, closures), which is in `ontology`.

Source of the meanings: the EduGraph ontology by Christian Bick, release 0.21.0,
https://github.com/christian-bick/edugraph-ontology (Apache-2.0).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Dimension = Literal["Area", "Scope", "Ability"]
Relation = Literal["expands", "inverts", "integrates", "translates", "implies", "contradicts"]

DIMENSIONS: Final[tuple[Dimension, ...]] = ("Area", "Scope", "Ability")
RELATIONS: Final[tuple[Relation, ...]] = (
    "expands",
    "inverts",
    "integrates",
    "translates",
    "implies",
    "contradicts",
)


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept.

    Attributes:
        id: The local name of the IRI, e.g. `NumbersSmaller20`; there are no other labels.
        dimension: What kind of thing it describes: a field of knowledge (Area), the observable
            circumstances of a task (Scope) or what the learner has to be able to do (Ability).
        definition: One line; empty where an official release has none.
        iri: `http://edugraph.io/edu/<id>`, or `http://edugraph.io/edu#<id>` up to 0.4.0.
        parents: What it is part of, sorted; empty for a root, rarely two.
        relations: Relation name to ids, sorted. `expands`: builds on; `inverts` (a kind of
            `expands`): is the reverse of; `integrates`: is put together using; `translates` (a kind
            of `integrates`): is another representation of; `implies` and `contradicts`: purely
            logical, mostly between ranges of numbers. Relations never cross dimensions.
    """

    id: str
    dimension: Dimension
    definition: str
    iri: str
    parents: tuple[str, ...] = ()
    relations: Mapping[Relation, tuple[str, ...]] = field(
        default_factory=dict[Relation, tuple[str, ...]]
    )
