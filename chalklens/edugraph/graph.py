"""One concept with everything around it: what `chalklens://edugraph/{concept}` shows.

How it is used: `describe_concept("Addition", ontology)`; `dataclasses.asdict` makes JSON of it.
Case, spaces, IRIs and renamed ids of older releases are understood; anything else is an error that
names the nearest ids. What it leaves out: label embeddings and learning paths over many concepts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalklens.edugraph.concept import RELATIONS, Dimension, Relation
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.terms import Resolution, TermIndex
from chalklens.errors import InputError


@dataclass(frozen=True, slots=True)
class ConceptDescription:
    """A concept and its neighbours, all as ids.

    Attributes:
        id, dimension, definition, iri: As in `concept.Concept`.
        ontology: Version of the ontology.
        renamed_from: The older id that was asked for, empty when it was this one.
        parents: What it is part of.
        children: What is part of it.
        ancestors: All it is part of, nearest first.
        depth: Levels from the root, which has 1.
        relations: Relation to the concepts it names.
        referred_by: Relation to the concepts that name this one (`expands`: what builds on it).
        prerequisites: All it builds on, over any number of steps, nearest first.
        contradictions: What cannot hold together with it.
    """

    id: str
    dimension: Dimension
    definition: str
    iri: str
    ontology: str
    renamed_from: str
    parents: tuple[str, ...]
    children: tuple[str, ...]
    ancestors: tuple[str, ...]
    depth: int
    relations: Mapping[Relation, tuple[str, ...]]
    referred_by: Mapping[Relation, tuple[str, ...]]
    prerequisites: tuple[str, ...]
    contradictions: tuple[str, ...]


def describe_concept(term: str, ontology: Ontology) -> ConceptDescription:
    """Describe the concept that a term names.

    Args:
        term: An id, an IRI of either form, or a prefixed name; case and spaces do not matter.

    Raises:
        InputError: There is no such concept (`unknown_concept`); the hint names the nearest ones.
    """
    index = TermIndex(ontology)
    found = index.find(term)
    if not found.id:
        raise _unknown(found, index, ontology)
    concept = ontology[found.id]
    referred_by: dict[Relation, tuple[str, ...]] = {
        relation: ids for relation in RELATIONS if (ids := ontology.referring(found.id, relation))
    }
    return ConceptDescription(
        id=concept.id,
        dimension=concept.dimension,
        definition=concept.definition,
        iri=concept.iri,
        ontology=ontology.version,
        renamed_from=found.name if found.name != found.id else "",
        parents=concept.parents,
        children=ontology.children(concept.id),
        ancestors=ontology.ancestors(concept.id),
        depth=ontology.depth(concept.id),
        relations=concept.relations,
        referred_by=referred_by,
        prerequisites=ontology.prerequisites(concept.id),
        contradictions=ontology.contradictions(concept.id),
    )


def _unknown(found: Resolution, index: TermIndex, ontology: Ontology) -> InputError:
    if found.name:
        message = (
            f"{found.name} is a concept of EduGraph {found.vocabulary}; "
            f"{ontology.version} has no concept that stands for it."
        )
    else:
        message = f'There is no concept "{found.written}" in EduGraph {ontology.version}.'
    nearest = ", ".join(index.suggest(found.written))
    return InputError(message, f"The nearest ids are {nearest}.", code="unknown_concept")
