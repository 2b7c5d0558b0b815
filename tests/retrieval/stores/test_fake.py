import pytest

from chalklens.errors import UnavailableError
from retrieval.stores.fake import FakeStore
from retrieval.stores.store import IndexParameters
from tests.retrieval.stores.contract import OpenStore, StoreContract


class TestFakeStore(StoreContract):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        first: list[FakeStore] = []

        def open_handle(parameters: IndexParameters) -> FakeStore:
            first.append(first[0].share() if first else FakeStore(parameters))
            return first[-1]

        return open_handle


def test_an_error_can_be_set_for_the_next_call() -> None:
    store = FakeStore()
    store.errors["describe"] = UnavailableError("The engine is away.")
    with pytest.raises(UnavailableError, match="away"):
        store.describe()
    assert store.describe().documents == 0
