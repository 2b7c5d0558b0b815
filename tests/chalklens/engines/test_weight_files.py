import contextlib
import json
import struct
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalklens.engines.weight_files import fingerprint, read_tensors
from chalklens.errors import ModelError
from tests.chalklens.engines.model_folders import write_weights

JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


def test_tensors_are_listed_with_shape_and_size(tmp_path: Path) -> None:
    [tensor] = read_tensors(write_weights(tmp_path / "w.safetensors", {"a.weight": (3, 4)}))
    assert (tensor.name, tensor.dtype, tensor.shape) == ("a.weight", "F32", (3, 4))
    assert (tensor.parameters, tensor.size_bytes) == (12, 48)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
@example({"a": {"dtype": "F32", "shape": 3, "data_offsets": [0, 0]}})
@example({"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 0]}})
@example({"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "0"]}})
def test_any_header_gives_tensors_or_a_model_error(tmp_path: Path, header: object) -> None:
    table = json.dumps(header).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(table)) + table)
    with contextlib.suppress(ModelError):
        assert all(tensor.parameters >= 0 for tensor in read_tensors(path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=64))
def test_any_bytes_give_tensors_or_a_model_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with contextlib.suppress(ModelError):
        read_tensors(path)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "w.safetensors", {"a": (1000, 1000)})
    before = fingerprint([path])
    assert before == fingerprint([path])
    with path.open("r+b") as stream:
        stream.seek(2_000_000)
        stream.write(b"\x01" * 300_000)  # training changes more than this
    assert fingerprint([path]) != before
