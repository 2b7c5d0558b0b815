# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
"""`chalklens train adapter` beside peft and transformers' Trainer as their guides put them together.

How it is used: `python benchmarks/adapter_training.py --work FOLDER`; on a GPU with
`--size 4b --quantize nf4`. Both train LoRA of the same rank on the same model (random weights) and the
same rows, a picture of about 512 tokens and an answer of 64 words each, with checkpointing and one row at
a time; they take turns, and each step's time is taken (processor time on a CPU). What it leaves out:
loading, the check of the rows, and whether anything sensible is learnt.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForImageTextToText,
    AutoProcessor,
    PrinterCallback,
    Qwen3VLForConditionalGeneration,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from benchmarks.adapters import make_config  # noqa: E402
from chalklens.training.adapters.checks import read_all, select_rows  # noqa: E402
from chalklens.training.adapters.frozen_model import (  # noqa: E402
    load_model,
    load_processor,
    quantization,
)
from chalklens.training.adapters.methods import adapt  # noqa: E402
from chalklens.training.adapters.recipe import AdapterRecipe  # noqa: E402
from chalklens.training.adapters.stage_training import Stage, train_stage  # noqa: E402
from chalklens.training.data.rows import (  # noqa: E402
    Message,
    Part,
    TrainingRow,
    read_rows,
    to_json,
)
from chalklens.training.small_vl.architecture import (  # noqa: E402
    PixelBounds,
    build_processor,
    save_folder,
)
from chalklens.training.small_vl.vocabulary import train_tokenizer  # noqa: E402

PICTURE_PX = (1024, 512)
PIXELS = PixelBounds(64 * 1024, 512 * 1024)
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "apples", "pears", "circles", "squares", "lines", "hours", "minutes", "coins", "metres", "litres", "add", "take", "count", "sort", "draw"]  # fmt: skip
ANSWER_WORDS = 64
WARM_STEPS = 2
SMALL_VOCABULARY = 6000
"""As large a share of the small model as 151,936 words are of the 4B model: 9 %."""


@dataclass
class Clock:
    """When each step ended, by the clock that fits the device."""

    on_gpu: bool
    ends: list[float] = field(default_factory=list[float])

    def tell(self, done: int, total: int, what: str) -> None:
        """Take down the time; told after each step."""
        if self.on_gpu:
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter() if self.on_gpu else time.process_time())

    def seconds(self) -> list[float]:
        """Of each step, without the first ones."""
        return [later - former for former, later in pairwise(self.ends)][WARM_STEPS:]


@dataclass
class Contestant:
    """One way to train, and what was measured of it."""

    name: str
    train: Callable[[argparse.Namespace, Clock, Path], float]
    seconds: list[float] = field(default_factory=list[float])
    last_loss: float = 0.0
    peak_gb: float | None = None


def main() -> None:
    """Take turns and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", choices=("small", "4b"), default="small")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--quantize", choices=("none", "nf4"), default="none")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    _prepare(options)
    contestants = [Contestant("chalklens", _train), Contestant("peft + Trainer", _train_plainly)]
    for turn in range(options.rounds):
        for contestant in contestants:
            _run(contestant, options, options.work / f"{contestant.name}-{turn}")
    plain = statistics.median(contestants[1].seconds)
    for contestant in contestants:
        median = statistics.median(contestant.seconds)
        row = {
            "name": contestant.name,
            "samples_per_s": round(1 / median, 3),
            "against_plain": round(plain / median, 3),
            "peak_gb": contestant.peak_gb,
            "last_loss": round(contestant.last_loss, 4),
            "steps": len(contestant.seconds),
        }
        print(json.dumps(row))  # noqa: T201 - a benchmark's result


