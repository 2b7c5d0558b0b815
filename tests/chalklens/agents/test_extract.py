import pytest

from chalklens.agents.extract import choose, introduce, write_extract
from chalklens.agents.records import Inquiry, Material
from chalklens.types import Box, Labelling, LabelSet, Picture, TextLine, TextReading
from tests.chalklens.agents.passages import make_passages

GUIDE = "Installing takes a minute.\nPress the red\nbutton to begin. Apples are fruit."
PICTURE = Picture("a.png", "00", "image/png", 4, 2, bytes(24), 4, 2)
LABELS = LabelSet(("Addition",), (), ("ProcedureExecution",))


def labelling(*lines: str, unsupported: bool = False) -> Labelling:
    read = tuple(TextLine(line, Box(0, 0, 4, 2), 1.0) for line in lines)
    return Labelling(
        LabelSet() if unsupported else LABELS,
        {},
        "embedded",
        "fake",
        unsupported=unsupported,
        reading=TextReading(read, "fake"),
    )


def test_the_sentence_that_answers_is_chosen_across_wrapped_lines() -> None:
    [best] = choose("How do I begin with the red button?", make_passages(GUIDE))
    assert (best.text, best.number) == ("Press the red button to begin.", 1)


def test_chinese_sentences_are_found_by_pairs_of_characters() -> None:
    passages = make_passages("向量模型只懂英文。请按红色按钮开始。", "别的内容在这里，没有关系。")
    [best] = choose("红色按钮有什么用？", passages)
    assert best.text == "请按红色按钮开始。"


def test_small_words_alone_are_no_reason_to_quote() -> None:
    assert choose("What is the of and?", make_passages(GUIDE)) == []
    guide = make_passages("This server does not offer a tool of this kind.")
    assert choose("What does this practise?", guide) == []


def test_sentences_come_in_the_order_of_the_passages_and_are_few() -> None:
    passages = make_passages(*(f"The button number {n} is here." for n in range(1, 8)))
    assert [s.number for s in choose("Which button is it?", passages)] == [1, 2, 3, 4]


def test_labels_and_text_of_pictures_come_first() -> None:
    material = Material(
        (PICTURE, PICTURE), labels=(labelling("3 + 4 ="), labelling(unsupported=True))
    )
    assert write_extract(Inquiry("What is it?"), material).split("\n") == [
        "- Picture 1 (a.png): EduGraph labels: Addition, ProcedureExecution",
        "- Text on picture 1: 3 + 4 =",
        "- Picture 2 (a.png): EduGraph labels: none, it is not elementary mathematics",
    ]


@pytest.mark.parametrize(
    ("question", "words"),
    [("What is it and where?", "Nothing was found"), ("这是什么?", "没有找到")],
)
def test_nothing_to_say_is_said(question: str, words: str) -> None:
    assert write_extract(Inquiry(question), Material()).startswith(words)
    assert introduce(question)
