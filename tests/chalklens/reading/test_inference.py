"""RapidOCR on our sessions, in a process of its own: one option stays with the thread."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LOOK = """
import json
import numpy as np
from rapidocr import RapidOCR
from chalklens.reading.inference import CONFIGURATION, make_engine
from chalklens.reading.recognizer import PARAMETERS
from tests.chalklens.reading.test_recognizer import draw

page = draw((416, 192), {(20, 20): "Find the sum", (20, 90): "3 + 4 =", (200, 140): "12 apples"})
image = np.ascontiguousarray(np.asarray(page)[:, :, ::-1])
usual = RapidOCR(params={**PARAMETERS, "EngineConfig.onnxruntime.intra_op_num_threads": 1})
kept = usual(image)
ours = make_engine(PARAMETERS, 1)
read = ours(image)
options = [
    part.session.session.get_session_options() for part in (ours.text_det, ours.text_rec)
]
print(json.dumps({
    "texts": [kept.txts, read.txts],
    "boxes_equal": bool(np.array_equal(kept.boxes, read.boxes)),
    "scores_equal": kept.scores == read.scores,
    "configuration": [
        {key: one.get_session_config_entry(key) for key in CONFIGURATION} for one in options
    ],
    "threads": [one.intra_op_num_threads for one in options],
}))
"""


@cache
def look() -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_what_is_read_is_what_rapidocr_reads_by_itself():
    found = look()
    usual, ours = found["texts"]
    assert usual == ours
    assert "Find the sum" in ours
    assert found["boxes_equal"]
    assert found["scores_equal"]


def test_both_models_count_denormals_as_zero_and_let_idle_threads_sleep():
    wanted = {"session.set_denormal_as_zero": "1", "session.intra_op.allow_spinning": "0"}
    assert look()["configuration"] == [wanted, wanted]
    assert look()["threads"] == [1, 1]
