"""EduGraph worksheets: a page and its labels as the answer, and what the page asks.

How it is used: `read_worksheets(file)` reads rows as `labelling/corpus.py` describes them (`image`,
`area`, `scope`, `ability`, and `question` if there is one). The label row asks with the engine
labeller's own words and answers with the JSON that it parses; the question row asks for the
sentences of the task. Both pages of a problem (`pair`) go into one split.

Ids of older releases are written in their present form. A label that no release knows, that has no
safe successor, or that stands in the list of another dimension is a fault of the whole row: leaving
it out would teach that it does not apply. What it leaves out: the noisy `answer` of the corpus.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

from chalklens.edugraph.concept import DIMENSIONS
from chalklens.edugraph.labels import label_object, make_label_set
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.terms import Resolution, TermIndex
from chalklens.labelling.by_engine import PROMPT
from chalklens.training.data.candidates import Candidate, Fault, Found, Reason, ask
from chalklens.training.data.format_names import TASKS, Task
from chalklens.training.data.lines import read_records

QUESTION_PROMPT: Final = "What does this worksheet ask the learner to do?"


def read_worksheets(
    file: Path, ontology: Ontology, tasks: Sequence[Task] = TASKS
) -> Iterator[Found]:
    """Yield the candidates of every worksheet, those of a page one after the other.

    Raises:
        InputError: The file cannot be opened.
    """
    index = TermIndex(ontology)
    for record in read_records(file):
        if isinstance(record, Fault):
            yield record
            continue
        place, sheet = record
        if "labels" in tasks:
            yield _label_row(place, sheet, index, ontology)
        if "questions" in tasks and str(sheet.get("question") or "").strip():
            yield _question_row(place, sheet)


def _label_row(place: str, sheet: dict[str, Any], index: TermIndex, ontology: Ontology) -> Found:
    picture = sheet.get("image")
    if not isinstance(picture, str) or not picture:
        return Fault(place, "not_a_record", "`image` must name a picture")
    found: list[Resolution] = []
    for dimension in DIMENSIONS:
        labels = _resolve(place, sheet, dimension, index, ontology)
        if isinstance(labels, Fault):
            return labels
        found += labels
    if not found:
        return Fault(place, "no_text", "the worksheet has no label")
    answer = label_object(make_label_set((label.id for label in found), ontology))
    return Candidate(
        place,
        ask(PROMPT, json.dumps(answer), 1),
        (picture,),
        id=_id(sheet, "labels"),
        group=_group(sheet),
        labels=tuple(id_ for ids in answer.values() for id_ in ids),
        renamed=sum(label.name != label.id for label in found),
    )


def _resolve(
    place: str, sheet: dict[str, Any], dimension: str, index: TermIndex, ontology: Ontology
) -> list[Resolution] | Fault:
    key = dimension.lower()
    written = sheet.get(key)
    if not isinstance(written, list):
        return Fault(place, "not_a_record", f"`{key}` must be a list of ids")
    found = [index.find(str(term)) for term in cast("list[Any]", written)]
    for label in found:
        reason = _find_label_fault(label, dimension, ontology)
        if reason:
            near = f", near are {', '.join(index.suggest(label.written, 3))}"
            detail = f"{label.written} in `{key}`"
            return Fault(place, reason, detail + (near if reason == "unknown_label" else ""))
    return found


def _find_label_fault(label: Resolution, dimension: str, ontology: Ontology) -> Reason | None:
    if not label.id:
        return "unknown_label"
    return None if ontology[label.id].dimension == dimension else "wrong_dimension"


def _question_row(place: str, sheet: dict[str, Any]) -> Found:
    picture = sheet.get("image")
    if not isinstance(picture, str) or not picture:
        return Fault(place, "not_a_record", "`image` must name a picture")
    question = " ".join(str(sheet["question"]).split())
    return Candidate(
        place,
        ask(QUESTION_PROMPT, question, 1),
        (picture,),
        id=_id(sheet, "question"),
        group=_group(sheet),
    )


def _id(sheet: dict[str, Any], task: str) -> str:
    id_ = sheet.get("id")
    return f"{id_}:{task}" if isinstance(id_, str) and id_ else ""


def _group(sheet: dict[str, Any]) -> str:
    pair = sheet.get("pair")
    return f"pair {pair}" if isinstance(pair, str) and pair else ""
