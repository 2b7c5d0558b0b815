"""How much a caller may ask for, in numbers. Everything is checked before it is materialised.

How it is used: the operator makes one `Limits` at start; whatever a caller sends goes through
`lowered`, which can only make a number smaller. What it leaves out: the checks themselves; they are
next to what they protect (`containment`, `fetch`, `decoder`, `loader`).
"""

from dataclasses import dataclass, fields, replace

from chalklens.errors import InputError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers for one request.

    Attributes:
        file_bytes: A picture as stored.
        document_bytes: A PDF as stored.
        reference_chars: A whole reference, which may be a data URI (20 MiB of picture in base64).
        path_chars: A path or a URL.
        picture_pixels, side_px: A picture as its header announces it.
        aspect_ratio: Long side over short side; must stay *below* it (Qwen3-VL's image processor
            rejects 200 and more).
        max_pixels: What leaves the decode worker: larger pictures are reduced to this (RGB, so
            4 Mi pixels are 12 MiB).
        page_pixels: Raster of one PDF page.
        page_dpi: Resolution of a PDF page, unless `page_pixels` makes it smaller.
        pages: PDF pages in one request.
        media: References in one request.
        request_pixels: All pictures and rendered pages of one request together.
        connect_s: Until the first 1,024 bytes (or the end) of a download, for each redirect.
        download_s: A whole download with its redirects.
        redirects: Redirects followed in one download.
        decode_s: Wall clock for one picture or page.
        decode_cpu_s: Processor time for one picture or page.
        decode_memory_bytes: Address space of the decode worker for a picture.
        document_memory_bytes: The same for a PDF. PDFium gives up by aborting, and what a page needs
            has little to do with its size, so it gets less.
        request_s: One request as a whole.
        waiting: Decodes that may wait for a worker.
    """

    file_bytes: int = 20 * MIB
    document_bytes: int = 50 * MIB
    reference_chars: int = 28 * MIB
    path_chars: int = 4096
    picture_pixels: int = 50_000_000
    side_px: int = 16_384
    aspect_ratio: int = 200
    max_pixels: int = 4 * 1024 * 1024
    page_pixels: int = 4_000_000
    page_dpi: int = 200
    pages: int = 50
    media: int = 8
    request_pixels: int = 100_000_000
    connect_s: float = 10.0
    download_s: float = 30.0
    redirects: int = 3
    decode_s: float = 8.0
    decode_cpu_s: int = 20
    decode_memory_bytes: int = 1024 * MIB
    document_memory_bytes: int = 640 * MIB
    request_s: float = 45.0
    waiting: int = 32

    def __post_init__(self) -> None:
        for item in fields(self):
            if getattr(self, item.name) <= 0:
                raise InputError(
                    f"The limit `{item.name}` must be above zero.", "Leave it out for the default."
                )

    def lowered(self, **wishes: int | float | None) -> "Limits":
        """Return limits that are at most these; None leaves a number as it is.

        Raises:
            InputError: A number is zero or below.
        """
        changes = {
            name: min(getattr(self, name), wish)
            for name, wish in wishes.items()
            if wish is not None
        }
        return replace(self, **changes)
