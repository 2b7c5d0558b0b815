"""The reference: what anybody gets from transformers by the book, without any of our code.

How it is used: `plain_answer(model_folder, request, tokens)` gives the greedy ids of the official
processor, its chat template and `model.generate`, in this process and float32.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import functools
import warnings
from pathlib import Path
from typing import Any

from chalklens.types import GenerateRequest


def plain_answer(
    folder: Path, request: GenerateRequest, tokens: int, adapter: Path | None = None
) -> tuple[int, ...]:
    """Answer one request greedily."""
    from PIL import Image

    processor, model = _load(folder, adapter)
    images = [
        Image.frombytes("RGB", (p.pixels_width_px, p.pixels_height_px), p.pixels)
        for p in request.pictures
    ]
    content: list[dict[str, Any]] = [{"type": "image", "image": image} for image in images]
    content.append({"type": "text", "text": request.prompt})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs = processor.apply_chat_template(
            [{"role": "user", "content": content}],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )
        output = model.generate(**inputs, do_sample=False, max_new_tokens=tokens)
    return tuple(output[0, inputs["input_ids"].shape[1] :].tolist())


@functools.cache
def _load(folder: Path, adapter: Path | None) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        torch.set_num_threads(1)
        processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
        if adapter:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, adapter)
        return processor, model.eval()
