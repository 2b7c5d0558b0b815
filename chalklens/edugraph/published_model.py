"""Facts about the published EduGraph model, for the labeller that drives it.

How it is used: `is_edugraph_model(name)` tells whether labels may be expected from a model of that
name; `PUBLISHED_MODEL` says which vocabulary to constrain it to and what to ask. What it leaves
out: loading it (`engines`) and labels of models fine-tuned here, which name their own vocabulary.

Source: model card of `christian-bick/Qwen3-VL-4B-EduGraph` and the repository
christian-bick/edugraph-qwen3vl it names. The card says that the model is for research and
evaluation, not for use in classrooms.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model that was taught EduGraph labels.

    Attributes:
        name: Repository on Hugging Face.
        vocabulary: Release of the ontology whose ids it writes (`load_vocabularies`).
        system: None: its chat template carries the instructions it was trained with.
        prompt: The user's turn after the picture, short for the same reason.
        max_new_tokens: Enough for three full lists; the card's own example uses 128.
    """

    name: str
    vocabulary: str
    system: str | None
    prompt: str
    max_new_tokens: int


PUBLISHED_MODEL: Final = PublishedModel(
    name="christian-bick/Qwen3-VL-4B-EduGraph",
    vocabulary="0.4.0",
    system=None,
    prompt="Label this learning material.",
    max_new_tokens=512,
)


def is_edugraph_model(name: str) -> bool:
    """Whether a model id, folder or adapter name says that it writes EduGraph labels."""
    return "edugraph" in name.lower()
