import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError
from retrieval.encodings import decode_text

SIMPLIFIED = "检索系统把文档切成段落，再为每个段落建立索引。学生可以在三年级练习两位数加法。"
TRADITIONAL = "檢索系統把文件切成段落，再為每個段落建立索引。學生可以在三年級練習兩位數加法。"
JAPANESE = "検索システムは文書を段落に分け、それぞれの段落に索引を付けます。今日は天気が良いです。"
KOREAN = "검색 시스템은 문서를 단락으로 나누고 각 단락에 색인을 만듭니다."
RUSSIAN = "Поисковая система делит документы на абзацы и строит для них указатель."
FRENCH = "Le système découpe les documents ; chaque passage garde sa place, d’où « l’été »."
GERMAN = "Die Straße nach Köln ist größer geworden; „schön“, sagte er über den Weg."
POLISH = "Jeśli plik jest uszkodzony albo zaszyfrowany, użytkownik pozna powód: źdźbło błyszczało."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "gbk"),
        (SIMPLIFIED + "𠀀", "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (KOREAN, "euc_kr"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        (GERMAN.replace("„", '"').replace("“", '"'), "latin-1"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        *[
            (text, encoding)
            for text in (SIMPLIFIED, TRADITIONAL, JAPANESE, KOREAN, GERMAN, "Plain words.")
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
        ],
    ],
)
def test_text_comes_back_from_its_encoding(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("价格表索引", "gbk"),
        ("檢索", "big5"),
        ("かな", "shift_jis"),
        ("Größe", "cp1252"),
        ("été", "cp1252"),
    ],
)
def test_a_few_letters_are_enough(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)).text == text


def test_mostly_english_text_with_some_chinese_is_read() -> None:
    text = (
        f"Title: a guide\n{SIMPLIFIED[:12]}\nThe rest is in English, as are most of the lines.\n"
        * 3
    )
    assert decode_text(text.encode("gbk")).text == text


def test_legacy_letters_far_from_the_start_are_found() -> None:
    text = "plain words\n" * 20_000 + SIMPLIFIED
    assert decode_text(text.encode("gbk")).text == text


def test_a_long_line_without_spaces_is_read() -> None:
    text = "".join(SIMPLIFIED.split("，")) * 3000
    assert decode_text(text.encode("gb18030")).text == text


def test_damaged_utf8_stays_utf8() -> None:
    data = (GERMAN * 5).encode()
    decoded = decode_text(data.replace("ß".encode(), b"\xc3", 1))
    assert decoded.encoding == "utf-8"
    assert decoded.text.count("\ufffd") == 1


def test_a_cut_off_last_character_is_dropped() -> None:
    assert (
        decode_text("Köln ist schön, mañana".encode()[:-5] + b"\xc3").text == "Köln ist schön, ma"
    )


def test_what_is_declared_decides_where_bytes_do_not() -> None:
    data = "Ελλάδα".encode("cp1253")
    assert decode_text(data, "windows-1253").text == "Ελλάδα"
    assert decode_text("价格".encode("gbk"), "GB2312").text == "价格"


@pytest.mark.parametrize(
    "declared", ["latin-1", "nonsense", "utf-8", "\0", "größe", "x" * 5000, "hex"]
)
def test_a_wrong_declaration_does_not_spoil_utf8(declared: str) -> None:
    assert decode_text(SIMPLIFIED.encode(), declared).text == SIMPLIFIED


@pytest.mark.parametrize(
    "declared", ["nonsense", "hex", "rot13", "base64", "unicode_escape", "idna"]
)
def test_a_declaration_that_is_no_character_set_is_not_followed(declared: str) -> None:
    assert decode_text(GERMAN.encode("cp1252"), declared).text == GERMAN


def test_one_nul_does_not_make_text_binary() -> None:
    assert decode_text(b"abc\0def").text == "abc\0def"


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 8,
        b"\x7fELF\x02\x01\x01" + bytes(200),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(60)),
        b"\x1f\x8b\x08\x00" + bytes(i * 37 % 251 for i in range(3000)),
        b"text \x00\x01\x02\x03 text",
        bytes(100),
    ],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError, match="binary"):
        decode_text(data)


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xff\xfe\n\0"],
    ids=["no bytes", "blanks", "a mark alone", "a mark and a line end"],
)
def test_nothing_is_not_text(data: bytes) -> None:
    with pytest.raises(MediaError, match="empty"):
        decode_text(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=12))
def test_any_bytes_become_text_or_a_clear_error(data: bytes, declared: str) -> None:
    try:
        text = decode_text(data, declared).text
    except MediaError:
        return
    assert text
    assert text.count("\ufffd") <= max(1, len(text) // 100)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1).filter(str.strip))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    decoded = decode_text(b"A line.\n" + text.replace("\ufffd", "").encode())
    assert decoded.encoding == "utf-8"
