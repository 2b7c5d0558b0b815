# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false
"""The small Qwen3-VL itself: sizes, configuration, processor, and the folder the engine loads.

How it is used: `build_model(SIZES["small"], tokenizer)`, `build_processor(tokenizer, pixels)`, then
`save_folder(...)`: plain `Qwen3VLForConditionalGeneration` weights, `config.json`,
`processor_config.json`, `tokenizer.json` and the chat template, which `AutoProcessor` and
`AutoModelForImageTextToText` load without code of ours. What it leaves out: training.

While training, `speed_up_vision` lets pictures of one size share one attention call instead of one
call each, and makes the patch convolution, whose kernel covers its whole input, the matrix product
it is (its gradient was more than half of a step on a CPU); weights and results are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import linear, scaled_dot_product_attention

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

from transformers import (  # noqa: E402 - needs the operators
    Qwen2VLImageProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)
from transformers.models.qwen3_vl.modeling_qwen3_vl import (  # noqa: E402
    Qwen3VLTextModel,
    Qwen3VLVisionAttention,
    Qwen3VLVisionPatchEmbed,
    apply_rotary_pos_emb_vision,
)
from transformers.utils import logging  # noqa: E402

PATCH_PX = 16
MERGE = 2
PIXELS_PER_TOKEN = (PATCH_PX * MERGE) ** 2
CONTEXT_TOKENS = 4096

# Turns as Qwen3-VL writes them, in our own words; a system turn is optional.
TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string %}{{- message.content }}
{%- else %}
{%- for item in message.content %}
{%- if item.type == 'image' %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- elif item.type == 'text' %}{{- item.text }}
{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}"""


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Numbers of one architecture.

    Attributes:
        hidden, layers, heads, kv_heads, head_dim, intermediate: Of the language model.
        vision_hidden, vision_layers, vision_heads, vision_intermediate: Of the vision tower.
        deepstack: Vision layers whose features enter the first language layers.
        positions: Learned vision positions, a square number.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vision_hidden: int
    vision_layers: int
    vision_heads: int
    vision_intermediate: int
    deepstack: tuple[int, ...]
    positions: int = 256


SIZES: Mapping[str, ModelSize] = {
    "tiny": ModelSize(32, 2, 2, 1, 16, 64, 32, 2, 2, 64, (0,)),
    "small": ModelSize(192, 4, 4, 2, 48, 512, 160, 6, 4, 512, (3,)),
    "large": ModelSize(256, 8, 4, 2, 64, 768, 192, 8, 4, 576, (2, 4)),
}
"""`tiny` (0.2 million parameters with a tiny vocabulary) is for tests, `small` has 5 million,
`large` 12 million and wants a GPU."""


@dataclass(frozen=True, slots=True)
class PixelBounds:
    """Pixels of one picture after resizing; 1,024 of them are one visual token."""

    least: int
    most: int

    def size(self) -> dict[str, int]:
        """As transformers' image processor names them."""
        return {"shortest_edge": self.least, "longest_edge": self.most}


def build_model(size: ModelSize, tokenizer: Any, seed: int) -> Qwen3VLForConditionalGeneration:
    """A model with random weights, float32."""
    torch.manual_seed(seed)
    model = Qwen3VLForConditionalGeneration(_config(size, tokenizer))
    ids = tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    model.generation_config.eos_token_id = ids
    model.generation_config.pad_token_id = ids[1]
    return model


def build_processor(tokenizer: Any, pixels: PixelBounds) -> Qwen3VLProcessor:
    """Tokenizer, picture and video settings and chat template in one."""
    half = [0.5, 0.5, 0.5]
    patches: dict[str, Any] = {
        "patch_size": PATCH_PX,
        "merge_size": MERGE,
        "temporal_patch_size": 2,
    }
    bounds: Any = pixels.size()
    image = Qwen2VLImageProcessor(size=bounds, image_mean=half, image_std=half, **patches)
    video = Qwen3VLVideoProcessor(image_mean=half, image_std=half, **patches)
    return Qwen3VLProcessor(image, tokenizer, video, chat_template=TEMPLATE)


def save_folder(
    folder: Path, model: Qwen3VLForConditionalGeneration, processor: Qwen3VLProcessor
) -> None:
    """Write everything the engine loads."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


class _BatchedVisionAttention(Qwen3VLVisionAttention):
    """Attention over pictures of equal size as one batch."""

    def forward(
        self,
        hidden_states: torch.Tensor,
        cu_seqlens: torch.Tensor,
        position_embeddings: Any = None,
        **kwargs: Any,
    ) -> torch.Tensor:
        """Take and give (patches of all pictures, width)."""
        pictures = len(cu_seqlens) - 1
        length = len(hidden_states)
        query, key, value = self.qkv(hidden_states).reshape(length, 3, self.num_heads, -1).unbind(1)
        query, key = apply_rotary_pos_emb_vision(query, key, *position_embeddings)
        query, key, value = (
            part.reshape(pictures, length // pictures, self.num_heads, -1).transpose(1, 2)
            for part in (query, key, value)
        )
        mixed = scaled_dot_product_attention(query, key, value, scale=self.scaling)
        return self.proj(mixed.transpose(1, 2).reshape(length, -1))


class _PatchProduct(Qwen3VLVisionPatchEmbed):
    """The patch convolution as a matrix product."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """Take (patches, values), give (patches, width)."""
        return linear(hidden_states, self.proj.weight.flatten(1), self.proj.bias)


class _WideDeepstackModel(Qwen3VLTextModel):
    """Takes deepstack features for whole rows, zero beside the picture, and needs no places."""

    def _deepstack_process(
        self, hidden_states: torch.Tensor, visual_pos_masks: Any, visual_embeds: torch.Tensor
    ) -> torch.Tensor:
        if visual_pos_masks is None:
            return hidden_states + visual_embeds
        return super()._deepstack_process(hidden_states, visual_pos_masks, visual_embeds)


def speed_up_vision(model: Qwen3VLForConditionalGeneration) -> None:
    """From now on the pictures of one call must have one size."""
    model.model.visual.patch_embed.__class__ = _PatchProduct
    model.model.language_model.__class__ = _WideDeepstackModel
    for block in model.model.visual.blocks:
        block.attn.__class__ = _BatchedVisionAttention


def _config(size: ModelSize, tokenizer: Any) -> Qwen3VLConfig:
    names = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    image, video, start, end = tokenizer.convert_tokens_to_ids(names)
    return Qwen3VLConfig(
        text_config=_text_config(size, tokenizer),
        vision_config=_vision_config(size),
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
        tie_word_embeddings=True,
    )


def _text_config(size: ModelSize, tokenizer: Any) -> dict[str, Any]:
    third = size.head_dim // 2 // 3
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": size.hidden,
        "intermediate_size": size.intermediate,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "head_dim": size.head_dim,
        "max_position_embeddings": CONTEXT_TOKENS,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 500_000.0,
            "mrope_interleaved": True,
            "mrope_section": [size.head_dim // 2 - 2 * third, third, third],
        },
    }


def _vision_config(size: ModelSize) -> dict[str, Any]:
    return {
        "depth": size.vision_layers,
        "hidden_size": size.vision_hidden,
        "num_heads": size.vision_heads,
        "intermediate_size": size.vision_intermediate,
        "out_hidden_size": size.hidden,
        "patch_size": PATCH_PX,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 2,
        "num_position_embeddings": size.positions,
        "deepstack_visual_indexes": list(size.deepstack),
    }
