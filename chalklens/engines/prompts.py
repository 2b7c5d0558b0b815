"""From requests to model inputs, by the official chat template and processor.

How it is used: `encode(model, rows)` returns what `generate` takes, left-padded. A system prompt is
passed only when the request has one: the template of an EduGraph model brings its own. An empty
prompt leaves the picture alone in the turn. What it leaves out: wording.

Text that looks like a control token (`<|im_end|>`, `<|image_pad|>`) is encoded as plain text, so
that neither a user nor a text read from a picture can write turns or picture places.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

from chalklens.engines.configuration import MAX_REQUEST_PIXELS, MIN_PIXELS
from chalklens.engines.loading import LoadedModel
from chalklens.engines.rows import Row, RowRequest
from chalklens.errors import InputError, MediaError
from chalklens.types import Picture

MAX_ASPECT_RATIO = 200
"""Qwen3-VL's processor takes less than 200 : 1 (image processor of transformers)."""


def encode(model: LoadedModel, rows: Sequence[Row], pixel_share: float = 1.0) -> Any:
    """Build input ids, masks and pixels for rows side by side.

    Args:
        model: The loaded model.
        rows: Requests with the same `max_pixels`; ids come back as (rows, longest prompt), padded on the left.
        pixel_share: Part of the usual pixels to use; a retry after too little memory halves it.

    Raises:
        InputError: Prompt and answer together are longer than the model's context.
    """
    highest = max(MIN_PIXELS, int(rows[0].request.max_pixels * pixel_share))
    size = {"shortest_edge": min(model.min_pixels, highest), "longest_edge": highest}
    inputs = model.processor.apply_chat_template(
        [conversation(row.request) for row in rows],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        sanitize_control_tokens=True,
        processor_kwargs={"padding": True, "images_kwargs": {"size": size}},
    )
    if model.think_end_id is not None and rows[0].request.json_schema is not None:
        inputs = _close_thinking(inputs, model)
    for row, mask in zip(rows, inputs["attention_mask"], strict=True):
        row.prompt_tokens = int(mask.sum())
        _check_context(row, model.context_tokens)
    return inputs.to(model.device)


def pixels_per_picture(model: LoadedModel, pictures: int) -> int:
    """Share the pixels of one request among its pictures."""
    return min(model.max_pixels, MAX_REQUEST_PIXELS // max(1, pictures))


def conversation(request: RowRequest) -> list[dict[str, Any]]:
    """Write one request as the messages a chat template takes."""
    content: list[dict[str, Any]] = [
        {"type": "image", "image": to_image(picture)} for picture in request.pictures
    ]
    if request.prompt:
        content.append({"type": "text", "text": request.prompt})
    system = [{"type": "text", "text": request.system}] if request.system is not None else None
    turns = [{"role": "system", "content": system}] if system else []
    return [*turns, {"role": "user", "content": content}]


def to_image(picture: Picture) -> Image.Image:
    """Wrap a picture's pixels.

    Raises:
        MediaError: Too long and thin for Qwen3-VL.
    """
    width, height = picture.pixels_width_px, picture.pixels_height_px
    if max(width, height) >= MAX_ASPECT_RATIO * min(width, height):
        raise MediaError(
            f"{picture.name} is {width} x {height} pixels: too long and thin for the model.",
            "Crop it: the sides must differ by less than 200 times.",
            code="aspect_ratio",
        )
    return Image.frombytes("RGB", (width, height), picture.pixels)


def _close_thinking(inputs: Any, model: LoadedModel) -> Any:
    """End the thinking that the template opened: a grammar leaves no room for it."""
    ids = model.tokenizer.encode("\n\n", add_special_tokens=False)
    tail = torch.tensor([[model.think_end_id, *ids]]).expand(len(inputs["input_ids"]), -1)
    tails = {
        "input_ids": tail,
        "attention_mask": torch.ones_like(tail),
        "mm_token_type_ids": torch.zeros_like(tail),
    }
    for name, values in tails.items():
        if name in inputs:
            inputs[name] = torch.cat([inputs[name], values], dim=1)
    return inputs


def _check_context(row: Row, context_tokens: int) -> None:
    asked = row.prompt_tokens + row.request.max_new_tokens
    if asked > context_tokens:
        raise InputError(
            f"Prompt and answer need {asked} tokens; the model takes {context_tokens}.",
            "Send fewer or smaller pictures, a shorter prompt, or a lower max_new_tokens.",
        )
