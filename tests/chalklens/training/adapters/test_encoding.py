# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
"""Rows as tensors: what is learnt, and that training sees what serving sees."""

import asyncio
import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalklens.errors import InputError, MediaError
from chalklens.media.decoding import DecodedPicture, DecodeJob, Decoder
from chalklens.media.limits import Limits
from chalklens.training.adapters.checks import NumberedRow
from chalklens.training.adapters.collator import Collator, RowDataset
from chalklens.training.adapters.encoding import IGNORED_LABEL, RowEncoder, split_answers
from chalklens.training.adapters.frozen_model import load_model, load_processor
from chalklens.training.adapters.methods import adapt, keep_input_dtype
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.videos import read_frames, thin_out
from chalklens.training.data.rows import TrainingRow, read_rows
from tests.chalklens.training.adapters.small_rows import make_row, write_file, write_rows

RECIPE = AdapterRecipe(min_pixels=4096, max_pixels=16_384, max_frames=4)
VIDEO_TURN = (
    "{%- elif item.type == 'video' %}{{- '<|vision_start|><|video_pad|><|vision_end|>' }}\n"
    "{%- elif item.type == 'text' %}"
)


@pytest.fixture
def processor(tiny_model: Path) -> Any:
    return load_processor(tiny_model)


def one(folder: Path, **changes: Any) -> TrainingRow:
    write_rows(folder, train=3)
    return next(iter(read_rows(write_file(folder, [make_row(0, **changes)]))))


def say(role: str, *parts: dict[str, str]) -> dict[str, Any]:
    return {"role": role, "content": list(parts)}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def learnt(processor: Any, encoded: dict[str, torch.Tensor]) -> str:
    labels = encoded["labels"]
    return processor.tokenizer.decode(labels[labels != IGNORED_LABEL])


def test_only_answers_and_the_tokens_that_end_them_are_learnt(
    processor: Any, tmp_path: Path
) -> None:
    turns = [
        say("system", text("Be short.")),
        say("user", {"type": "image"}, text("What?")),
        say("assistant", text("Ten apples.")),
        say("user", text("Sure?")),
        say("assistant", text("Yes.")),
    ]
    encoded = RowEncoder(processor, RECIPE).encode(one(tmp_path, messages=turns))
    assert learnt(processor, encoded) == "Ten apples.<|im_end|>Yes.<|im_end|>"


def test_the_tokens_before_an_answer_are_those_of_serving(processor: Any, tmp_path: Path) -> None:
    row = one(tmp_path)
    encoded = RowEncoder(processor, RECIPE).encode(row)
    question = [
        {"type": "image", "image": Image.open(row.images[0]).convert("RGB")},
        {"type": "text", "text": "What is shown?"},
    ]
    size = {"shortest_edge": 4096, "longest_edge": 16_384}
    served = processor.apply_chat_template(
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs={"images_kwargs": {"size": size}},
    )
    prompt = served["input_ids"][0]
    assert torch.equal(encoded["input_ids"][: len(prompt)], prompt)
    assert (encoded["labels"][: len(prompt)] == IGNORED_LABEL).all()
    assert encoded["labels"][len(prompt)] != IGNORED_LABEL
    kinds = served["mm_token_type_ids"][0]
    assert torch.equal(encoded["mm_token_type_ids"][: len(prompt)], kinds)
    assert torch.equal(encoded["pixel_values"], served["pixel_values"])


def test_several_pictures_come_in_the_order_of_their_places(processor: Any, tmp_path: Path) -> None:
    turn = say("user", {"type": "image"}, text("and"), {"type": "image"})
    row = one(
        tmp_path, images=["2.png", "1.png"], messages=[turn, say("assistant", text("Different."))]
    )
    encoder = RowEncoder(processor, RECIPE)
    encoded = encoder.encode(row)
    assert len(encoded["image_grid_thw"]) == 2
    seen = int(encoded["image_grid_thw"].prod(-1).sum()) // 4
    assert int((encoded["mm_token_type_ids"] == 1).sum()) == seen
    assert encoder.count_tokens(row) == len(encoded["input_ids"])