def _prepare(options: argparse.Namespace) -> None:
    """Write the model with a tokenizer of its own, and the rows."""
    random.seed(0)
    answers = [" ".join(random.choices(WORDS, k=ANSWER_WORDS)) for _ in range(options.steps)]
    tokenizer: Any = train_tokenizer([*answers, "What is to be done here?"], [], 600)
    config: Any = make_config(options.size)
    if options.size == "small":
        config.text_config.vocab_size = SMALL_VOCABULARY
    names = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>"}
    names |= {
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    for key, token in names.items():
        setattr(config, key, tokenizer.convert_tokens_to_ids(token))
    torch.manual_seed(0)
    with torch.device(options.device):
        model: Any = Qwen3VLForConditionalGeneration(config)
    model = model.to(torch.bfloat16 if options.device == "cuda" else torch.float32)
    save_folder(options.work / "model", model, build_processor(tokenizer, PIXELS))
    with (options.work / "rows.jsonl").open("w", encoding="utf-8") as out:
        for number, answer in enumerate(answers):
            Image.effect_noise(PICTURE_PX, 60).convert("RGB").save(options.work / f"{number}.png")
            out.write(json.dumps(to_json(_row(number, answer))) + "\n")


def _row(number: int, answer: str) -> TrainingRow:
    return TrainingRow(
        id=str(number),
        images=(f"{number}.png",),
        messages=(
            Message("user", (Part("image"), Part("text", "What is to be done here?"))),
            Message("assistant", (Part("text", answer),)),
        ),
        split="train",
        source="random words",
    )


def _run(contestant: Contestant, options: argparse.Namespace, work: Path) -> None:
    work.mkdir()
    on_gpu = options.device == "cuda"
    clock = Clock(on_gpu)
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    contestant.last_loss = contestant.train(options, clock, work)
    contestant.seconds += clock.seconds()
    if on_gpu:
        contestant.peak_gb = round(torch.cuda.max_memory_reserved() / 1e9, 3)


def _train(options: argparse.Namespace, clock: Clock, work: Path) -> float:
    """As `chalklens train adapter` does, once the rows are checked."""
    device = torch.device(options.device)
    recipe = AdapterRecipe(
        dropout=0.0, epochs=1, accumulation=1, quantize=options.quantize, log_every_steps=1,
        save_every_steps=10_000,
    )  # fmt: skip
    adapted = adapt(load_model(options.work / "model", recipe, device), recipe)
    rows = select_rows(read_all([options.work / "rows.jsonl"]), recipe)
    processor = load_processor(options.work / "model")
    stage = Stage(recipe, work, device)
    return train_stage(adapted, processor, rows, stage, clock.tell).train_loss


def _train_plainly(options: argparse.Namespace, clock: Clock, work: Path) -> float:
    """As the guides of peft and transformers show it."""
    on_gpu = options.device == "cuda"
    dtype = torch.bfloat16 if on_gpu else torch.float32
    model: Any = AutoModelForImageTextToText.from_pretrained(
        options.work / "model",
        dtype=dtype,
        device_map={"": options.device},
        quantization_config=quantization(options.quantize, dtype),
    )
    if options.quantize == "nf4":
        model = prepare_model_for_kbit_training(model)
    chosen = AdapterRecipe()
    model = get_peft_model(
        model,
        LoraConfig(
            r=chosen.rank,
            lora_alpha=16,
            lora_dropout=0.0,
            target_modules=list(chosen.wanted_targets),
        ),
    )
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(work),
            num_train_epochs=1,
            per_device_train_batch_size=1,
            learning_rate=chosen.learning_rate,
            gradient_checkpointing=True,
            gradient_checkpointing_kwargs={"use_reentrant": False},
            bf16=on_gpu,
            use_cpu=not on_gpu,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            remove_unused_columns=False,
            label_names=["labels"],
            disable_tqdm=True,
            seed=chosen.seed,
        ),
        data_collator=PlainCollator(options.work / "model"),
        train_dataset=list(read_rows(options.work / "rows.jsonl")),  # pyright: ignore[reportArgumentType] - a list will do
        callbacks=[StepEnd(clock)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return [log["loss"] for log in trainer.state.log_history if "loss" in log][-1]


class StepEnd(TrainerCallback):
    """Tells the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A step is over."""
        self._clock.tell(state.global_step, state.max_steps, "")


class PlainCollator:
    """Chat template and processor on every row when it comes; learnt is the answer at its end."""

    def __init__(self, model: Path) -> None:
        self._processor: Any = AutoProcessor.from_pretrained(model)

    def __call__(self, rows: Sequence[TrainingRow]) -> dict[str, torch.Tensor]:
        """Make a batch of one row."""
        (row,) = rows
        asked, said = row.messages
        picture = {"type": "image", "image": Image.open(row.images[0]).convert("RGB")}
        turns = [
            {"role": "user", "content": [picture, {"type": "text", "text": asked.text}]},
            {"role": "assistant", "content": [{"type": "text", "text": said.text}]},
        ]
        batch = self._processor.apply_chat_template(
            turns, tokenize=True, return_dict=True, return_tensors="pt"
        )
        learnt = len(self._processor.tokenizer.encode(f"{said.text}<|im_end|>\n"))
        labels = batch["input_ids"].clone()
        labels[:, :-learnt] = -100
        return {**batch, "labels": labels}


if __name__ == "__main__":
    main()
