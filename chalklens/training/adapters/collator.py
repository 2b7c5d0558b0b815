# pyright: reportMissingTypeStubs=false
"""Rows side by side: padded on the right, pixels one after the other.

How it is used: `RowDataset(rows, encoder)` and `Collator(pad_id)` in transformers' Trainer. Rows are
encoded when they are asked for. What it leaves out: packing, which pictures rule out.
"""

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from chalklens.training.adapters.encoding import IGNORED_LABEL, Encoded, RowEncoder
from chalklens.training.data.rows import TrainingRow

PIXELS = ("pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw")


class RowDataset(Dataset[Encoded]):
    """Rows by number."""

    def __init__(self, rows: Sequence[TrainingRow], encoder: RowEncoder) -> None:
        self._rows = rows
        self._encoder = encoder

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def __getitem__(self, number: int) -> Encoded:
        """Encode one."""
        return self._encoder.encode(self._rows[number])


class Collator:
    """Makes a batch: (rows, longest row) and all pixels."""

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
        return batch
