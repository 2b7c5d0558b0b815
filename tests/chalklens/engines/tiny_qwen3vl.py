"""A tiny Qwen3-VL with random weights, made from its configuration: nothing is downloaded.

How it is used: `build_model(folder)` and `build_adapter(model_folder, folder)` in tests, or by hand

    python tests/chalklens/engines/tiny_qwen3vl.py OUT [--adapter OUT2] [--layers 4] [--thinking]

and then `chalklens serve --model OUT`. The control tokens have zero rows in the output layer, so
the model never ends a turn by itself: it writes until the token limit, which makes it a slow engine for
lifecycle checks (`task="code"` with `max_new_tokens=16384`). With a JSON Schema it does end.

What it leaves out: any sense. The chat template follows Qwen3-VL's turn format in our own words.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import argparse
import warnings
from pathlib import Path
from typing import Any

from chalklens.training.small_vl.architecture import TEMPLATE
from chalklens.training.small_vl.vocabulary import CONTROL_TOKENS

VOCABULARY = 400
SENTENCES = (
    "Count the apples and write the number in the box.",
    "How many triangles do you see? Add three and four.",
    '{"Area": ["Counting"], "Scope": ["NumbersSmaller10"], "Ability": ["ProcedureExecution"]}',
    "What is shown in this picture? A worksheet with ten tasks.",
    "用中文回答:图片里有什么?",
)
THINKING_TEMPLATE = TEMPLATE.replace("assistant\\n' }}", "assistant\\n<think>\\n' }}")


def build_model(folder: Path, *, layers: int = 2, thinking: bool = False) -> Path:
    """Write a loadable checkpoint of about 0.3 million parameters into `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _build_model(folder, layers, thinking)


def build_adapter(model_folder: Path, folder: Path) -> Path:
    """Write a LoRA adapter for a tiny model, on text and vision layers, that changes its answers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _build_adapter(model_folder, folder)


def _build_model(folder: Path, layers: int, thinking: bool) -> Path:
    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()
    import torch
    from transformers import Qwen3VLForConditionalGeneration

    tokenizer = _tokenizer(thinking)
    torch.manual_seed(7)
    model: Any = Qwen3VLForConditionalGeneration(_config(tokenizer, layers))
    with torch.no_grad():
        for parameter in model.parameters():
            # Far wider than trained weights: answers depend on the picture, not on the last token.
            if parameter.dim() > 1:
                parameter.mul_(4)
        ids = tokenizer.convert_tokens_to_ids(list(CONTROL_TOKENS))
        model.get_output_embeddings().weight[ids] = 0
    model.generation_config.eos_token_id = [ids[2], ids[0]]
    model.generation_config.pad_token_id = ids[0]
    model.save_pretrained(folder)
    _processor(tokenizer, THINKING_TEMPLATE if thinking else TEMPLATE).save_pretrained(folder)
    return folder


def _build_adapter(model_folder: Path, folder: Path) -> Path:
    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    base: Any = AutoModelForImageTextToText.from_pretrained(model_folder, local_files_only=True)
    targets = ["q_proj", "v_proj", "attn.qkv"]
    adapted: Any = get_peft_model(base, LoraConfig(r=4, lora_alpha=32, target_modules=targets))
    torch.manual_seed(11)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.3)
    adapted.save_pretrained(folder)
    return folder


def _tokenizer(thinking: bool) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    thoughts = ["<think>", "</think>"] if thinking else []
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(thoughts),
        special_tokens=list(CONTROL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(SENTENCES, trainer)
    core.add_tokens(thoughts)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=[t for t in CONTROL_TOKENS if "im_" not in t and "end" not in t],
        clean_up_tokenization_spaces=False,
    )


def _config(tokenizer: Any, layers: int) -> Any:
    from transformers import Qwen3VLConfig

    names = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    image, video, start, end = tokenizer.convert_tokens_to_ids(list(names))
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 32_768,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 500_000.0,
            "mrope_interleaved": True,
            "mrope_section": [4, 2, 2],
        },
    }
    vision = {
        "depth": 3,
        "hidden_size": 64,
        "num_heads": 4,
        "intermediate_size": 128,
        "out_hidden_size": 64,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 576,
        "deepstack_visual_indexes": [0, 1],
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
        tie_word_embeddings=False,
    )


def _processor(tokenizer: Any, template: str) -> Any:
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    pixels: Any = {"shortest_edge": 65_536, "longest_edge": 16_777_216}
    mean = [0.5, 0.5, 0.5]
    patches: dict[str, Any] = {"patch_size": 16, "merge_size": 2, "temporal_patch_size": 2}
    image = Qwen2VLImageProcessor(size=pixels, image_mean=mean, image_std=mean, **patches)
    video = Qwen3VLVideoProcessor(image_mean=mean, image_std=mean, **patches)
    return Qwen3VLProcessor(image, tokenizer, video, chat_template=template)


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--thinking", action="store_true")
    options = parser.parse_args()
    build_model(options.out, layers=options.layers, thinking=options.thinking)
    if options.adapter:
        build_adapter(options.out, options.adapter)


if __name__ == "__main__":
    main()
