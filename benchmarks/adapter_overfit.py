# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Can every kind of adapter learn 32 worksheets by heart, and does the engine serve what it learnt?

How it is used: `python benchmarks/adapter_overfit.py --work FOLDER`. A tiny Qwen3-VL (2.8 million
parameters) first learns on 400 other sheets how an answer looks and what its labels are called; then
each method learns 32 sheets of our renderer through `train_adapter`, and the finished folder is loaded
twice: as the engine's worker loads and asks it, and by peft and transformers alone, in one pass over the
answers. Told is the share of sheets whose labels are exactly right both ways, and the use of the experts.
What it leaves out: sheets nobody learnt.

The base's vision tower stays as it was drawn: random features tell sheets apart, while a tower that learns
with a language model from nothing first makes all pictures the same, and no adapter mends that.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from chalklens.edugraph.concept import DIMENSIONS
from chalklens.edugraph.labels import label_object, make_label_set, parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.engines.generator import Interrupter, StreamDecoder, generate
from chalklens.engines.inspection import inspect_model
from chalklens.engines.loading import load_model
from chalklens.engines.parameters import GenerationParameters
from chalklens.engines.rows import Row, RowRequest
from chalklens.errors import InputError
from chalklens.training.adapters.collator import Collator
from chalklens.training.adapters.encoding import IGNORED_LABEL, RowEncoder
from chalklens.training.adapters.frozen_model import load_processor
from chalklens.training.adapters.recipe import AdapterRecipe, Method
from chalklens.training.adapters.run import AdapterRun, train_adapter
from chalklens.training.data.rows import Message, Part, TrainingRow, read_rows, to_json
from chalklens.training.small_vl.architecture import (
    ModelSize,
    PixelBounds,
    build_model,
    build_processor,
    save_folder,
)
from chalklens.training.small_vl.vocabulary import train_tokenizer
from chalklens.training.worksheets.sheet import Sheet, render_sheets
from chalklens.types import Picture

TINY = ModelSize(128, 2, 4, 2, 32, 768, 128, 3, 4, 768, (0, 1), 256)
PROMPT = "Label this learning material."
SHEETS, OTHERS = 32, 400
SIDE_PX = 128
PIXELS = PixelBounds(4 * 1024, 16 * 1024)
ANSWER_TOKENS = 64
BASE_LEARNING_RATE, WARMUP_STEPS = 2e-3, 50
QUICK = AdapterRecipe(
    dropout=0.0, batch=8, accumulation=1, min_pixels=PIXELS.least, max_pixels=PIXELS.most,
    checkpointing=False, save_every_steps=10_000, log_every_steps=20, learning_rate=1e-3,
)  # fmt: skip
TARGETS = (
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "attn.qkv",
    "attn.proj", "linear_fc1", "linear_fc2",
)  # fmt: skip
CHANGES: Mapping[Method, Mapping[str, Any]] = {
    "lora": {"rank": 16, "alpha": 32.0, "epochs": 120.0},
    "moe-lora": {"rank": 16, "alpha": 32.0, "epochs": 200.0},
    "ia3": {"learning_rate": 0.1, "epochs": 400.0},
}


