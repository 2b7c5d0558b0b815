import pytest

pytest.register_assert_rewrite("tests.retrieval.stores.contract")
