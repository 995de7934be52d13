"""What the overlay uses, with and without sound."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from coach.cues.tones import APPROACH_S, TOLD_AHEAD_S
from coach.events import ToneState
from overlay.voice.notice import Level
from overlay.voice.playback import Playback, PlayState
from overlay.voice.settings import VoiceSettings
from overlay.voice.speaker import Speaker, bank_texts
from overlay.voices import Loudspeaker
from tests.overlay.running_app import wait_until
from tests.overlay.voice.conftest import OPENS_S
from tests.overlay.voice.sound_server import SoundServer, bursts

pytestmark = [
    pytest.mark.xdist_group("sound"),
    pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system voice elsewhere"),
]

TEXT = "Brake ten metres later."


@pytest.fixture(scope="module")
def speaker(sound_server: SoundServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    speaker = Speaker(VoiceSettings(cache=tmp_path_factory.mktemp("phrases"), model=tmp_path_factory.mktemp("none")), lambda _: None)
    assert speaker.mixer.wait_open(OPENS_S)
    yield speaker
    speaker.close()


def test_a_planned_cue_is_heard_whole_at_its_time(speaker: Speaker, sound_server: SoundServer) -> None:
    clip = speaker.plan(TEXT).result(30)
    assert speaker.level is Level.SYSTEM
    start_s = time.perf_counter()
    at_s = speaker.mixer.now_s + 0.5
    playback = speaker.say(TEXT, at_s)
    time.sleep(0.6 + clip.spoken_s)
    recording = sound_server.heard_since(start_s)
    (burst,) = bursts(recording.sound, gap_s=0.5)
    assert playback.state is PlayState.DONE
    assert recording.onset_s(burst) == pytest.approx(at_s, abs=0.05)
    assert (burst[1] - burst[0]) / 48_000 == pytest.approx(clip.spoken_s, abs=0.05)


def test_the_third_approach_tone_and_the_tick_are_heard_at_the_braking_point(speaker: Speaker, sound_server: SoundServer) -> None:
    loudspeaker = Loudspeaker(speaker)
    start_s = time.perf_counter()
    brake_s = speaker.mixer.now_s + TOLD_AHEAD_S + APPROACH_S
    assert loudspeaker.tone(ToneState.APPROACH, TOLD_AHEAD_S) == ""
    time.sleep(APPROACH_S)
    in_s = brake_s - speaker.mixer.now_s
    assert loudspeaker.tone(ToneState.BRAKE, in_s) == ""
    time.sleep(in_s + 0.3)
    recording = sound_server.heard_since(start_s)
    heard_s = [recording.onset_s(burst) for burst in bursts(recording.sound)]
    assert heard_s == pytest.approx([brake_s - APPROACH_S, brake_s - APPROACH_S / 2, brake_s], abs=0.05)
    assert loudspeaker.tone(ToneState.BRAKE, -0.5) == "late"


def test_a_cue_for_a_wireless_output_is_handed_over_by_its_delay_earlier(speaker: Speaker, sound_server: SoundServer) -> None:
    """What the headset adds, no recording shows: the sound leaves this machine so much earlier."""
    loudspeaker, clip = Loudspeaker(speaker), speaker.plan(TEXT).result(30)
    wired_s, speaker.mixer.output_delay_s = loudspeaker.delay_s, 0.3
    try:
        assert 0.0 < wired_s < 0.2
        assert loudspeaker.delay_s == pytest.approx(wired_s + 0.3, abs=0.05)
        start_s = time.perf_counter()
        heard_s = speaker.mixer.now_s + loudspeaker.delay_s
        assert loudspeaker.say(TEXT, loudspeaker.delay_s) == ""
        assert loudspeaker.say(TEXT, loudspeaker.delay_s - 0.05) == "late"
        time.sleep(0.6 + clip.spoken_s)
        (burst,) = bursts((recording := sound_server.heard_since(start_s)).sound, gap_s=0.5)
        assert recording.onset_s(burst) == pytest.approx(heard_s - 0.3, abs=0.05)
    finally:
        speaker.mixer.output_delay_s = 0.0


def test_the_length_of_what_is_rendered_later_than_it_was_waited_for_is_known_once_it_is(speaker: Speaker) -> None:
    """A cue whose words are new when it is planned: without its length it would be decided by the number of its words."""
    texts, lengths_s = ["The first of two new texts.", "The second of two new texts."], dict[str, float]()
    Loudspeaker(speaker).render(texts, lengths_s, 0.0)
    known_s = {text: speaker.plan(text).result(30).spoken_s for text in texts}
    wait_until(lambda: lengths_s == known_s)


def test_an_unplanned_text_is_refused_once_and_ready_the_next_time(speaker: Speaker) -> None:
    assert speaker.say("Something new.").state is PlayState.NOT_READY
    speaker.plan("Something new.").result(30)
    again = speaker.say_again()
    assert again is not None
    assert again.clip.text == "Something new."  # it is what was read, and could not be heard
    assert len(again.clip.samples)
    assert not speaker.say("Something new.").refused
    speaker.mixer.stop()


def test_the_bank_is_ready_without_being_asked_for(speaker: Speaker) -> None:
    end_s = time.monotonic() + 20
    while any(speaker.voice.ready(text) is None for text in bank_texts()) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert not speaker.say(bank_texts()[0]).refused
    speaker.mixer.stop()


def test_mute_is_silent_at_once_and_again_repeats_the_last(speaker: Speaker) -> None:
    speaker.plan(TEXT).result(30)
    playback = speaker.say(TEXT)
    speaker.mute(muted=True)
    assert playback.state is PlayState.STOPPED
    assert speaker.level is Level.TEXT
    assert speaker.say(TEXT).state is PlayState.MUTED
    speaker.mute(muted=False)
    again = speaker.say_again()
    assert again is not None
    assert again.clip.text == TEXT
    assert not again.refused
    speaker.mixer.stop()


def wait_for(playback: Playback, state: PlayState) -> None:
    end_s = time.monotonic() + 10
    while playback.state is not state:
        assert time.monotonic() < end_s, playback.state
        time.sleep(0.005)


def test_the_repeat_talks_neither_over_itself_nor_over_the_coach(speaker: Speaker) -> None:
    """Three presses were three voices at once, and a cue 0.8 s later a fourth."""
    other = "Turn three: carry more speed."
    for text in (TEXT, other):
        speaker.plan(text).result(30)
    said = speaker.say(TEXT)
    assert speaker.say_again() is None
    assert said.state is not PlayState.STOPPED
    wait_for(said, PlayState.DONE)
    again = speaker.say_again()
    assert again is not None
    assert speaker.say_again() is None
    wait_for(again, PlayState.PLAYING)
    cue = speaker.say(other)
    assert again.state is PlayState.STOPPED
    wait_for(cue, PlayState.DONE)
    repeated = speaker.say_again()
    assert repeated is not None
    assert repeated.clip.text == other
    speaker.play(speaker.brake_tick)
    assert repeated.state is PlayState.STOPPED


def test_nothing_said_before_is_repeated_once_it_is_forgotten(speaker: Speaker) -> None:
    speaker.plan(TEXT).result(30)
    wait_for(speaker.say(TEXT), PlayState.DONE)
    speaker.forget()
    assert speaker.say_again() is None


def test_nothing_is_repeated_while_muted(speaker: Speaker) -> None:
    speaker.plan(TEXT).result(30)
    speaker.say(TEXT)
    speaker.mute(muted=True)
    try:
        assert speaker.say_again() is None
    finally:
        speaker.mute(muted=False)
