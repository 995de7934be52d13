"""One notice for each trouble, one when it is over."""

from __future__ import annotations

from coach.wording import catalogue
from overlay.voice.notice import Notice, Notices, Trouble


def test_every_trouble_has_its_words() -> None:
    words = catalogue()["voice"]
    assert set(words["trouble"]) == set(words["over"]) == {each.value for each in Trouble}


def test_a_trouble_is_told_once_until_it_is_over(notices: Notices, notes: list[Notice]) -> None:
    for _ in range(3):
        notices.begin(Trouble.DEVICE_LOST)
    notices.end(Trouble.DEVICE_LOST, Trouble.NO_DEVICE)
    notices.end(Trouble.DEVICE_LOST)
    notices.begin(Trouble.DEVICE_LOST)
    assert [(each.trouble, each.over) for each in notes] == [
        (Trouble.DEVICE_LOST, False),
        (Trouble.DEVICE_LOST, True),
        (Trouble.DEVICE_LOST, False),
    ]


def test_details_are_in_the_text(notices: Notices, notes: list[Notice]) -> None:
    notices.begin(Trouble.KOKORO_FAILED, "model.onnx is damaged")
    assert "model.onnx is damaged" in notes[0].text
