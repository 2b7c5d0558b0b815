"""`label_worksheet`: which EduGraph concepts a mathematics worksheet needs.

How it is used: `make_tool(box)`, by `server/app.py`. What it leaves out: labelling
(`chalklens.workbench`).
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from chalklens.workbench import LabelledPicture, Progress
from tools.arguments import ImageReference, OneOrMore, PageNumber
from tools.cleaning import clean_text
from tools.definition import define_tool
from tools.results import (
    CutOrder,
    LabelInfo,
    PictureInfo,
    PlacedText,
    ToolResult,
    describe_evidence,
    describe_labels,
    describe_picture,
)
from tools.toolbox import AnyContext, Toolbox, load_ontology

MAX_PAGES = 50
DESCRIPTION = (
    "Name the EduGraph concepts (Area, Scope, Ability) of an elementary mathematics worksheet, "
    "with confidence. Use it to sort, tag or search worksheets. Not for solving or describing "
    "them (analyze_image) or for their wording (read_text). "
    "chalklens://edugraph/{concept} explains each concept."
)


class SheetLabels(PictureInfo, LabelInfo):
    """Labels of one picture or page."""

    evidence: dict[str, list[PlacedText]] | None = Field(
        default=None, description="Untrusted words or names of figures, by label."
    )
    text: str | None = Field(default=None, description="Untrusted: all that was read.")


class LabelWorksheetResult(ToolResult):
    """Labels of every picture or page asked for."""

    cut_order: ClassVar[CutOrder] = (
        ("pictures.*.text", "definitions"),
        ("pictures.*.evidence",),
        ("pictures",),
    )

    pictures: list[SheetLabels] = Field(default_factory=list[SheetLabels])
    definitions: dict[str, str] | None = Field(default=None, description="Of the chosen concepts.")


def make_tool(box: Toolbox) -> Tool:
    """Define the tool."""

    async def label_worksheet(
        ctx: AnyContext,
        image: ImageReference,
        pages: Annotated[
            Annotated[list[PageNumber], Field(min_length=1, max_length=MAX_PAGES)] | None,
            OneOrMore,
            Field(description="Pages of a PDF or TIFF, from 1. Default: the first."),
        ] = None,
        evidence: Annotated[
            bool, Field(description="Add the words on the page that support each label.")
        ] = False,
        explain: Annotated[
            bool, Field(description="Add the text read and the concepts' definitions.")
        ] = False,
    ) -> Annotated[CallToolResult, LabelWorksheetResult]:
        principal = box.calls.principal(ctx)

        async def work(_progress: Progress) -> LabelWorksheetResult:
            found = await box.bench.label([image], pages=pages, principal=principal)
            return LabelWorksheetResult(
                pictures=[await _describe_sheet(box, one, evidence, explain) for one in found],
                definitions=await _define(found) if explain else None,
            )

        return await box.calls.run(ctx, "label_worksheet", work, lambda: "labelling the worksheet")

    return define_tool(
        label_worksheet,
        title="Label worksheet",
        description=DESCRIPTION,
        open_world=box.engine_open_world,
    )


async def _describe_sheet(
    box: Toolbox, found: LabelledPicture, evidence: bool, explain: bool
) -> SheetLabels:
    picture, labelling = found.picture, found.labelling
    text = None
    if explain:
        text = clean_text((labelling.reading or await box.bench.reader.read(picture)).text)
    return SheetLabels(
        **dict(describe_picture(picture)),
        **dict(describe_labels(labelling)),
        evidence=describe_evidence(labelling, picture) if evidence else None,
        text=text,
    )


async def _define(found: Iterable[LabelledPicture]) -> dict[str, str]:
    ontology = await load_ontology()
    ids = dict.fromkeys(id_ for one in found for id_ in one.labelling.labels.ids)
    return {id_: ontology[id_].definition for id_ in ids if id_ in ontology}
