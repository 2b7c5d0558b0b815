"""The way in for every picture: a reference goes in, decoded pictures come out.

How it is used:

    loader = MediaLoader(AccessPolicy(roots=(Path.cwd(),)), Limits(), Decoder(Limits()), ArtifactStore())
    (picture,) = await loader.load(["scan.pdf"], pages=[2])
    await loader.close()

References of one request are taken one after the other, so that at most one file is in memory and
the limits of the request hold before the next is opened. What it leaves out: knowing how to open,
fetch or decode; see `containment`, `fetch` and `decoding`.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from chalklens.errors import ChalklensError, InputError, MediaReferenceError, TimeLimitError
from chalklens.media.access import AccessPolicy
from chalklens.media.artifacts import ArtifactStore
from chalklens.media.containment import read_inside
from chalklens.media.decoding import DecodedPicture, DecodeJob, Decoder
from chalklens.media.fetch import fetch
from chalklens.media.limits import Limits
from chalklens.media.references import (
    ArtifactReference,
    InlineReference,
    PathReference,
    UrlReference,
    display_name,
    parse_reference,
    printable,
)
from chalklens.media.sniffing import PAGED, check_size, size_limit, sniff
from chalklens.types import Box, Picture

THUMBNAIL_SIDE_PX = 256
THUMBNAIL_PIXELS = (2 * THUMBNAIL_SIDE_PX) ** 2
"""Decoded to this first; the rest of the way is one more reduction."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The bytes behind a reference, checked for kind and length."""

    name: str
    data: bytes = field(repr=False)
    mime_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Part:
    """What is wanted of each file: pages of a document, a region of every picture."""

    pages: tuple[int, ...]
    region: Box | None


class MediaLoader:
    """Resolves references, checks them and has them decoded."""

    def __init__(
        self, access: AccessPolicy, limits: Limits, decoder: Decoder, artifacts: ArtifactStore
    ) -> None:
        self.access, self.limits = access, limits
        self.decoder, self.artifacts = decoder, artifacts

    async def load(
        self,
        references: Sequence[str],
        *,
        pages: Sequence[int] | None = None,
        region: Box | None = None,
        max_pixels: int | None = None,
        principal: str = "local",
    ) -> list[Picture]:
        """Return one picture per image, and one per requested page of a PDF or TIFF, in order.

        Args:
            references: Paths, URLs, data URIs, base64 or artifact URIs; 1 to `limits.media`.
            pages: 1-based pages of documents; None is the first. Pictures of one page are not affected.
            region: Take only this part of every picture, in pixels of the upright original. The
                result is a picture of its own: its size, and boxes found on it, are the region's.
            max_pixels: Reduce every picture to at most this; can only lower the limit.
            principal: Who asks: artifacts open only for whom they were made.

        Raises:
            MediaReferenceError: A reference cannot be resolved.
            MediaError: Bytes cannot be decoded or are over a limit.
            InputError: The arguments themselves do not fit.
            TimeLimitError: The request took longer than `limits.request_s`.
            BusyError: Too many requests wait to be decoded.
        """
        limits = self.limits.lowered(max_pixels=max_pixels)
        wanted = _Part(_check_arguments(references, pages, limits), _check_region(region))
        try:
            async with asyncio.timeout(limits.request_s):
                pictures = await self._load_all(references, wanted, limits, principal)
        except TimeoutError:
            raise TimeLimitError(
                f"Loading the pictures took longer than {limits.request_s:g} s.",
                "Ask about fewer pictures or pages at a time.",
            ) from None
        if wanted.pages != (1,) and all(picture.page is None for picture in pictures):
            raise InputError(
                "Only PDF documents and TIFF files have further pages; of an animation the first "
                "frame is taken.",
                "Ask for page 1, or name no page.",
            )
        return pictures

    async def thumbnail(
        self, reference: str, sha256: str, *, page: int | None = None, principal: str = "local"
    ) -> bytes:
        """Return a JPEG of at most THUMBNAIL_SIDE_PX a side, made in a decode worker.

        Raises:
            MediaReferenceError: As for `load`, or the bytes behind the reference are others now.
            MediaError, TimeLimitError, BusyError: As for `load`.
        """
        pages = [page] if page else None
        [picture] = await self.load(
            [reference], pages=pages, max_pixels=THUMBNAIL_PIXELS, principal=principal
        )
        if picture.sha256 != sha256:
            raise MediaReferenceError(
                "The picture was changed since.",
                "Name it again in a new call to have it looked at.",
            )
        return await self.decoder.shrink(picture, THUMBNAIL_SIDE_PX)

    async def close(self) -> None:
        """Stop the decode workers."""
        await self.decoder.close()

    async def _load_all(
        self, references: Sequence[str], part: _Part, limits: Limits, principal: str
    ) -> list[Picture]:
        pictures: list[Picture] = []
        budget, pages_left = limits.request_pixels, limits.pages
        for number, text in enumerate(references, start=1):
            try:
                source = await self._read(text, principal)
                if source.mime_type in PAGED:
                    pages_left -= len(part.pages)
                    _check_page_count(pages_left, limits)
                job = DecodeJob(
                    source.data,
                    source.mime_type,
                    pages=part.pages,
                    region=part.region,
                    max_pixels=limits.max_pixels,
                    budget_pixels=budget,
                )
                decoded = await self.decoder.decode(job)
            except ChalklensError as error:
                raise _say_which(error, number, len(references)) from None
            pictures += [_name(source, item) for item in decoded]
            budget -= sum(item.count_cost(source.mime_type) for item in decoded)
        return pictures

    async def _read(self, text: str, principal: str) -> _Source:
        """Bytes for a reference. Disks and hashing block, so they get a thread."""
        reference = await asyncio.to_thread(parse_reference, text, self.limits)
        match reference:
            case UrlReference(url):
                name, data = display_name(reference), await fetch(url, self.access, self.limits)
            case ArtifactReference(key):
                artifact = self.artifacts.get(key, principal)
                name, data = printable(artifact.name), artifact.data
            case InlineReference(data):
                name = display_name(reference)
            case PathReference(path):
                name = display_name(reference)
                data = await asyncio.to_thread(read_inside, path, self.access.roots, self.limits)
        mime_type = sniff(data)
        check_size(len(data), size_limit(data, self.limits))
        digest = await asyncio.to_thread(hashlib.sha256, data)
        return _Source(name, data, mime_type, digest.hexdigest())


