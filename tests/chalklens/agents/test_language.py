import pytest

from chalklens.agents.language import UNKNOWN, find_language, names_a_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("What is the length of the longest side?", "en"),
        ("Was ist die Länge der längsten Seite und wie wird sie gemessen?", "de"),
        ("Quelle est la longueur du côté et comment la mesurer ?", "fr"),
        ("¿Cuál es la longitud del lado más largo y cómo se mide?", "es"),
        ("最长的边有多长？", "zh"),
        ("用 label_worksheet 标注这张图", "zh"),
        ("一番長い辺は何ですか", "ja"),
        ("가장 긴 변은 무엇입니까", "ko"),
        ("Какая сторона самая длинная?", "ru"),
        ("Qwen3-VL-4B", UNKNOWN),
        ("32 x 32 = 1024", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_language_is_told_by_script_and_small_words_or_not_at_all(text: str, tag: str) -> None:
    assert find_language(text) == tag


@pytest.mark.parametrize(
    "text", ["Translate it", "Answer in German.", "请用英文回答", "翻译这张图"]
)
def test_a_question_that_names_a_language_is_noticed(text: str) -> None:
    assert names_a_language(text)


def test_an_ordinary_question_names_none() -> None:
    assert not names_a_language("What is shown in the picture?")
    assert not names_a_language("图里有什么?")
