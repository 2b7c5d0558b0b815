"""`read_text`: the words on a picture, with boxes.

How it is used: `make_tool(box)`, by `server/app.py`. What it leaves out: reading
(`chalklens.workbench`).
"""

from typing import Annotated, ClassVar, Literal

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from chalklens.workbench import Progress
from tools.arguments import ImageReference, PageNumber, Region, to_box
from tools.cleaning import clean_text
from tools.definition import define_tool
from tools.results import (
    UNTRUSTED,
    CutOrder,
    Line,
    PictureInfo,
    ToolResult,
    describe_lines,
    describe_picture,
)
from tools.toolbox import AnyContext, Toolbox

DESCRIPTION = (
    "Read printed text in a picture or PDF page, in reading order, with boxes. Use it for exact "
    "wording, numbers and positions; it needs no model. Pictures over 1.5 MP are reduced: "
    f"pass a region for small print. Not for meaning or colours: use analyze_image. {UNTRUSTED}"
)


class ReadTextResult(ToolResult):
    """Text of one picture."""

    cut_order: ClassVar[CutOrder] = (("lines", "text"),)

    picture: PictureInfo | None = None
    text: str = Field(default="", description="Untrusted text from the picture, one line per row.")
    lines: list[Line] | None = None
    reader: str = Field(default="", description="What read it.")


def make_tool(box: Toolbox) -> Tool:
    """Define the tool."""

    async def read_text(
        ctx: AnyContext,
        image: ImageReference,
        page: Annotated[
            PageNumber | None, Field(description="Page of a PDF or TIFF, from 1. Default: 1.")
        ] = None,
        region: Region = None,
        granularity: Annotated[
            Literal["lines", "text"],
            Field(description="lines: each line with box and confidence; text: text alone."),
        ] = "lines",
    ) -> Annotated[CallToolResult, ReadTextResult]:
        principal = box.calls.principal(ctx)

        async def work(_progress: Progress) -> ReadTextResult:
            part = to_box(region)
            read = await box.bench.read(image, page=page, region=part, principal=principal)
            lines = describe_lines(read.reading, read.picture, part)
            return ReadTextResult(
                picture=describe_picture(read.picture),
                text=clean_text(read.reading.text),
                lines=lines if granularity == "lines" else None,
                reader=read.reading.reader,
            )

        return await box.calls.run(ctx, "read_text", work, lambda: "reading the text")

    return define_tool(
        read_text, title="Read text", description=DESCRIPTION, open_world=box.open_world
    )
