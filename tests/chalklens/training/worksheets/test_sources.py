"""What the templates' code is told apart by."""

from pathlib import Path

from chalklens.training.worksheets.sources import hash_sources


def write_sources(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder


def test_a_changed_a_new_and_a_renamed_file_are_other_sources(tmp_path: Path) -> None:
    folder = write_sources(tmp_path, canvas="1", flow="2")
    found = [hash_sources(folder)]
    found.append(hash_sources(write_sources(folder, flow="3")))
    found.append(hash_sources(write_sources(folder, style="4")))
    (folder / "style.py").rename(folder / "page.py")
    found.append(hash_sources(folder))
    assert len(set(found)) == 4
    assert hash_sources(write_sources(folder)) == found[-1]


def test_only_code_counts(tmp_path: Path) -> None:
    folder = write_sources(tmp_path, canvas="1")
    before = hash_sources(folder)
    (folder / "notes.txt").write_text("no code", "utf-8")
    assert hash_sources(folder) == before


def test_the_package_itself_is_hashed_by_default() -> None:
    assert hash_sources() == hash_sources()
    assert len(hash_sources()) == 12
