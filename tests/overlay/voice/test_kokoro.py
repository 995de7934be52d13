"""The neural voice through the real kokoro-onnx and onnxruntime, with a tiny stand-in of the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from overlay.voice.engine import KOKORO, EngineChoice
from overlay.voice.engine_errors import BrokenEngine
from overlay.voice.helper import Helper
from overlay.voice.kokoro import kokoro_voices
from overlay.voice.model import MODEL
from tests.overlay.voice.stand_in import write_stand_in


@pytest.fixture
def helper(stand_in: Path):
    helper = Helper(EngineChoice(KOKORO, "", stand_in))
    yield helper
    helper.close()


def test_it_speaks_at_48_khz(helper: Helper) -> None:
    short, long = helper.render("Turn one.", 1.0), helper.render("Turn one. Brake ten metres later than you did before.", 1.0)
    assert len(long) > 2 * len(short) > 10_000
    assert np.argmax(np.abs(np.fft.rfft(long, 48_000))) == pytest.approx(200, abs=2)  # the stand-in's buzz


def test_a_british_voice_and_an_unknown_one(stand_in: Path) -> None:
    british = Helper(EngineChoice(KOKORO, "bm_george", stand_in))
    assert len(british.render("Turn one.", 1.2))
    british.close()
    with pytest.raises(BrokenEngine, match="nobody"):
        Helper(EngineChoice(KOKORO, "nobody", stand_in)).render("x", 1.0)


def test_voices_are_listed_without_loading_the_model(stand_in: Path) -> None:
    assert kokoro_voices(stand_in) == ["af_heart", "bm_george"]


def test_not_installed_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BrokenEngine, match="racing-coach voice install"):
        Helper(EngineChoice(KOKORO, "", tmp_path)).render("x", 1.0)


def test_a_model_that_is_whole_but_no_model_is_a_broken_engine(stand_in: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(stand_in, folder)
    write_stand_in(folder)
    from overlay.voice.model import INSTALLED, sha256_of

    (folder / MODEL.name).write_bytes(b"no model at all")
    note = (folder / INSTALLED).read_text().replace(sha256_of(stand_in / MODEL.name), sha256_of(folder / MODEL.name))
    (folder / INSTALLED).write_text(note)
    with pytest.raises(BrokenEngine, match="cannot be used"):
        Helper(EngineChoice(KOKORO, "", folder)).render("x", 1.0)
