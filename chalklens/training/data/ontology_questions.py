"""The EduGraph ontology as questions and answers, to teach a model its vocabulary before labelling.

How it is used: `ask_about_concepts(ontology)` yields, per concept: what it means, which concept a
definition belongs to, its dimension, what it is part of, what is part of it, and every relation in
both directions. Ids are written as labels are. What it leaves out: pictures, and closures; a model
is asked for direct statements only.

Knowledge before worksheets is the first stage of the recipe `edugraph`.
"""

from collections.abc import Iterator
from typing import Final

from chalklens.edugraph.concept import RELATIONS, Concept, Relation
from chalklens.edugraph.ontology import Ontology
from chalklens.training.data.candidates import Candidate, ask

_FORWARD: Final[dict[Relation, str]] = {
    "expands": "Which EduGraph concepts does {id} build on directly?",
    "inverts": "Which EduGraph concepts is {id} the reverse of?",
    "integrates": "Which EduGraph concepts is {id} put together from?",
    "translates": "Which EduGraph concepts is {id} another representation of?",
    "implies": "Which EduGraph concepts does {id} imply?",
    "contradicts": "Which EduGraph concepts cannot hold together with {id}?",
}
_BACKWARD: Final[dict[Relation, str]] = {
    "expands": "Which EduGraph concepts build on {id} directly?",
    "inverts": "Which EduGraph concepts are the reverse of {id}?",
    "integrates": "Which EduGraph concepts are put together using {id}?",
    "translates": "Which EduGraph concepts are another representation of {id}?",
    "implies": "Which EduGraph concepts imply {id}?",
    "contradicts": "Which EduGraph concepts state that they contradict {id}?",
}
_KINDS: Final = {
    "Area": "an Area: a field of knowledge",
    "Scope": "a Scope: the observable circumstances of a task",
    "Ability": "an Ability: what the learner has to be able to do",
}


def ask_about_concepts(ontology: Ontology) -> Iterator[Candidate]:
    """Yield the questions about every concept, sorted by id."""
    for concept in ontology.concepts.values():
        for kind, question, answer in _questions(concept, ontology):
            place = f"concept {concept.id}"
            yield Candidate(place, ask(question, answer), id=f"{concept.id}:{kind}")


def count_questions(ontology: Ontology) -> int:
    """Count them, for a progress bar."""
    return sum(1 for c in ontology.concepts.values() for _ in _questions(c, ontology))


def _questions(concept: Concept, ontology: Ontology) -> Iterator[tuple[str, str, str]]:
    """Yield kind, question and answer."""
    id_ = concept.id
    if concept.definition:
        yield "definition", f"What does the EduGraph concept {id_} mean?", concept.definition
        asked = f"Which EduGraph concept is meant? {concept.definition}"
        yield "name", asked, id_
    dimension = f"{id_} is {_KINDS[concept.dimension]}."
    yield "dimension", f"Which dimension of EduGraph does {id_} belong to?", dimension
    parents = [parent for parent in concept.parents if parent in ontology]
    top = f"{id_} is a root: it is part of no other concept."
    yield "parents", f"Which EduGraph concepts is {id_} directly part of?", _list(parents) or top
    if children := ontology.children(id_):
        yield "children", f"Which EduGraph concepts are directly part of {id_}?", _list(children)
    yield from _relations(concept, ontology)


def _relations(concept: Concept, ontology: Ontology) -> Iterator[tuple[str, str, str]]:
    for relation in RELATIONS:
        stated = [x for x in concept.relations.get(relation, ()) if x in ontology]
        if stated:
            yield relation, _FORWARD[relation].format(id=concept.id), _list(stated)
        if referring := ontology.referring(concept.id, relation):
            question = _BACKWARD[relation].format(id=concept.id)
            yield f"{relation}-of", question, _list(referring)


def _list(ids: tuple[str, ...] | list[str]) -> str:
    return ", ".join(ids)
