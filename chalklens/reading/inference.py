# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""RapidOCR on ONNX Runtime sessions of our own. Worker side.

How it is used: `make_engine(parameters, threads)` returns a `RapidOCR` whose detector and recogniser
run on the sessions made here. RapidOCR takes a ready session (`session` in its configuration), but
has no switch for two options, and both decide how fast a page is read (`benchmarks/README.md`):

- denormals count as zero: one layer of the PP-OCRv6 small detector multiplies numbers below 1e-38,
  for which an Intel core needs a hundred times as long. What is read stays the same, bit for bit;
- idle threads sleep: by default they spin, and take the core from whoever has work to do.

The first option also holds for the rest of the thread that makes the first session (ONNX Runtime's
`kOrtSessionOptionsConfigSetDenormalAsZero`); a worker process does nothing that needs denormals.

What it leaves out: what is read and how (`recognizer.py`), downloads: the models come in the package.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime
from omegaconf import flag_override
from rapidocr import RapidOCR
from rapidocr.inference_engine.base import FileInfo, InferSession

FATAL = 4
PROVIDERS = ["CPUExecutionProvider"]
CONFIGURATION = {
    "session.set_denormal_as_zero": "1",
    "session.intra_op.allow_spinning": "0",
}


def make_engine(parameters: Mapping[str, Any], threads: int) -> RapidOCR:
    """Load detector and recogniser (about a second).

    Args:
        parameters: RapidOCR's `params`.
        threads: For one page.
    """
    engine = RapidOCR(params=dict(parameters))
    for section in (engine.cfg.Det, engine.cfg.Rec):
        file = Path(engine.cfg.Global.model_root_dir) / _file_name(section)
        with flag_override(section, "allow_objects", True):
            section.session = open_session(file, threads)
    return engine


def open_session(file: Path, threads: int) -> Any:
    """Open a model as an `InferenceSession`; memory goes back after each run, as RapidOCR has it."""
    runtime: Any = onnxruntime  # its compiled names have no types
    options = runtime.SessionOptions()
    options.log_severity_level = FATAL
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    for key, value in CONFIGURATION.items():
        options.add_session_config_entry(key, value)
    return runtime.InferenceSession(str(file), sess_options=options, providers=PROVIDERS)


def _file_name(section: Any) -> str:
    """Name of the model file that RapidOCR would choose."""
    wanted = FileInfo(
        engine_type=section.engine_type,
        ocr_version=section.ocr_version,
        task_type=section.task_type,
        lang_type=section.lang_type,
        model_type=section.model_type,
    )
    return Path(InferSession.get_model_url(wanted)["model_dir"]).name
