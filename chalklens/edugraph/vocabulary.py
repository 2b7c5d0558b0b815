"""Older releases of the ontology, as far as their ids still matter.

How it is used: a model that was trained on an older release answers in its ids. `load_vocabularies`
gives, per release, the ids by dimension (0.4.0, which the published Qwen3-VL-4B-EduGraph speaks)
and the ids that have another name today. `terms` resolves what a model wrote with them.

What it leaves out: definitions and relations of older releases, and ids that only changed their
meaning: of the 265 ids that 0.4.0 and 0.21.0 share, 32 have a new definition and 38 another parent.

Renamed are ids whose definition is identical under the new name, and `IntegerAddition` ->
`Addition` and its three siblings, which is a judgement: since 0.6.0 the operation and the kind of
number are separate concepts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chalklens.edugraph.concept import DIMENSIONS, Dimension
from knowledge_base import ROOT


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids of one release.

    Attributes:
        version: The release, e.g. `0.4.0`.
        by_dimension: Its ids, sorted; empty tuples for a release of which only renamings are kept.
        renamed: Old id to its id in the ontology that ships here.
    """

    version: str
    by_dimension: Mapping[Dimension, tuple[str, ...]]
    renamed: Mapping[str, str]

    def ids(self, dimension: Dimension) -> tuple[str, ...]:
        """All ids of one dimension, sorted."""
        return self.by_dimension[dimension]


@cache
def load_vocabularies() -> tuple[Vocabulary, ...]:
    """The older releases, oldest first."""
    text = (ROOT / "edugraph" / "vocabularies.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    ids, renamed = facts["ids"], facts["renamed"]
    return tuple(
        Vocabulary(
            version=version,
            by_dimension={d: tuple(ids.get(version, {}).get(d, ())) for d in DIMENSIONS},
            renamed=renamed[version],
        )
        for version in renamed
    )
