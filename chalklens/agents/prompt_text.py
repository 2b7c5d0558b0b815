"""The words that agents are told: instructions from files, data in marked blocks.

How it is used: `instructions("planner")` is the system prompt of an agent (`prompts/planner.md`);
`describe_pictures`, `describe_passages`, `describe_labels` write the data part. What documents and
pictures say stands between marks that are new in every prompt, with the notice about them.

What it leaves out: asking.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from chalklens.agents.records import Marks, Material, Passage
from chalklens.types import Labelling, Picture

FOLDER = Path(__file__).parent / "prompts"
MAX_PASSAGE_CHARS = 1000
MAX_READ_CHARS = 1000
"""Of the text on all pictures together."""
MAX_NAME_CHARS = 100


@cache
def instructions(agent: str) -> str:
    """Return the system prompt of an agent."""
    return (FOLDER / f"{agent}.md").read_text("utf-8").strip()


def describe_pictures(material: Material, marks: Marks) -> str:
    """Say what the pictures of a request are, in order; empty without pictures."""
    lines = [
        f"Picture {number}: {picture.width_px} x {picture.height_px} pixels"
        for number, picture in enumerate(material.pictures, start=1)
    ]
    lines += list(_describe_parts(material))
    if not lines:
        return ""
    names = "\n".join(picture.name[:MAX_NAME_CHARS] for picture in material.pictures)
    return "\n".join(["Pictures, in order:", *lines, "Their names:", marks.wrap(names)])


def _describe_parts(material: Material) -> Iterator[str]:
    first = len(material.pictures) + 1
    for number, zoom in enumerate(material.zooms, start=first):
        box = zoom.box
        yield (
            f"Picture {number}: the part [{box.x0}, {box.y0}, {box.x1}, {box.y1}] (pixels) of "
            f"picture {zoom.picture}, enlarged"
        )


def describe_passages(passages: Sequence[Passage], marks: Marks) -> str:
    """Write numbered passages, each in a block of its own."""
    if not passages:
        return "Passages: none. Do not cite anything."
    blocks = (f"[{p.number}]\n{marks.wrap(_passage_text(p), MAX_PASSAGE_CHARS)}" for p in passages)
    return "\n\n".join(["Passages:", *blocks])


def _passage_text(passage: Passage) -> str:
    hit = passage.hit
    place = ", ".join([hit.source, *([f"page {hit.page}"] if hit.page else []), *hit.headings])
    return f"({place})\n{hit.text}"


def describe_labels(labels: Sequence[Labelling], marks: Marks) -> str:
    """Write the EduGraph labels of each picture, and what was read on it; empty without labels."""
    lines = [
        f"EduGraph labels of picture {number}: {name_labels(labelling)}"
        for number, labelling in enumerate(labels, start=1)
    ]
    read = "\n".join(labelling.reading.text for labelling in labels if labelling.reading).strip()
    if read:
        lines += ["Text read on the pictures:", marks.wrap(read, MAX_READ_CHARS)]
    return "\n".join(lines)


def name_labels(labelling: Labelling) -> str:
    """Return the labels of a picture in words."""
    if labelling.unsupported:
        return "none, it is not elementary mathematics"
    unsure = " (the labeller is not sure)" if labelling.low_confidence else ""
    return ", ".join(labelling.labels.ids) + unsure if labelling.labels.ids else "none"


def join_parts(*parts: str) -> str:
    """Put the parts of a prompt together, leaving out empty ones."""
    return "\n\n".join(part for part in parts if part)


def all_pictures(material: Material) -> tuple[Picture, ...]:
    """The pictures of a request: whole ones, then parts."""
    return (*material.pictures, *material.parts)
