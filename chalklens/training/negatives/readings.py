"""What the reader sees on drawn negatives, kept on disk.

How it is used: `read_negatives(negatives, cache, read, progress, total)` with a `ReadingCache` and a
function from pictures to readings, e.g. `TextRecognizer(1).read`. Keys are hashes of the pixels, so
a changed drawing is read anew. What it leaves out: the sheet worker; these pictures are our own.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from PIL import Image

from chalklens.reading.cache import ReadingCache
from chalklens.training.negatives.catalogue import Negative
from chalklens.types import Picture, TextReading

Progress = Callable[[int, int, str], None]
Read = Callable[[Picture], TextReading]


def to_picture(image: Image.Image, name: str = "") -> Picture:
    """The same pixels (RGB) as the reader takes them; `sha256` is that of size and pixels."""
    width, height = image.size
    pixels = image.tobytes()
    digest = hashlib.sha256(f"{width}x{height} ".encode() + pixels).hexdigest()
    return Picture(name, digest, "image/png", width, height, pixels, width, height)


def read_negatives(
    negatives: Iterable[Negative], cache: ReadingCache, read: Read, progress: Progress, total: int
) -> Iterator[tuple[Negative, TextReading]]:
    """Yield each negative with its reading; what the cache has is not read again.

    Args:
        negatives: Taken one by one: their pictures need not be in memory at once.
        cache: Filled on the way.
        read: Reads one picture.
        progress: Called after every picture that had to be read.
        total: How many negatives there are, for progress.
    """
    for done, negative in enumerate(negatives, 1):
        picture = to_picture(negative.picture, negative.kind)
        known = cache.get(picture.sha256)
        if known is None:
            known = read(picture)
            cache.add(picture.sha256, known)
            progress(done, total, "reading negatives")
        yield negative, known
