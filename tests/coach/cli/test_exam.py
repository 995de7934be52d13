"""`racing-coach exam`: what it refuses. What it measures is tested in tests/coach/exam."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "-1"], "a seed is 0 or more"),
        (["--jobs", "0"], "at least one process"),
        (["--othersim", "nowhere"], "is no folder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["exam", "--quick", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
