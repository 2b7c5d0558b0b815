from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.access import AccessPolicy
from chalklens.media.artifacts import ArtifactStore
from chalklens.media.decoding import Decoder
from chalklens.media.limits import Limits
from chalklens.media.loader import MediaLoader
from chalklens.reading.fake import FakeReader
from chalklens.workbench import MAX_PICTURES, Workbench, share_pages

from .media.pdf_samples import pdf

LIMITS = Limits(decode_s=60, request_s=60)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=MAX_PICTURES))
def test_no_document_crowds_out_another_and_no_place_stays_empty(counts: list[int]):
    shares = share_pages(counts)
    assert sum(shares) == min(sum(counts), MAX_PICTURES)
    assert all(1 <= share <= count for share, count in zip(shares, counts, strict=True))
    cut = [share for share, count in zip(shares, counts, strict=True) if share < count]
    assert not cut or max(shares) - min(cut) <= 1


@pytest.mark.anyio
async def test_a_question_about_all_pages_sees_those_of_every_document(tmp_path: Path):
    red = b"1 0 0 rg 0 0 72 36 re f"
    (tmp_path / "long.pdf").write_bytes(pdf(contents=[red] * 9))
    (tmp_path / "short.pdf").write_bytes(pdf(contents=[red] * 2))
    media = MediaLoader(AccessPolicy((tmp_path,)), LIMITS, Decoder(LIMITS), ArtifactStore())
    labeller, engine = FakeLabeller(), FakeEngine(["Red."])
    bench = Workbench(media, FakeReader(), labeller, labeller, engine)
    try:
        found = await bench.analyze(["long.pdf", "short.pdf"], "Which colour?", pages="all")
    finally:
        await bench.close()
    seen = [(picture.name, picture.page, picture.page_count) for picture in found.pictures]
    assert seen == [
        *(("long.pdf", page, 9) for page in range(1, 7)),
        *(("short.pdf", page, 2) for page in (1, 2)),
    ]
    assert engine.requests[0].pictures == found.pictures