def _check_arguments(
    references: Sequence[str], pages: Sequence[int] | None, limits: Limits
) -> tuple[int, ...]:
    """Count before anything is opened; return the pages wanted of each document."""
    if not references:
        raise InputError("No picture was given.", "Pass at least one reference.")
    if len(references) > limits.media:
        raise InputError(
            f"{len(references)} pictures were given; one request takes {limits.media}.",
            "Split the request.",
        )
    if pages is None:
        return (1,)
    if not pages or min(pages) < 1:
        raise InputError("Pages are counted from 1.", "Pass e.g. pages=[1, 2], or leave it out.")
    if len(set(pages)) < len(pages):
        raise InputError("A page is named twice.", "Name each page once.")
    _check_page_count(limits.pages - len(pages), limits)
    return tuple(pages)


def _check_region(region: Box | None) -> Box | None:
    if region and not (0 <= region.x0 < region.x1 and 0 <= region.y0 < region.y1):
        raise InputError(
            "The region is empty.", "Give it as [x0, y0, x1, y1] with x0 < x1 and y0 < y1."
        )
    return region


def _check_page_count(left: int, limits: Limits) -> None:
    if left < 0:
        raise InputError(f"One request takes {limits.pages} pages.", "Split the request.")


def _say_which(error: ChalklensError, number: int, count: int) -> ChalklensError:
    """Among several references, name the one that failed."""
    if count == 1:
        return error
    return type(error)(f"Picture {number} of {count}: {error.message}", error.hint, code=error.code)


def _name(source: _Source, item: DecodedPicture) -> Picture:
    return Picture(
        name=source.name,
        sha256=source.sha256,
        mime_type=source.mime_type,
        width_px=item.width_px,
        height_px=item.height_px,
        pixels=item.pixels,
        pixels_width_px=item.pixels_width_px,
        pixels_height_px=item.pixels_height_px,
        page=item.page,
        page_count=item.page_count,
        whole_width_px=item.whole_width_px,
        whole_height_px=item.whole_height_px,
    )
