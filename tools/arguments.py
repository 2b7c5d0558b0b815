"""Types of arguments that several tools take, with their limits and what a model is told of them.

How it is used: `image: ImageReference`, or within `Annotated`. What it leaves out: arguments of one
tool only, which stand in its file.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from chalklens.types import Box


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


IMAGE_FORMS = (
    "path inside an allowed folder, file: or http(s) URL, data: URI, base64, or chalklens:// URI"
)
ImageReference = Annotated[str, Field(min_length=1, description=f"Picture or PDF: {IMAGE_FORMS}.")]
PageNumber = Annotated[int, Field(ge=1, le=100_000)]
Corner = Annotated[int, Field(ge=0, le=1_000_000)]
Region = Annotated[
    Annotated[list[Corner], Field(min_length=4, max_length=4)] | None,
    Field(description="[x0, y0, x1, y1] in original pixels: look only there."),
]
OneOrMore = BeforeValidator(_as_list)
Words = Annotated[list[Annotated[str, Field(max_length=200)]], OneOrMore, Field(max_length=20)]


def to_box(region: list[int] | None) -> Box | None:
    """The region as a box."""
    return Box(*region) if region else None
