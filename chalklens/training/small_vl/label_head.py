# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Probabilities from a small model: the sigmoid head on the last token of the prompt.

How it is used: `LabelHead.load(folder)`, then `score(image, text)` for one page. On layouts the model
has not seen these are worth more than the answer it writes, and they can be weighed against another
labeller's. The head lies in a file of its own beside the model; the engine neither needs nor reads
it. What it leaves out: thresholds, and the sheet's decoding.
"""

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open

from chalklens.errors import ModelError
from chalklens.labelling.by_engine import PROMPT, prompt_with_text
from chalklens.training.small_vl.architecture import PixelBounds
from chalklens.training.small_vl.batches import assemble, render_prompt
from chalklens.training.small_vl.pages import cut_patches

HEAD_FILE = "label_head.safetensors"


class LabelHead:
    """A trained folder, as a scorer of pages.

    Attributes:
        labels: Ids, in the order of the scores.
    """

    def __init__(
        self, model: Any, processor: Any, head: torch.nn.Linear, labels: tuple[str, ...]
    ) -> None:
        self._model, self._processor, self._head = model, processor, head
        self.labels = labels
        size = processor.image_processor.size
        self._pixels = PixelBounds(size["shortest_edge"], size["longest_edge"])

    @classmethod
    def load(cls, folder: Path) -> "LabelHead":
        """Load a folder of `train_small_vl` on the CPU.

        Raises:
            ModelError: It has no head.
        """
        if not (folder / HEAD_FILE).is_file():
            raise ModelError(
                f"{folder.name} has no {HEAD_FILE}.", "Train it with `chalklens train small-vl`."
            )
        from transformers import AutoModelForImageTextToText, AutoProcessor

        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForImageTextToText.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32
        )
        with safe_open(folder / HEAD_FILE, "pt") as stored:
            labels = tuple(json.loads(stored.metadata()["labels"]))
            weight, bias = stored.get_tensor("weight"), stored.get_tensor("bias")
        head = torch.nn.Linear(weight.shape[1], weight.shape[0])
        head.load_state_dict({"weight": weight, "bias": bias})
        return cls(model.eval(), processor, head.eval(), labels)

    @torch.inference_mode()
    def score(self, image: Image.Image | None, text: str | None) -> list[float]:
        """Probability of each label for one page, from its picture, its text or both."""
        prompt = PROMPT if text is None else prompt_with_text(text)
        rendered = render_prompt(prompt, picture=image is not None)
        patches, grid = (None, None)
        if image is not None:
            cut, grid = cut_patches(image, self._processor, self._pixels)
            patches = [cut]
        batch = assemble(self._processor.tokenizer, [rendered], [[]], None, patches, grid)
        batch = batch.to(torch.device("cpu"))
        states = self._model.model(**batch.inputs).last_hidden_state
        scores = self._head(states[0, batch.ends[0]].float())
        return [float(value) for value in torch.sigmoid(scores)]