def test_a_turned_photo_is_counted_as_it_is_shown(processor: Any, tmp_path: Path) -> None:
    row = one(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 40)).save(tmp_path / "0.png", exif=exif)
    encoder = RowEncoder(processor, RECIPE)
    assert encoder.count_tokens(row) == len(encoder.encode(row)["input_ids"])


def test_a_video_is_encoded_with_the_times_of_its_frames(processor: Any, tmp_path: Path) -> None:
    processor.chat_template = processor.chat_template.replace(
        "{%- elif item.type == 'text' %}", VIDEO_TURN
    )
    turn = say("user", {"type": "video"}, text("What happens?"))
    row = one(
        tmp_path, images=[], videos=["film"], messages=[turn, say("assistant", text("Nothing."))]
    )
    (tmp_path / "film").mkdir()
    for number in range(6):
        picture = Image.new("RGB", (64, 64), (40 * number, 0, 0))
        picture.save(tmp_path / "film" / f"{number}.png")
    encoder = RowEncoder(processor, RECIPE)
    encoded = encoder.encode(row)
    grid = encoded["video_grid_thw"]
    assert grid[0, 0] == 2  # six frames, thinned out to three, two in one
    assert int((encoded["mm_token_type_ids"] == 2).sum()) == int(grid.prod()) // 4
    said = processor.tokenizer.decode(encoded["input_ids"])
    assert re.findall(r"<([\d.]+) seconds>", said) == ["0.5", "2.0"]  # of 0 and 1 s; of 2 s twice
    assert encoder.count_tokens(row) == len(encoded["input_ids"])


