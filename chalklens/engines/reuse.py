"""What one question leaves behind for the next: keys and values of a prompt, features of pictures.

How it is used: a `Reuse` belongs to a loaded model. Around each generation of a single row,

    with reuse.features.known_as(key):                   # the vision tower answers from memory
        prefix = reuse.prefixes.find(key, token_ids)     # None, or a cache to go on from
        model.generate(...)
    reuse.prefixes.keep(key, token_ids, cache)

where `key = make_key(pictures, ...)` says which pixels the model saw. A second question about a picture
then costs its own words, and not the picture: pictures come first in a prompt. Another system prompt
before them leaves the features. Prompts that share fewer than MIN_SHARED_TOKENS tokens share nothing.

Both memories are bounded in bytes, forget what was used least recently, belong to one model with its
adapter and end with it; `forget` empties them when memory is short. What it leaves out: rows side by side,
which are padded and interleaved; answers, which nobody goes on from; the disk.

Features from memory are the tower's own, bit for bit. Keys and values were computed with other tokens
beside them: in half precision that may decide a near tie otherwise, as a batch does.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from transformers import DynamicCache

from chalklens.types import Picture

MAX_PREFIX_BYTES = 512 << 20
MAX_FEATURE_BYTES = 128 << 20
SHARE_OF_FREE = 1 / 16
"""Of the device's memory after loading, for each of the two where that is less."""
MIN_SHARED_TOKENS = 32

Entry = TypeVar("Entry")


def make_key(pictures: Sequence[Picture], max_pixels: int) -> bytes:
    """Hash what the vision tower sees of pictures; empty without any."""
    if not pictures:
        return b""
    digest = hashlib.blake2b(str(max_pixels).encode(), digest_size=32)
    for picture in pictures:
        digest.update(f"|{picture.pixels_width_px}x{picture.pixels_height_px}|".encode())
        digest.update(picture.pixels)
    return digest.digest()


class _Memory(Generic[Entry]):
    """Entries of a known size, the one used last at the end."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.size_bytes = max_bytes, 0
        self.entries: OrderedDict[Any, tuple[Entry, int]] = OrderedDict()

    def add(self, key: Any, entry: Entry, size_bytes: int) -> None:
        self.drop(key)
        while self.entries and self.size_bytes + size_bytes > self.max_bytes:
            self.drop(next(iter(self.entries)))
        self.entries[key] = (entry, size_bytes)
        self.size_bytes += size_bytes

    def drop(self, key: Any) -> None:
        _, size_bytes = self.entries.pop(key, (None, 0))
        self.size_bytes -= size_bytes

    def forget(self) -> int:
        freed_bytes, self.size_bytes = self.size_bytes, 0
        self.entries.clear()
        return freed_bytes


class Features:
    """The vision tower's answers, by what it was shown.

    Args:
        tower: The model's `visual` module; its `forward` is asked only for what is not known.
        max_bytes: For all features together.
    """

    def __init__(self, tower: Any, max_bytes: int) -> None:
        self._memory = _Memory[Any](max_bytes)
        self._compute: Callable[..., Any] = tower.forward
        self._key = b""
        self.computed = 0
        tower.forward = self._answer

    @contextlib.contextmanager
    def known_as(self, key: bytes) -> Generator[None]:
        """Take what the tower is shown in this block for `key`; empty remembers nothing."""
        self._key = key
        try:
            yield
        finally:
            self._key = b""

    def forget(self) -> int:
        """Let go of all; bytes that were freed."""
        return self._memory.forget()

    def _answer(self, *arguments: Any, **options: Any) -> Any:
        known = self._memory.entries.get(self._key) if self._key else None
        if known is None:
            self.computed += 1
            output = self._compute(*arguments, **options)
            size_bytes = _count_bytes([output.pooler_output, *output.deepstack_features])
            if self._key and size_bytes <= self._memory.max_bytes:
                # The caller replaces fields of the output: keep one of our own.
                self._memory.add(self._key, _copy_output(output), size_bytes)
            return output
        self._memory.entries.move_to_end(self._key)
        return _copy_output(known[0])


@dataclass(frozen=True, slots=True)
class Prefix:
    """Keys and values to go on from: of `tokens` tokens, in a `DynamicCache` of the caller's own."""

    cache: Any
    tokens: int


