from __future__ import annotations

from pathlib import Path

import pytest

from overlay.sync.memory import Memory, Remembered

ADDRESS = "https://coach.example.org"
KNOWN = Remembered("id", "Ann", agreed=True)


def test_what_is_kept_is_there_in_the_next_run(tmp_path: Path) -> None:
    Memory(tmp_path / "m.json", ADDRESS).keep(KNOWN)
    assert Memory(tmp_path / "m.json", ADDRESS).now == KNOWN


def test_nothing_is_known_of_another_service(tmp_path: Path) -> None:
    Memory(tmp_path / "m.json", ADDRESS).keep(KNOWN)
    assert Memory(tmp_path / "m.json", "https://other.example.org").now == Remembered()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"address": "https://coach.example.org"}', "\x00"])
def test_what_cannot_be_read_is_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    assert Memory(tmp_path / "m.json", ADDRESS).now == Remembered()


def test_agreement_is_only_ever_true_or_false(tmp_path: Path) -> None:
    Memory(tmp_path / "m.json", ADDRESS).keep(KNOWN)
    path = tmp_path / "m.json"
    path.write_text(path.read_text().replace("true", '"yes"'))
    assert Memory(path, ADDRESS).now.agreed is None