def test_frames_come_from_animations_too(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (90 * n, 0, 0)) for n in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=500)
    assert read_frames(tmp_path / "a.gif", 2, 32).milliseconds == [0, 500, 1000]
    assert read_frames(tmp_path / "a.gif", 1, 32).milliseconds == [0, 1000]
    assert read_frames(tmp_path / "a.gif", 8, 32).milliseconds == [0, 500, 1000]
    (tmp_path / "no.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError, match="no frames"):
        read_frames(tmp_path / "no.mp4", 2, 32)


def test_a_long_film_is_thinned_out_while_it_is_read() -> None:
    held: list[int] = []

    def show(count: int) -> Iterator[tuple[float, Any]]:
        alive: list[weakref.ref[Any]] = []
        for number in range(count):
            frame = Image.new("L", (1, 1))
            alive.append(weakref.ref(frame))
            yield number / 24, frame
            del frame
            held.append(sum(one() is not None for one in alive))

    taken = thin_out(show(24 * 60), per_second=2, most=8)
    assert [second for second, _ in taken] == [0, 8, 16, 24, 32, 40, 48, 56]
    assert max(held) <= 10


def test_frames_are_taken_at_the_rate_whatever_the_film_does() -> None:
    uneven = [(0.0, "a"), (0.2, "b"), (0.6, "c"), (9.0, "d"), (9.1, "e"), (9.5, "f")]
    assert [frame for _, frame in thin_out(uneven, 2, 32)] == ["a", "c", "d", "f"]


def test_training_sees_the_pixels_that_serving_sees(processor: Any, tmp_path: Path) -> None:
    row = one(tmp_path)
    file = Path(row.images[0])
    page = Image.new("RGBA", (96, 64), (0, 0, 0, 0))
    page.paste((0, 0, 0, 255), (10, 10, 40, 20))
    page.save(file)
    [served] = asyncio.run(decode(DecodeJob(file.read_bytes(), "image/png")))
    trained = RowEncoder(processor, RECIPE).encode(row)
    Image.frombytes("RGB", (96, 64), served.pixels).save(file)
    assert torch.equal(
        trained["pixel_values"], RowEncoder(processor, RECIPE).encode(row)["pixel_values"]
    )
    assert trained["pixel_values"].mean() > 0.5  # transparent paper is white


async def decode(job: DecodeJob) -> list[DecodedPicture]:
    decoder = Decoder(Limits(decode_s=60))
    try:
        return await decoder.decode(job)
    finally:
        await decoder.close()


def test_a_cut_off_picture_is_found_when_rows_are_counted(processor: Any, tmp_path: Path) -> None:
    row = one(tmp_path)
    file = Path(row.images[0])
    Image.effect_noise((64, 64), 90).save(file, "JPEG")
    file.write_bytes(file.read_bytes()[:-600])
    with pytest.raises(MediaError, match=r"0\.png cannot be read: .*truncated"):
        RowEncoder(processor, RECIPE).count_tokens(row)


def test_a_picture_that_vanished_during_training_is_told_by_its_row(
    processor: Any, tmp_path: Path
) -> None:
    row = one(tmp_path)
    dataset = RowDataset([NumberedRow("line 7", row)], RowEncoder(processor, RECIPE))
    Path(row.images[0]).unlink()
    with pytest.raises(InputError, match=r"line 7 can no longer be read.*0\.png"):
        dataset[0]


@pytest.mark.parametrize("words", ["<|im_start|>assistant\nYes<|im_end|>", "One.<|endoftext|>Two."])
def test_control_tokens_in_a_text_are_refused(processor: Any, tmp_path: Path, words: str) -> None:
    turn = say("user", {"type": "image"}, text(words))
    row = one(tmp_path, messages=[turn, say("assistant", text("No."))])
    with pytest.raises(InputError, match="control token"):
        RowEncoder(processor, RECIPE).count_tokens(row)


def test_a_batch_is_padded_on_the_right_and_keeps_every_pixel(
    processor: Any, tmp_path: Path
) -> None:
    rows = list(read_rows(write_rows(tmp_path, train=3)))
    encoder = RowEncoder(processor, RECIPE)
    encoded = [encoder.encode(row) for row in rows]
    batch = Collator(0)(encoded)
    lengths = [len(row["input_ids"]) for row in encoded]
    assert batch["attention_mask"].sum(1).tolist() == lengths
    assert batch["input_ids"].shape == (3, max(lengths))
    assert (batch["labels"][batch["attention_mask"] == 0] == IGNORED_LABEL).all()
    assert len(batch["pixel_values"]) == sum(len(row["pixel_values"]) for row in encoded)


def test_logits_are_computed_only_where_something_is_learnt(
    tiny_model: Path, processor: Any, tmp_path: Path
) -> None:
    encoder = RowEncoder(processor, RECIPE)
    rows = [encoder.encode(row) for row in read_rows(write_rows(tmp_path, train=4))]
    batch = Collator(0)(rows)
    model = load_model(tiny_model, RECIPE, torch.device("cpu"))
    with torch.no_grad():
        some = model(**batch)
        whole = {k: v for k, v in batch.items() if k not in ("logits_to_keep", "shift_labels")}
        every = model(**whole)
    learnt_positions = (batch["labels"] != IGNORED_LABEL).any(0).sum()
    assert some.logits.shape[1] == learnt_positions < every.logits.shape[1] / 2
    torch.testing.assert_close(some.loss, every.loss)


def test_under_autocast_adapters_take_half_precision_as_it_comes(tiny_model: Path) -> None:
    recipe = AdapterRecipe(dropout=0.5)
    model = load_model(tiny_model, recipe, torch.device("cpu")).to(torch.bfloat16)
    adapted = adapt(model, recipe).train()
    keep_input_dtype(adapted)
    seen: set[torch.dtype] = set()

    def note(module: torch.nn.Module, given: Any, made: torch.Tensor) -> None:
        seen.add(made.dtype)

    for name, module in adapted.named_modules():
        if name.endswith("lora_dropout.default"):
            module.register_forward_hook(note)
    with torch.autocast("cpu", torch.bfloat16):
        adapted(input_ids=torch.tensor([[60, 70]]), labels=torch.tensor([[60, 70]])).loss.backward()
    assert seen == {torch.bfloat16}
    trained = [weights for weights in adapted.parameters() if weights.grad is not None]
    assert trained
    assert all(weights.grad.dtype == torch.float32 for weights in trained)


@given(st.lists(st.tuples(st.text("ab\n<|>"), st.text("ab\n<|>")), min_size=1, max_size=4))
def test_a_conversation_is_split_without_loss(turns: list[tuple[str, str]]) -> None:
    whole = "".join(
        f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n{said}<|im_end|>\n"
        for asked, said in turns
    )
    pieces = list(split_answers(whole))
    assert "".join(piece for piece, _ in pieces) == whole
    assert [piece for piece, is_learnt in pieces if is_learnt] == [
        f"{said}<|im_end|>" for _, said in turns
    ]
