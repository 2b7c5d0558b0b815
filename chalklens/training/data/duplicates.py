# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Rows that say the same twice about the same picture: only the first is kept.

How it is used: `finder = DuplicateFinder()`, then `finder.add("a-1", text, hashes)` -> the id of the
earlier row that it repeats, or None. Two rows repeat each other when both hold:

- Pictures: as many, each within 4 of 256 bits of a perceptual hash (DCT-II of a 64 x 64 grey
  picture, lowest 16 x 16 coefficients against their median) and nowhere more than 7 of 255 grey
  levels apart on a grid of 48 x 48 tiles. Source of the hash: Zauner, Implementation and benchmarking
  of perceptual image hash functions, 2010; it does not see print, so worksheets that differ in their
  numbers alone would go: on 150 such pairs the grid tells about nine in ten apart. Candidates are
  found by bands: of 8 bands of 32 bits at least 4 agree when at most 4 bits differ.
- Texts: equal after NFKC, case folding and joining of white space; or, from 50 words on, with the
  same numbers and a Jaccard similarity of 0.9 between their 5-word shingles. Candidates are found
  by MinHash with 16 bands of 4 values; the similarity itself is computed exactly. Sources: Broder,
  On the resemblance and containment of documents, 1997; Lee et al., Deduplicating training data
  makes language models better, 2022 (5-word shingles). Texts about other numbers are other tasks,
  however similar.

What it leaves out: cropped, mirrored or rotated copies, many resized copies of pages with sharp edges
(photographs are found), and paraphrases. Memory: at most 2.3 KB for each picture.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

MAX_BITS: Final = 4
MIN_WORDS: Final = 50
MIN_SIMILARITY: Final = 0.9
SHINGLE_WORDS: Final = 5
MAX_SHINGLES: Final = 20_000
MAX_LEVELS: Final = 7
GRID_TILES: Final = 48
HASH_SIDE: Final = 16
HASHED_SIDE_PX: Final = 64

_BAND_BITS: Final = 32
_BANDS: Final = HASH_SIDE * HASH_SIDE // _BAND_BITS
_MINHASH_BANDS: Final = 16
_MINHASH_ROWS: Final = 4
_PRIME: Final = (1 << 31) - 1
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class PictureMark:
    """What a picture is recognised by: 256 bits, and the grey level of each tile, packed."""

    bits: int
    grid: bytes


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a row."""

    id: str
    text: str
    pictures: tuple[PictureMark, ...]
    shingles: frozenset[int]


class DuplicateFinder:
    """The rows seen so far."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, list[_Seen]] = {}

    def add(self, id_: str, text: str, pictures: Sequence[PictureMark]) -> str | None:
        """Return the id of the row that this one repeats; else remember it.

        Args:
            id_: Of the row.
            text: All it says.
            pictures: Marks of its pictures, in order.
        """
        plain = normalise(text)
        row = _Seen(id_, _fingerprint(plain), tuple(pictures), _shingle(plain))
        keys = _list_keys(row)
        for key in keys:
            for other in self._by_key.get(key, ()):
                if _is_same(row, other):
                    return other.id
        for key in keys:
            self._by_key.setdefault(key, []).append(row)
        return None


def mark_picture(pixels: bytes, width_px: int, height_px: int) -> PictureMark:
    """Return the mark of RGB pixels."""
    import numpy as np
    from PIL import Image
    from scipy.fft import dctn

    grey = Image.frombytes("RGB", (width_px, height_px), pixels).convert("L")
    small = grey.resize((HASHED_SIDE_PX, HASHED_SIDE_PX), Image.Resampling.LANCZOS)
    spectrum: Any = dctn(np.asarray(small, np.float64), type=2)
    low = spectrum[:HASH_SIDE, :HASH_SIDE]
    bits = int.from_bytes(np.packbits(low > np.median(low)).tobytes())
    tiles = grey.resize((GRID_TILES, GRID_TILES), Image.Resampling.BOX)
    return PictureMark(bits, zlib.compress(tiles.tobytes(), 1))


def normalise(text: str) -> str:
    """Return the text without what does not change what it says: case, width, white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _shingle(plain: str) -> frozenset[int]:
    """Hash every run of five words; empty for short texts. The numbers in the text salt the hash."""
    words = plain.split()
    if len(words) < MIN_WORDS:
        return frozenset()
    numbers = " ".join(_NUMBER.findall(plain))
    salt = hashlib.sha256(numbers.encode()).digest()[:16]
    runs = range(min(len(words) - SHINGLE_WORDS + 1, MAX_SHINGLES))
    return frozenset(_hash_run(words[i : i + SHINGLE_WORDS], salt) for i in runs)


def _hash_run(words: Sequence[str], salt: bytes) -> int:
    data = "\0".join(words).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=4, salt=salt).digest()) % _PRIME


def _list_keys(row: _Seen) -> list[bytes]:
    """Rows that repeat each other share at least one of these."""
    texts = [b"=" + bytes.fromhex(row.text), *_minhash_keys(row.shingles)]
    pictures = _picture_keys(row.pictures)
    return [text + picture for text in texts for picture in pictures]


def _picture_keys(pictures: tuple[PictureMark, ...]) -> list[bytes]:
    if not pictures:
        return [b""]
    first, count = pictures[0].bits.to_bytes(HASH_SIDE * HASH_SIDE // 8), bytes([len(pictures)])
    step = _BAND_BITS // 8
    return [count + bytes([i]) + first[i * step : (i + 1) * step] for i in range(_BANDS)]


def _minhash_keys(shingles: frozenset[int]) -> list[bytes]:
    if not shingles:
        return []
    import numpy as np

    factors, offsets = _permutations()
    values = np.fromiter(shingles, np.int64, len(shingles))
    least = ((factors[:, None] * values[None] + offsets[:, None]) % _PRIME).min(1)
    bands = least.astype("<u4").reshape(_MINHASH_BANDS, _MINHASH_ROWS)
    return [b"~" + bytes([i]) + band.tobytes() for i, band in enumerate(bands)]


@cache
def _permutations() -> tuple[Any, Any]:
    """Random linear functions modulo a prime below 2^31: products stay below 2^62."""
    import numpy as np

    drawn = np.random.default_rng(0).integers(1, _PRIME, (2, _MINHASH_BANDS * _MINHASH_ROWS))
    return drawn[0], drawn[1]


def _is_same(row: _Seen, other: _Seen) -> bool:
    if len(row.pictures) != len(other.pictures):
        return False
    pairs = zip(row.pictures, other.pictures, strict=True)
    if not all(_looks_same(ours, theirs) for ours, theirs in pairs):
        return False
    return row.text == other.text or _similarity(row.shingles, other.shingles) >= MIN_SIMILARITY


def _looks_same(ours: PictureMark, theirs: PictureMark) -> bool:
    if (ours.bits ^ theirs.bits).bit_count() > MAX_BITS:
        return False
    tiles = zip(zlib.decompress(ours.grid), zlib.decompress(theirs.grid), strict=True)
    return ours.grid == theirs.grid or all(abs(a - b) <= MAX_LEVELS for a, b in tiles)


def _similarity(ours: frozenset[int], theirs: frozenset[int]) -> float:
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / len(ours | theirs)
