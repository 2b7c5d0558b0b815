import pytest

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.artifacts import URI_PREFIX, ArtifactStore


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def put(store: ArtifactStore, data: bytes = b"data", principal: str = "me") -> str:
    return store.put(data, "image/png", "crop.png", principal).removeprefix(URI_PREFIX)


def test_what_is_put_can_be_got_by_its_owner() -> None:
    store = ArtifactStore()
    artifact = store.get(put(store), "me")
    assert (artifact.data, artifact.mime_type, artifact.name) == (b"data", "image/png", "crop.png")


def test_ids_are_128_random_bits() -> None:
    store = ArtifactStore()
    keys = {put(store) for _ in range(50)}
    assert len(keys) == 50
    assert all(len(bytes.fromhex(key)) == 16 for key in keys)


def test_somebody_elses_artifact_looks_like_none() -> None:
    store = ArtifactStore()
    key = put(store, principal="me")
    with pytest.raises(MediaReferenceError) as foreign:
        store.get(key, "you")
    with pytest.raises(MediaReferenceError) as absent:
        store.get("0" * 32, "you")
    assert str(foreign.value) == str(absent.value)


def test_the_oldest_goes_when_there_are_too_many() -> None:
    store = ArtifactStore(max_count=2)
    first, second, third = (put(store) for _ in range(3))
    with pytest.raises(MediaReferenceError):
        store.get(first, "me")
    assert store.get(second, "me")
    assert store.get(third, "me")


def test_the_oldest_go_when_there_are_too_many_bytes() -> None:
    store = ArtifactStore(max_bytes=10)
    first, second, third = (put(store, b"12345") for _ in range(3))
    with pytest.raises(MediaReferenceError):
        store.get(first, "me")
    assert store.get(second, "me")
    assert store.get(third, "me")


def test_one_that_alone_is_too_large_is_refused_and_the_others_stay() -> None:
    store = ArtifactStore(max_bytes=10)
    key = put(store)
    with pytest.raises(MediaError):
        put(store, b"x" * 11)
    assert store.get(key, "me")


def test_an_artifact_expires() -> None:
    clock = Clock()
    store = ArtifactStore(max_age_s=60, clock_s=clock)
    key = put(store)
    clock.now_s = 59
    assert store.get(key, "me")
    clock.now_s = 61
    with pytest.raises(MediaReferenceError):
        store.get(key, "me")
