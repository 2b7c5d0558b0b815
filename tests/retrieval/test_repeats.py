from retrieval.repeats import Repeats

TEXT = " ".join(f"word{i}" for i in range(40))


def test_a_passage_that_differs_in_a_few_words_repeats() -> None:
    repeats = Repeats()
    assert not repeats.add(TEXT)
    assert repeats.add(TEXT.replace("word7", "other").upper())


def test_a_passage_that_shares_half_its_words_does_not() -> None:
    repeats = Repeats()
    repeats.add(TEXT)
    assert not repeats.add(" ".join(TEXT.split()[:20]) + " something else entirely" * 5)


def test_a_passage_with_more_in_it_does_not() -> None:
    repeats = Repeats()
    repeats.add(TEXT)
    assert not repeats.add(f"{TEXT} {TEXT.replace('word', 'more')}")


def test_chinese_passages_are_compared_too() -> None:
    repeats = Repeats()
    assert not repeats.add("三角形的面积等于底乘以高再除以二，单位是平方厘米。")
    assert repeats.add("三角形的面积等于底乘以高再除以二，单位是平方厘米！")
    assert not repeats.add("圆的周长等于直径乘以圆周率。")
