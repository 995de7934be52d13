"""The status says everything it has to say, whatever its size, the screen and the type's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from coach.wording import catalogue
from overlay.display import REFERENCES, status_detail, status_title
from overlay.look import Look, text_width
from overlay.state import Mode, Reference, Snapshot, Status
from overlay.widgets.coach_status import CoachStatus
from overlay.widgets.wrapped import wrapped
from tests.overlay.samples import speaking

DETAIL = "No sound: the coach writes instead of speaking, and speaks once an output is there (no output device)."
LONG = {
    "reference": replace(speaking(), reference=Reference("your best lap of all days", "", 87.295), best_lap_s=88.1),
    "file": replace(speaking(), reference=Reference("given: mx5_limerock_2026-11-28_very_long_name_of_a_file.ibt", "", 87.295)),
    "silent": replace(speaking(), status=Status(Mode.SILENT, why_silent="no position from the simulator")),
    "waiting": Snapshot(status=Status(Mode.WAITING_SIMULATOR)),
    "notice": replace(speaking(), status=Status(Mode.COACHING, notice=DETAIL)),
    "fault": replace(speaking(), status=Status(Mode.COACHING, notice="iRacing has gone: the simulator has stopped publishing ticks.")),
}


@pytest.mark.parametrize("case", LONG)
@pytest.mark.parametrize("scale", [0.5, 0.67, 1.0, 1.5, 2.0, 3.0])  # half the type on a small screen .. thrice on a large one
@pytest.mark.parametrize("share", [1.0, CoachStatus.smallest_share])  # as large as it is, as small as the driver can make it
def test_no_word_is_cut(case: str, scale: float, share: float, qapp: QApplication) -> None:
    snapshot = LONG[case]
    panel = CoachStatus(Look(scale))
    panel.resize(round(panel.width() * share), round(panel.height() * share))
    panel.show_snapshot(snapshot)
    text = panel.text_of(snapshot)
    assert "".join(text.title) == status_title(snapshot.status).replace(" ", "") or " ".join(text.title) == status_title(snapshot.status)
    detail = snapshot.status.notice or status_detail(snapshot.status, snapshot.reference)
    assert "".join(text.detail).replace(" ", "") == detail.replace(" ", "")
    assert text.height <= panel.height() - 2 * panel.edge
    for lines, font, right in ((text.title, text.title_font, text.last), (text.detail, text.detail_font, text.best)):
        assert all(text_width(font, line) <= panel.room for line in lines)
        beside = lines[0] if lines is text.title else lines[-1]
        assert text_width(font, beside) + text_width(text.detail_font, right) < panel.room or not right


def test_at_its_own_size_the_usual_reference_needs_no_smaller_type(qapp: QApplication) -> None:
    for name in REFERENCES.values():
        snapshot = replace(speaking(), reference=Reference(name, "", 87.295))
        panel = CoachStatus(Look())
        assert panel.text_of(snapshot).detail_font.pixelSize() == 15


def test_every_trouble_of_the_voice_is_legible_at_the_widgets_own_size(qapp: QApplication) -> None:
    for words in (*catalogue()["voice"]["trouble"].values(), *catalogue()["voice"]["over"].values()):
        snapshot = replace(speaking(), status=Status(Mode.COACHING, notice=words.format(detail="no output device")))
        assert CoachStatus(Look()).text_of(snapshot).detail_font.pixelSize() >= 12


def test_words_are_parted_only_where_they_must_be(qapp: QApplication) -> None:
    font: QFont = Look().font(15)
    assert wrapped("one two", font, 1e6) == ("one two",)
    assert wrapped("one two", font, text_width(font, "one t")) == ("one", "two")
    assert "".join(wrapped("x" * 100, font, 60.0)) == "x" * 100
    assert wrapped("", font, 60.0) == ("",)
    assert wrapped("ab", font, 0.0) == ("a", "b")
