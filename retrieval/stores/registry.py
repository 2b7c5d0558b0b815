"""Opens whichever store an address names.

How it is used: `open_to_read(address, folder)` and `open_to_write(address, folder, parameters)`, with
`address = parse_store_address(text)`; `open_store(text, ...)` does both steps. An engine's module, and its
package, is imported when its kind is asked for. What it leaves out: the addresses themselves
(`addresses.py`).
"""

from collections.abc import Callable
from pathlib import Path

from chalklens.errors import UnavailableError
from retrieval.configuration import INDEX_DAMAGED, INDEX_MISSING
from retrieval.stores.addresses import StoreAddress, parse_store_address
from retrieval.stores.store import IndexParameters, Store

INDEX_FOLDER = "index"
MADE_ANEW = INDEX_DAMAGED | {INDEX_MISSING}


def open_store(
    text: str, folder: Path, parameters: IndexParameters | None = None, *, readonly: bool = False
) -> Store:
    """Open the store at an address, for writing if `parameters` are given.

    Args:
        text: See `addresses`.
        folder: Of the knowledge base; `local` lives in `index/` below it.
        parameters: What the index is made with, if it is made.
        readonly: Open it as it is, though parameters are given.

    Raises:
        InputError: The address has no known form.
        UnavailableError: There is no index, or the engine cannot be reached.
    """
    address = parse_store_address(text)
    if readonly or parameters is None:
        return open_to_read(address, folder)
    store, publish = open_to_write(address, folder, parameters)
    if publish is not None:
        publish()
    return store


def open_to_read(address: StoreAddress, folder: Path) -> Store:
    """Open a store for reading, as it is.

    Raises:
        UnavailableError: There is none, it is damaged, or the engine cannot be reached.
    """
    if address.kind == "local":
        from retrieval.stores.local.store import LocalStore

        return LocalStore.open(folder / INDEX_FOLDER, readonly=True)
    return _find_engine(address)(address, None, readonly=True)


def open_to_write(
    address: StoreAddress, folder: Path, parameters: IndexParameters, *, anew: bool = False
) -> tuple[Store, Callable[[], None] | None]:
    """Open a store for writing; one that is missing, damaged or of other parameters is made anew.

    Args:
        address: See `addresses`.
        folder: Of the knowledge base.
        parameters: What the index must be made with.
        anew: Though it can be opened: damage was found in it later. Engines see to their own.

    Returns:
        The store, and what to call when a new one is complete: until then readers get the old one.
        None where there is nothing to call: engines replace their index at once.

    Raises:
        StorageError: Nothing can be written there.
        UnavailableError: The engine cannot be reached.
    """
    if address.kind != "local":
        return _find_engine(address)(address, parameters, rebuild=True), None
    from retrieval.stores.local.store import LocalStore

    try:
        if not anew:
            return LocalStore.open(folder / INDEX_FOLDER, parameters), None
    except UnavailableError as error:
        if error.code not in MADE_ANEW:
            raise
    made = LocalStore.create(folder / INDEX_FOLDER, parameters)
    return made, made.publish


def _find_engine(address: StoreAddress) -> Callable[..., Store]:
    if address.kind == "milvus":
        from retrieval.stores.milvus import open_milvus

        return open_milvus
    if address.kind == "elasticsearch":
        from retrieval.stores.elasticsearch import open_elasticsearch

        return open_elasticsearch
    from retrieval.stores.pgvector import open_pgvector

    return open_pgvector