@dataclass
class Listener:
    """Waits for one answer of the engine's generator."""

    text: str = ""
    cancelled: bool = False

    def emit(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """A part of it."""

    def finish(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """The whole."""
        self.text = fields["text"]

    def fail(self, error: Exception) -> None:
        """None at all."""
        raise error


def main() -> None:
    """Make the base, train each method, ask both ways."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--methods", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--base-steps", type=int, default=1500)
    options = parser.parse_args()
    ontology = Ontology.load()
    base, data = options.work / "base", options.work / "data" / "rows.jsonl"
    if not (base / "config.json").exists():
        _prepare(options.work, base, data, options.base_steps, ontology)
    for method in options.methods:
        began = time.process_time()
        recipe = replace(QUICK, method=method, targets=TARGETS, **CHANGES[method])
        folder = options.work / method
        run = AdapterRun(base, (data,), folder, options.work / f"{method}-work", (recipe,), "cpu")
        trained = train_adapter(run, lambda done, total, what: None)
        log = (run.work / "1-adapter" / "metrics.jsonl").read_text("utf-8").splitlines()
        used = [json.loads(line) for line in log if "expert_shares" in line]
        row = {
            "method": method,
            "parameters": trained.parameters,
            "loss": round(trained.train_loss, 4),
            "exact_by_engine": _score(_ask_engine(base, folder, data), data, ontology),
            "exact_by_peft": _score_by_peft(base, folder, data),
            "expert_shares": used[-1]["expert_shares"] if used else None,
            "least_share_of_a_layer": used[-1]["least_share"] if used else None,
            "cpu_s": round(time.process_time() - began, 1),
        }
        print(json.dumps(row), flush=True)  # noqa: T201 - a benchmark's result


def _prepare(work: Path, base: Path, data: Path, steps: int, ontology: Ontology) -> None:
    sheets = list(render_sheets(SHEETS + OTHERS, 1))
    texts = [sheet.text for sheet in sheets]
    concepts = sorted(id_ for dimension in DIMENSIONS for id_ in ontology.ids(dimension))
    tokenizer: Any = train_tokenizer([*texts, PROMPT], concepts, 400)
    processor = build_processor(tokenizer, PIXELS)
    model = build_model(TINY, tokenizer, 0)
    others = _write_rows(work / "others", sheets[SHEETS:], ontology)
    _write_rows(data.parent, sheets[:SHEETS], ontology)
    encoder = RowEncoder(processor, QUICK)
    rows = [encoder.encode(row) for row in read_rows(others)]
    collate = Collator(tokenizer.pad_token_id)
    _learn(model, rows, collate, steps)
    save_folder(base, model, processor)


def _learn(model: Any, rows: Sequence[Any], collate: Collator, steps: int) -> None:
    """Train everything but the vision tower; its mergers learn."""
    tower = model.model.visual
    for part in (tower.blocks, tower.patch_embed, tower.pos_embed):
        part.requires_grad_(False)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(trained, BASE_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARMUP_STEPS) * (1 - 0.9 * step / steps)
    )
    torch.manual_seed(0)
    for _ in range(steps):
        chosen = torch.randperm(len(rows))[: QUICK.batch].tolist()
        model(**collate([rows[n] for n in chosen])).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()


def _write_rows(folder: Path, sheets: Sequence[Sheet], ontology: Ontology) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        for number, sheet in enumerate(sheets):
            picture = sheet.picture.copy()
            picture.thumbnail((SIDE_PX, SIDE_PX))
            picture.save(folder / f"{number}.png")
            labels = sorted(sheet.labels)
            answer = json.dumps(label_object(make_label_set(labels, ontology)))
            row = TrainingRow(
                id=f"{sheet.template}-{sheet.seed}",
                images=(f"{number}.png",),
                messages=(
                    Message("user", (Part("image"), Part("text", PROMPT))),
                    Message("assistant", (Part("text", answer),)),
                ),
                split="train",
                source="rendered",
                labels=tuple(labels),
            )
            out.write(json.dumps(to_json(row)) + "\n")
    return folder / "rows.jsonl"


def _ask_engine(base: Path, adapter: Path, data: Path) -> list[str]:
    """Load and generate as the engine's worker does."""
    facts = inspect_model(base)
    model = load_model(
        {
            "folder": str(base),
            "adapter": str(adapter),
            "quantize": "none",
            "device": "cpu",
            "dtype": "float32",
            "min_pixels": PIXELS.least,
            "max_pixels": PIXELS.most,
            "threads": 1,
            "parameters": facts.parameters,
            "layer_parameters": facts.layer_parameters,
            "cache_values_per_token": facts.cache_values_per_token,
        }
    )
    interrupter = Interrupter(model.model)
    answers: list[str] = []
    rows = list(read_rows(data))
    for first in range(0, len(rows), 8):
        listeners = [Listener() for _ in rows[first : first + 8]]
        waiting = [
            Row(listener, _request(row.images[0]), StreamDecoder(model.tokenizer), model.stop_ids)
            for listener, row in zip(listeners, rows[first : first + 8], strict=True)
        ]
        generate(model, interrupter, waiting)
        answers += [listener.text for listener in listeners]
    return answers


def _request(file: str) -> RowRequest:
    image = Image.open(file).convert("RGB")
    content = hashlib.sha256(image.tobytes()).hexdigest()
    picture = Picture(file, content, "image/png", *image.size, image.tobytes(), *image.size)
    return RowRequest(
        PROMPT, None, (picture,), GenerationParameters(ANSWER_TOKENS), ANSWER_TOKENS, PIXELS.most
    )


def _score_by_peft(base: Path, adapter: Path, data: Path) -> float:
    """Share of sheets of which every token of the answer is the most likely one, by peft alone.

    That is when greedy generation writes exactly the answer, found in one pass.
    """
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    processor = load_processor(base)
    model: Any = AutoModelForImageTextToText.from_pretrained(base)
    model = PeftModel.from_pretrained(model, str(adapter)).eval()
    encoder = RowEncoder(processor, QUICK)
    rows = [encoder.encode(row) for row in read_rows(data)]
    batch = Collator(processor.tokenizer.pad_token_id)(rows)
    with torch.no_grad():
        chosen = model(**batch).logits.argmax(-1)
    labels = batch["shift_labels"]
    right = ((chosen == labels) | (labels == IGNORED_LABEL)).all(1)
    return round(float(right.float().mean()), 4)


def _score(answers: Sequence[str], data: Path, ontology: Ontology) -> float:
    rows = list(read_rows(data))
    right = 0
    for answer, row in zip(answers, rows, strict=True):
        try:
            found = set(parse_labels(answer, ontology).labels.ids)
        except InputError:  # an answer that is none is wrong
            continue
        right += found == set(row.labels)
    return round(right / len(rows), 4)


if __name__ == "__main__":
    main()
