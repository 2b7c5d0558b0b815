"""ShareGPT, LLaVA and Qwen conversations: pictures in their places, other speakers refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.data.candidates import Candidate, Fault
from chalklens.training.data.conversations import read_conversation, read_conversations
from tests.chalklens.training.data.conversions import told, write_lines


def share(*texts: str, **more: Any) -> dict[str, Any]:
    """A ShareGPT record of a person and a model in turn."""
    turns = [{"from": ("human", "gpt")[n % 2], "value": text} for n, text in enumerate(texts)]
    return {"conversations": turns, **more}


def read(record: dict[str, Any]) -> Candidate:
    found = read_conversation("line 1", record)
    assert isinstance(found, Candidate), found
    return found


def test_sharegpt_speakers_become_roles():
    record = share("Hi", "Hello.", "Bye", "Goodbye.", id=7, system="Be kind.")
    row = read(record)
    assert told(row) == [
        ("system", "Be kind."),
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "Bye"),
        ("assistant", "Goodbye."),
    ]
    assert (row.id, row.pictures) == ("7", ())


@pytest.mark.parametrize(
    ("text", "more", "expected", "pictures"),
    [
        ("<image>\nWhat?", {"image": "a.png"}, "[image]What?", ("a.png",)),
        ("What?\n<image>", {"image": "a.png"}, "What?\n[image]", ("a.png",)),
        ("What?", {"image": "a.png"}, "[image]What?", ("a.png",)),
        ("What?", {"images": ["a", "b"]}, "[image][image]What?", ("a", "b")),
        (
            "<image> or <image>?",
            {"images": ["a", {"path": "b"}]},
            "[image] or [image]?",
            ("a", "b"),
        ),
        ("COCO Yes: <|vision_start|>a/b.jpg<|vision_end|>", {}, "COCO Yes: [image]", ("a/b.jpg",)),
        ("<|vision_start|><|image_pad|><|vision_end|>?", {"image": "a"}, "[image]?", ("a",)),
        ("<|image_pad|>?", {"image": "a"}, "[image]?", ("a",)),
        ("Picture 1: <img>a.jpg</img>\nWhat?", {}, "[image]What?", ("a.jpg",)),
        ("<img>a</img><img>b</img>?", {}, "[image][image]?", ("a", "b")),
        ("What?", {"image": None}, "What?", ()),
    ],
)
def test_pictures_take_their_places(
    text: str, more: dict[str, Any], expected: str, pictures: tuple[str, ...]
):
    row = read(share(text, "That.", **more))
    assert told(row)[0] == ("user", expected)
    assert row.pictures == pictures


def test_videos_take_theirs():
    row = read(share("<video>\nWhat and <image>?", "That.", video="a.mp4", image="b.png"))
    assert told(row)[0] == ("user", "[video]What and [image]?")
    assert (row.videos, row.pictures) == (("a.mp4",), ("b.png",))


def test_qwen_messages_name_pictures_in_their_parts():
    content = [
        {"type": "image", "image": "file:///data/a.png"},
        {"type": "image_url", "image_url": {"url": "b.png"}},
        {"image": "c.png"},
        {"type": "text", "text": "Which?"},
    ]
    row = read(
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": content},
                {"role": "assistant", "content": [{"text": "The first."}]},
            ]
        }
    )
    assert [text for _, text in told(row)] == [
        "Be brief.",
        "[image][image][image]Which?",
        "The first.",
    ]
    assert row.pictures == ("/data/a.png", "b.png", "c.png")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "not_a_record"),
        ({"messages": "text"}, "not_a_record"),
        ({"messages": ["text"]}, "not_a_record"),
        (share("<image>?", "That."), "placeholder_count"),
        (share("<image>?", "That.", images=["a", "b"]), "placeholder_count"),
        (share("What?", "That.", image=3), "not_a_record"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "turn_order"),
        ({"messages": [{"role": "user"}]}, "no_text"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "not_a_record"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_reason(record: dict[str, Any], reason: str):
    found = read_conversation("line 1", record)
    assert isinstance(found, Fault)
    assert found.reason == reason


def test_a_file_of_either_form_is_read(tmp_path: Path):
    rows = [share("Hi", "Hello."), share("Bye", "Goodbye.")]
    lines = write_lines(tmp_path / "a.jsonl", rows)
    listed = tmp_path / "a.json"
    listed.write_text(json.dumps(rows), "utf-8")
    for file in (lines, listed):
        assert all(isinstance(found, Candidate) for found in read_conversations(file))


MARKS = ["<image>", "<video>", "<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<img>"]
PIECES = st.sampled_from([*MARKS, "</img>", "a.png", "Picture 1: ", "text", "\n"])
CELLS = st.none() | st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=3), max_size=3)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join), CELLS, st.sampled_from(["image", "images"]))
def test_any_text_with_marks_has_as_many_pictures_as_places(text: str, files: Any, key: str):
    found = read_conversation("line 1", share(text, "That.", **{key: files}))
    if isinstance(found, Candidate):
        places = [part.type for message in found.messages for part in message.content]
        assert places.count("image") == len(found.pictures)
        assert places.count("video") == len(found.videos)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["conversations", "messages", "image", "images", "system", "id"]),
        st.recursive(
            CELLS,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["from", "role", "value", "content"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_record_is_a_candidate_or_a_fault(record: dict[str, Any]):
    assert isinstance(read_conversation("line 1", record), Candidate | Fault)
