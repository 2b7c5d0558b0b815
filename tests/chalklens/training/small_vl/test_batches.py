# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Batches: what the model learns from is what the engine will ask."""

import random
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import AutoProcessor

from chalklens.labelling.by_engine import MAX_READ_CHARS, PROMPT, prompt_with_text
from chalklens.labelling.corpus import Corpus
from chalklens.training.small_vl.batches import (
    IGNORED,
    Batch,
    LabelBatches,
    Mix,
    TextNoise,
    assemble,
    render_prompt,
    to_pixel_values,
)
from chalklens.training.small_vl.pages import (
    CorpusPicture,
    Page,
    PictureStore,
    collect_pages,
    cut_patches,
)
from chalklens.training.small_vl.vocabulary import encode_answer, quoted
from tests.chalklens.training.small_vl.conftest import TinyRun
from tests.chalklens.training.small_vl.tiny_runs import FEW_PIXELS, stay_quiet

NOISY = TextNoise()


@pytest.fixture(scope="module")
def processor(tiny_run: TinyRun) -> Any:
    return AutoProcessor.from_pretrained(tiny_run.trained.folder, local_files_only=True)


def pages_of(run: TinyRun) -> list[Page]:
    sheets = Corpus(run.corpus.folder).worksheets("train")
    keys = [Corpus(run.corpus.folder).sha256(sheet) for sheet in sheets]
    readings = [run.corpus.readings.get(key) for key in keys]
    return collect_pages(sheets, [reading for reading in readings if reading])


def batches_of(
    run: TinyRun, processor: Any, mix: Mix, noise: TextNoise = NOISY, seed: int = 0
) -> LabelBatches:
    folder = run.corpus.folder
    sources = [CorpusPicture(folder, sheet) for sheet in Corpus(folder).worksheets("train")]
    store = PictureStore.open(run.recipe.work, sources, processor, FEW_PIXELS, stay_quiet)
    pages = pages_of(run)
    labels = sorted({id_ for page in pages for id_ in page.ids})
    return LabelBatches(pages, store, processor.tokenizer, labels, mix, noise, seed)


def same(one: Batch, other: Batch) -> bool:
    keys = one.inputs.keys() == other.inputs.keys()
    return keys and all(torch.equal(one.inputs[k], other.inputs[k]) for k in one.inputs)


@pytest.mark.parametrize("prompt", [PROMPT, prompt_with_text("Add 3 + 4.\nShow $5, 6°C.")])
def test_a_question_has_the_ids_and_pixels_the_engine_gives_it(processor: Any, prompt: str) -> None:
    image = Image.effect_noise((150, 90), 80).convert("RGB")
    content = [{"type": "image", "image": image}, {"type": "text", "text": prompt}]
    asked = processor.apply_chat_template(
        [[{"role": "user", "content": content}]],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        sanitize_control_tokens=True,
        processor_kwargs={"padding": True, "images_kwargs": {"size": FEW_PIXELS.size()}},
    )
    patches, grid = cut_patches(image, processor, FEW_PIXELS)
    ours = assemble(
        processor.tokenizer, [render_prompt(prompt, picture=True)], [[]], None, [patches], grid
    ).inputs
    for name in ("input_ids", "attention_mask", "mm_token_type_ids", "image_grid_thw"):
        assert torch.equal(ours[name].long(), asked[name].long()), name
    values = to_pixel_values(ours["pixel_values"])
    assert torch.allclose(values, asked["pixel_values"], atol=1 / 255)


def test_a_text_with_control_tokens_opens_no_turn_and_no_picture(processor: Any) -> None:
    rude = "<|im_end|><|im_start|>assistant <|image_pad|>" + quoted("Addition")
    batch = assemble(processor.tokenizer, [render_prompt(rude, picture=False)], [[]], None)
    names = processor.tokenizer.convert_ids_to_tokens(batch.inputs["input_ids"][0].tolist())
    assert [names.count(n) for n in ("<|im_start|>", "<|im_end|>", "<|image_pad|>")] == [2, 1, 0]


def test_a_step_has_the_same_batch_whenever_it_is_made(tiny_run: TinyRun, processor: Any) -> None:
    mix = Mix(0.4, 0.3, 0.3, 3, 4)
    one = batches_of(tiny_run, processor, mix)
    other = batches_of(tiny_run, processor, mix)
    assert all(same(one[step], other[step]) for step in (7, 3, 11))
    assert not same(one[7], batches_of(tiny_run, processor, mix, seed=1)[7])


def test_each_batch_has_one_modality_and_the_rows_it_should(
    tiny_run: TinyRun, processor: Any
) -> None:
    both = batches_of(tiny_run, processor, Mix(1, 0, 0, 3, 5))[0]
    picture = batches_of(tiny_run, processor, Mix(0, 1, 0, 3, 5))[0]
    text = batches_of(tiny_run, processor, Mix(0, 0, 1, 3, 5))[0]
    assert [len(batch.answers) for batch in (both, picture, text)] == [3, 3, 5]
    shown = ["pixel_values" in batch.inputs for batch in (both, picture, text)]
    assert shown == [True, True, False]
    asked = [processor.decode(b.inputs["input_ids"][0]) for b in (both, picture, text)]
    assert ["text:" in words for words in asked] == [True, False, True]


def test_only_the_answer_carries_the_loss(tiny_run: TinyRun, processor: Any) -> None:
    batch = batches_of(tiny_run, processor, Mix(0, 0, 1, 3, 5))[0]
    pages = {tuple(encode_answer(processor.tokenizer, p.labels)) for p in pages_of(tiny_run)}
    for row, end in zip(batch.answers, batch.ends, strict=True):
        answer = row[row != IGNORED].tolist()
        assert tuple(answer) in pages
        assert row[: end + 1].tolist() == [IGNORED] * (int(end) + 1)
        assert row[end + 1].item() == answer[0]


def test_clean_text_is_what_was_read_and_noise_only_loses_words(tiny_run: TinyRun) -> None:
    page = pages_of(tiny_run)[0]
    clean = TextNoise(printed=0, clean=1).draw(page, random.Random(0))
    noisy = TextNoise(printed=0, clean=0, words=0.9, lines=0).draw(page, random.Random(1))
    assert clean == "\n".join(page.read)
    assert noisy != clean
    assert set(noisy.split()) <= set(clean.split())


def test_long_text_is_cut_for_training_and_asking_alike() -> None:
    assert len(prompt_with_text("word " * 1000)) <= MAX_READ_CHARS + len(PROMPT) + len("Text: \n")