@dataclass(frozen=True, slots=True)
class _Prompt:
    token_ids: tuple[int, ...]
    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]


class Prefixes:
    """Keys and values of the last prompts, (1, heads, tokens, size) a layer."""

    def __init__(self, config: Any, max_bytes: int) -> None:
        self._memory = _Memory[_Prompt](max_bytes)
        self._config = config
        self.shared_tokens = 0

    @property
    def size_bytes(self) -> int:
        """Memory that is taken."""
        return self._memory.size_bytes

    @property
    def prompts(self) -> list[tuple[int, ...]]:
        """What is known, the one used last at the end."""
        return [prompt.token_ids for prompt, _ in self._memory.entries.values()]

    def find(self, key: bytes, token_ids: Sequence[int], first_free: int) -> Prefix:
        """Return the longest beginning that is known, at least a cache without any.

        Args:
            key: Of the pictures in the prompt.
            token_ids: Of the whole prompt.
            first_free: Index after the last picture: a shorter beginning would cut a picture in half.
        """
        best, shared = None, 0
        for number, (prompt, _) in self._memory.entries.items():
            if number[0] == key and (length := _count_shared(prompt.token_ids, token_ids)) > shared:
                best, shared = number, length
        # The last token is computed anyway: its scores choose the first word.
        shared = min(shared, len(token_ids) - 1)
        cache = DynamicCache(config=self._config)
        if best is None or shared < max(MIN_SHARED_TOKENS, first_free):
            self.shared_tokens = 0
            return Prefix(cache, 0)
        self._memory.entries.move_to_end(best)
        for number, (keys, values) in enumerate(self._memory.entries[best][0].layers):
            cache.update(keys[:, :, :shared], values[:, :, :shared], number)
        self.shared_tokens = shared
        return Prefix(cache, shared)

    def keep(self, key: bytes, token_ids: Sequence[int], prefix: Prefix) -> None:
        """Remember a prompt, unless it was broken off, is too large, or half of it was known."""
        tokens = len(token_ids)
        layers = [(layer.keys, layer.values) for layer in prefix.cache.layers]
        whole = bool(layers) and all(k is not None and k.shape[-2] >= tokens for k, _ in layers)
        if not whole or tokens < MIN_SHARED_TOKENS or 2 * prefix.tokens >= tokens:
            return
        size_bytes = sum(_count_bytes([k, v]) * tokens // k.shape[-2] for k, v in layers)
        if size_bytes > self._memory.max_bytes:
            return
        # Copied, because the answer hangs on to the same storage.
        copies = tuple((k[:, :, :tokens].clone(), v[:, :, :tokens].clone()) for k, v in layers)
        self._memory.add((key, *token_ids), _Prompt(tuple(token_ids), copies), size_bytes)

    def forget(self) -> int:
        """Let go of all; bytes that were freed."""
        return self._memory.forget()


class Reuse:
    """Both memories of one model; `free_bytes` is what its device has left after loading."""

    def __init__(self, model: Any, free_bytes: int) -> None:
        share = int(free_bytes * SHARE_OF_FREE)
        self.features = Features(model.model.visual, min(MAX_FEATURE_BYTES, share))
        self.prefixes = Prefixes(model.config.text_config, min(MAX_PREFIX_BYTES, share))

    def forget(self) -> bool:
        """Empty both; whether there was anything."""
        return self.features.forget() + self.prefixes.forget() > 0


def _copy_output(output: Any) -> Any:
    fields = {"pooler_output": output.pooler_output}
    return type(output)(**fields, deepstack_features=list(output.deepstack_features))


def _count_bytes(tensors: Sequence[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _count_shared(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
