# pyright: reportMissingTypeStubs=false
"""Rows side by side: padded on the right, pixels one after the other.

How it is used: `RowDataset(rows, encoder)` and `Collator(pad_id)` in transformers' Trainer. Rows are
encoded when they are asked for the first time. A batch says where something is learnt, and the model
computes logits only there: with Qwen3-VL's 151,936 words one position takes 2 MB of a training step.
What it leaves out: packing, which pictures rule out.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from chalklens.errors import ChalklensError, InputError
from chalklens.training.adapters.checks import NumberedRow
from chalklens.training.adapters.encoding import IGNORED_LABEL, Encoded, RowEncoder

PIXELS = ("pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw")


KEPT_BYTES = 256 << 20


class RowDataset(Dataset[Encoded]):
    """Rows by number; the first ones are kept as tensors, up to 256 MiB."""

    def __init__(self, rows: Sequence[NumberedRow], encoder: RowEncoder) -> None:
        self._rows = rows
        self._encoder = encoder
        self._kept: dict[int, Encoded] = {}
        self._free_bytes = KEPT_BYTES

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def __getitem__(self, number: int) -> Encoded:
        """Encode one, or give it as it was encoded before.

        Raises:
            InputError: Its pictures were there when the rows were checked, and are not any more.
        """
        if number in self._kept:
            return self._kept[number]
        found = self._rows[number]
        try:
            encoded = self._encoder.encode(found.row)
        except (ChalklensError, OSError) as error:
            raise InputError(
                f"The row of {found.place} can no longer be read: {error}",
                "Put its files back and run the same command again: it goes on from the last "
                "checkpoint.",
            ) from error
        size = sum(values.numel() * values.element_size() for values in encoded.values())
        if size <= self._free_bytes:
            self._free_bytes -= size
            self._kept[number] = encoded
        return encoded


class Collator:
    """Makes a batch: (rows, longest row), all pixels, and `shift_labels` (rows, `logits_to_keep`)."""

    def __init__(self, pad_id: int) -> None:
        self._fillings = {"input_ids": pad_id, "labels": IGNORED_LABEL, "mm_token_type_ids": 0}

    def __call__(self, rows: Sequence[Encoded]) -> Encoded:
        """Put rows together."""
        batch = {
            key: pad_sequence([row[key] for row in rows], batch_first=True, padding_value=filling)
            for key, filling in self._fillings.items()
        }
        lengths = torch.tensor([len(row["input_ids"]) for row in rows])
        batch["attention_mask"] = (
            torch.arange(batch["input_ids"].shape[1]) < lengths[:, None]
        ).long()
        for key in PIXELS:
            if parts := [row[key] for row in rows if key in row]:
                batch[key] = torch.cat(parts)
        return batch | _find_learnt(batch["labels"])


def _find_learnt(labels: torch.Tensor) -> Encoded:
    """The positions whose next token is learnt in any row, and that token."""
    following = pad(labels[:, 1:], (0, 1), value=IGNORED_LABEL)
    positions = (following != IGNORED_LABEL).any(0).nonzero().flatten()
    return {"logits_to_keep": positions, "shift_labels": following[:, positions]}
