"""A media source for tests: references are names, nothing is opened or decoded.

How it is used: `FakeMedia(errors={"broken.png": MediaError("It is cut off.")})`. A reference gives a
white picture named by its last part; `pages` gives one per page, `region` one of the region's size.
What was asked is in `media.loads`. `gate` holds every load until the event is set. What it leaves out: bytes.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalklens.errors import ChalklensError
from chalklens.types import Box, Picture

WIDTH_PX, HEIGHT_PX = 400, 200


@dataclass(frozen=True, slots=True)
class FakeLoad:
    """The arguments of one call."""

    references: tuple[str, ...]
    pages: tuple[int, ...] | None
    region: Box | None
    max_pixels: int | None
    principal: str


class FakeMedia:
    """A `MediaSource` that makes pictures up.

    Args:
        errors: What to raise for which reference.
        gate: Awaited by every load.
    """

    def __init__(
        self,
        errors: Mapping[str, Exception | ChalklensError] | None = None,
        gate: asyncio.Event | None = None,
    ) -> None:
        self.loads: list[FakeLoad] = []
        self.cancelled = 0
        self.closed = False
        self._errors = dict(errors or {})
        self._gate = gate

    async def load(
        self,
        references: Sequence[str],
        *,
        pages: Sequence[int] | None = None,
        region: Box | None = None,
        max_pixels: int | None = None,
        principal: str = "local",
    ) -> list[Picture]:
        """Return a white picture per reference and page."""
        wanted = tuple(pages) if pages else None
        self.loads.append(FakeLoad(tuple(references), wanted, region, max_pixels, principal))
        await self._wait()
        for reference in references:
            if reference in self._errors:
                raise self._errors[reference]
        return [_make(name, page, region) for name in references for page in pages or [None]]

    def break_down(self, errors: Mapping[str, Exception | ChalklensError]) -> None:
        """From now on raise these, too."""
        self._errors.update(errors)

    async def thumbnail(
        self, reference: str, sha256: str, *, page: int | None = None, principal: str = "local"
    ) -> bytes:
        """Return bytes that name the picture instead of showing it."""
        pages = [page] if page else None
        [picture] = await self.load([reference], pages=pages, principal=principal)
        assert picture.sha256 == sha256
        return f"thumbnail of {reference}".encode()

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    async def _wait(self) -> None:
        try:
            if self._gate:
                await self._gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def _make(reference: str, page: int | None, region: Box | None) -> Picture:
    shown = region or Box(0, 0, WIDTH_PX, HEIGHT_PX)
    return Picture(
        name=reference.rsplit("/", 1)[-1],
        sha256=hashlib.sha256(reference.encode(errors="replace")).hexdigest(),
        mime_type="image/png" if page is None else "application/pdf",
        width_px=shown.x1 - shown.x0,
        height_px=shown.y1 - shown.y0,
        pixels=bytes([255]) * (4 * 2 * 3),
        pixels_width_px=4,
        pixels_height_px=2,
        page=page,
        page_count=1 if page is None else 9,
        whole_width_px=WIDTH_PX if region else None,
        whole_height_px=HEIGHT_PX if region else None,
    )
