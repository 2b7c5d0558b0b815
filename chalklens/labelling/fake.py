"""A labeller for tests and dry runs: returns the labels it was given.

How it is used: `FakeLabeller({"sheet.png": LabelSet(areas=("Addition",))})`, keyed by picture name;
`evidence={"Addition": (Span("3 + 4", box),)}` is given wherever that label is. As `engine` it has
read nothing. What it leaves out: looking at pixels.
"""

from collections.abc import Mapping, Sequence

from chalklens.types import Labelling, LabelSet, Picture, Span, TextReading


class FakeLabeller:
    """A `Labeller` that answers from a table; pictures not in it are unsupported material."""

    def __init__(
        self,
        label_sets: Mapping[str, LabelSet] | None = None,
        *,
        confidence: float = 0.9,
        labeller: str = "embedded",
        evidence: Mapping[str, tuple[Span, ...]] | None = None,
        low_confidence: bool = False,
    ) -> None:
        self._label_sets = dict(label_sets or {})
        self._confidence, self._labeller = confidence, labeller
        self._evidence, self._low_confidence = dict(evidence or {}), low_confidence
        self.pictures: list[Picture] = []
        self.readings: list[TextReading] = []

    async def label(
        self, pictures: Sequence[Picture], readings: Sequence[TextReading] = ()
    ) -> list[Labelling]:
        """Return the scripted labels, each with the same confidence."""
        self.pictures += pictures
        self.readings += readings
        return [self._answer(self._label_sets.get(picture.name)) for picture in pictures]

    def _answer(self, labels: LabelSet | None) -> Labelling:
        ids = labels.ids if labels else ()
        return Labelling(
            labels=labels or LabelSet(),
            confidence=dict.fromkeys(ids, self._confidence),
            labeller=self._labeller,
            model="fake",
            ontology="0.21.0",
            unsupported=labels is None,
            low_confidence=self._low_confidence and labels is not None,
            reading=None if self._labeller == "engine" else TextReading((), "fake"),
            probabilities=dict.fromkeys(ids, self._confidence),
            evidence={id_: self._evidence.get(id_, ()) for id_ in ids},
        )
