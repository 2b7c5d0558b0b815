# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""One training row as tensors: tokens as serving writes them, and which of them are learnt.

How it is used: `RowEncoder(processor, recipe)`; `encode(row)` opens the pictures as serving does,
`count_tokens(row)` makes sure that they can be. Learnt is what the assistant says, with the
`<|im_end|>` that ends it. Each answer is tokenised on its own, because while serving it begins after
tokens that are already fixed. What it leaves out: batches (`collator.py`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from chalklens.errors import InputError
from chalklens.media.own_pictures import open_own_picture
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.videos import Frames, read_frames
from chalklens.training.data.rows import TrainingRow

IGNORED_LABEL = -100
IMAGE, VIDEO = "<|image_pad|>", "<|video_pad|>"
CONTROL = (IMAGE, VIDEO, "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>")
"""Refused in texts whatever the tokenizer says; so is every token that it calls special."""
ANSWER = re.compile(r"(?<=<\|im_start\|>assistant\n)(.*?<\|im_end\|>)", re.DOTALL)

Encoded = dict[str, torch.Tensor]


class _Seen(NamedTuple):
    """Pixels of a row, and what each placeholder stands for."""

    tensors: Encoded
    images: list[str]
    videos: list[str]


class RowEncoder:
    """Encodes rows for one model; its picture sizes are set to the recipe's."""

    def __init__(self, processor: Any, recipe: AdapterRecipe) -> None:
        self._processor = processor
        self._recipe = recipe
        size = {"shortest_edge": recipe.min_pixels, "longest_edge": recipe.max_pixels}
        processor.image_processor.size = size
        self._control = sorted({*CONTROL, *processor.tokenizer.all_special_tokens})

    def encode(self, row: TrainingRow) -> Encoded:
        """Return `input_ids`, `labels`, `mm_token_type_ids` (tokens,), pixels and grids."""
        seen = self._see(row)
        ids, labels = self._tokenize(row, seen.images, seen.videos)
        tokens = torch.tensor(ids)
        kinds = (tokens == self._processor.image_token_id).long()
        kinds += 2 * (tokens == self._processor.video_token_id).long()
        return {
            "input_ids": tokens,
            "labels": torch.tensor(labels),
            "mm_token_type_ids": kinds,
            **seen.tensors,
        }

    def count_tokens(self, row: TrainingRow) -> int:
        """Return the length a row will have; its pictures are decoded, but not turned into patches.

        Raises:
            OSError: A picture or video cannot be opened.
            MediaError: A picture is damaged or over a limit, or a video holds no frames.
            InputError: A text holds a control token, or the row has no answer.
        """
        self._refuse_control_tokens(row)
        if row.videos:
            encoded = self.encode(row)
            tokens, labels = len(encoded["input_ids"]), encoded["labels"].tolist()
        else:
            sizes = [open_own_picture(Path(path)).size[::-1] for path in row.images]
            pictures = self._processor._get_num_multimodal_tokens(image_sizes=sizes)
            ids, labels = self._tokenize(row, [IMAGE] * len(sizes), [])
            tokens = len(ids) + sum(pictures.num_image_tokens or []) - len(sizes)
        if all(label == IGNORED_LABEL for label in labels):
            raise InputError("no answer of an assistant is in it", code="no_answer")
        return tokens

    def _see(self, row: TrainingRow) -> _Seen:
        tensors: Encoded = {}
        images: list[str] = []
        videos: list[str] = []
        if row.images:
            found = self._processor.image_processor(
                images=[open_own_picture(Path(path)) for path in row.images], return_tensors="pt"
            )
            tensors |= {key: found[key] for key in ("pixel_values", "image_grid_thw")}
            images = [self._processor.replace_image_token(found, n) for n in range(len(row.images))]
        if row.videos:
            found = self._see_videos(row)
            tensors |= {key: found[key] for key in ("pixel_values_videos", "video_grid_thw")}
            videos = [self._processor.replace_video_token(found, n) for n in range(len(row.videos))]
        return _Seen(tensors, images, videos)

    def _see_videos(self, row: TrainingRow) -> Any:
        from transformers.video_utils import VideoMetadata

        recipe = self._recipe
        films: list[Frames] = [
            read_frames(Path(path), recipe.frames_per_second, recipe.max_frames)
            for path in row.videos
        ]
        facts = [
            VideoMetadata(
                total_num_frames=film.milliseconds[-1] + 1,
                fps=1000,
                frames_indices=list(film.milliseconds),
            )
            for film in films
        ]
        most = recipe.max_pixels * max(len(film.pictures) for film in films)
        return self._processor.video_processor(
            videos=[film.pictures for film in films],
            video_metadata=facts,
            do_sample_frames=False,
            size={"shortest_edge": recipe.min_pixels, "longest_edge": most},
            return_metadata=True,
            return_tensors="pt",
        )

    def _tokenize(
        self, row: TrainingRow, images: list[str], videos: list[str]
    ) -> tuple[list[int], list[int]]:
        messages = [
            {"role": message.role, "content": [_part(part) for part in message.content]}
            for message in row.messages
        ]
        text: str = self._processor.apply_chat_template(messages, tokenize=False)
        text = _fill(_fill(text, IMAGE, images), VIDEO, videos)
        ids: list[int] = []
        labels: list[int] = []
        for piece, learnt in split_answers(text):
            new = self._processor.tokenizer.encode(piece, add_special_tokens=False)
            ids += new
            labels += new if learnt else [IGNORED_LABEL] * len(new)
        return ids, labels

    def _refuse_control_tokens(self, row: TrainingRow) -> None:
        for message in row.messages:
            found = next((token for token in self._control if token in message.text), None)
            if found:
                raise InputError(f"a text holds the control token {found}", code="control_token")


def split_answers(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a conversation in order, and whether each is learnt."""
    for number, piece in enumerate(ANSWER.split(text)):
        if piece:
            yield piece, number % 2 == 1


def _part(part: Any) -> dict[str, str]:
    return {"type": "text", "text": part.text} if part.type == "text" else {"type": part.type}


def _fill(text: str, placeholder: str, fillings: list[str]) -> str:
    """Put one filling in the place of each placeholder; there are as many (`rows.py`)."""
    pieces = text.split(placeholder)
    if len(pieces) != len(fillings) + 1:
        raise InputError(
            f"The model's chat template writes {len(pieces) - 1} places for {len(fillings)} pictures "
            "or videos.",
            "Use the chat template of a Qwen3-VL model.",
        )
    return "".join(a + b for a, b in zip(pieces, [*fillings, ""], strict=True))
