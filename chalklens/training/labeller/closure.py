# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Sets of labels changed by what the ontology says follows from them: closures at decoding.

How it is used: `list_closures(labels)` -> name and function from chosen labels, (pages, labels), to
chosen labels. The labeller itself uses none of them; `ablation.py` measures what each would do. What
it leaves out: contradictions, which the labeller does resolve (`labelling/decision.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chalklens.edugraph.ontology import Ontology

Flags = NDArray[np.bool_]
Closure = Callable[[Flags], Flags]


def list_closures(labels: Sequence[str]) -> dict[str, Closure]:
    """The ways to complete or thin out a set, by name; only among some labels."""
    ontology = Ontology.load()
    implied = link(labels, lambda id_: ontology.related(id_, "implies"))
    ancestors = link(labels, ontology.ancestors)
    return {
        "implied labels added": partial(add_linked, links=implied),
        "ancestors added": partial(add_linked, links=ancestors),
        "ancestors dropped": partial(drop_linked, links=ancestors),
    }


def link(labels: Sequence[str], reach: Callable[[str], Iterable[str]]) -> Flags:
    """Return which labels each label reaches, (from, to)."""
    column = {id_: i for i, id_ in enumerate(labels)}
    links = np.zeros((len(labels), len(labels)), np.bool_)
    for row, id_ in enumerate(labels):
        links[row, [column[target] for target in reach(id_) if target in column]] = True
    return links


def add_linked(chosen: Flags, links: Flags) -> Flags:
    """The chosen labels with all they reach."""
    return chosen | _reach(chosen, links)


def drop_linked(chosen: Flags, links: Flags) -> Flags:
    """The chosen labels that no other chosen one reaches."""
    return chosen & ~_reach(chosen, links)


def _reach(chosen: Flags, links: Flags) -> Flags:
    return chosen.astype(np.float32) @ links.astype(np.float32) > 0
