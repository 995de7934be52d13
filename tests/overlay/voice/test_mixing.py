"""What the sound card's thread does, sample by sample, without a sound card."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest

from overlay.voice.clip import RATE_HZ, Clip, clip_of
from overlay.voice.mixing import PLACES, RAMP, Mixing, Playback, PlayState

BLOCK = 360


def ramp(count: int, level: float = 0.5) -> Clip:
    return clip_of("x", np.linspace(0.01, level, count, dtype=np.float32))


def run(mixing: Mixing, blocks: int, start_s: float = 10.0) -> np.ndarray:
    """Blocks in a row; the first sample of the first is heard at `start_s`."""
    out = np.full((blocks, BLOCK), np.nan, dtype=np.float32)
    for index in range(blocks):
        mixing.fill(out[index], start_s + index * BLOCK / RATE_HZ)
    return out.ravel()


def added(mixing: Mixing, clip: Clip, at_s: float | None = None) -> Playback:
    playback = Playback(clip, at_s)
    mixing.add(playback)
    return playback


def test_a_clip_is_heard_whole_from_the_next_block_on() -> None:
    mixing, clip = Mixing(), ramp(1000)
    playback = added(mixing, clip)
    out = run(mixing, 4)
    np.testing.assert_array_equal(out[:1000], clip.samples)
    assert not out[1000:].any()
    assert playback.state is PlayState.DONE
    assert playback.started_s == 10.0


@pytest.mark.parametrize("after", [0, 1, 359, 360, 361, 1000])
def test_a_planned_clip_starts_on_its_sample(after: int) -> None:
    mixing, clip = Mixing(), ramp(500)
    playback = added(mixing, clip, 10.0 + after / RATE_HZ)
    out = run(mixing, 6)
    assert np.flatnonzero(out)[0] == after
    np.testing.assert_array_equal(out[after : after + 500], clip.samples)
    assert playback.started_s == pytest.approx(10.0 + after / RATE_HZ)


def test_a_clip_planned_up_to_20_ms_ago_starts_now() -> None:
    mixing = Mixing()
    playback = added(mixing, ramp(500), 10.0 - 0.019)
    assert run(mixing, 2)[0] != 0
    assert playback.state is PlayState.DONE


def test_a_clip_planned_more_than_20_ms_ago_is_not_started() -> None:
    mixing = Mixing()
    playback = added(mixing, ramp(500), 10.0 - 0.021)
    assert not run(mixing, 2).any()
    assert playback.state is PlayState.LATE
    assert playback.refused


def test_clips_add_up() -> None:
    mixing = Mixing()
    added(mixing, ramp(500))
    added(mixing, ramp(500, 0.2))
    np.testing.assert_allclose(run(mixing, 2)[:500], ramp(500).samples + ramp(500, 0.2).samples, rtol=1e-6)


def test_too_much_is_cut_at_full_scale() -> None:
    mixing = Mixing()
    for _ in range(3):
        added(mixing, ramp(500, 0.9))
    assert run(mixing, 2).max() == 1.0


def test_stop_fades_out_and_drops_plans() -> None:
    mixing = Mixing()
    playing, planned = added(mixing, clip_of("x", np.full(5000, 0.5, dtype=np.float32))), added(mixing, ramp(500), 11.0)
    run(mixing, 2)
    mixing.stop()
    out = run(mixing, 3)
    assert np.abs(np.diff(out)).max() < 0.5 / RAMP * 1.5
    assert not out[RAMP:].any()
    assert playing.state is planned.state is PlayState.STOPPED


def test_volume_changes_without_a_step() -> None:
    mixing = Mixing()
    added(mixing, clip_of("x", np.full(5000, 0.5, dtype=np.float32)))
    run(mixing, 1)
    mixing.volume = 0.5
    mixing.ducked = 0.5
    out = run(mixing, 2)
    assert np.abs(np.diff(out)).max() < 0.5 / RAMP * 1.5
    assert out[-1] == pytest.approx(0.125)


def test_no_place_left_is_told() -> None:
    mixing = Mixing()
    assert [added(mixing, ramp(500), 99.0).state for _ in range(PLACES)] == [PlayState.WAITING] * PLACES
    assert added(mixing, ramp(500)).state is PlayState.FULL


def test_places_are_free_again() -> None:
    mixing = Mixing()
    for _ in range(3 * PLACES):
        assert added(mixing, ramp(300)).state is PlayState.WAITING
        run(mixing, 1)


def test_a_lost_device_is_told_to_all_that_wait_or_play() -> None:
    mixing = Mixing()
    playbacks = [added(mixing, ramp(5000)), added(mixing, ramp(500), 99.0)]
    run(mixing, 1)
    mixing.lose_all()
    assert [each.state for each in playbacks] == [PlayState.NO_DEVICE] * 2
    assert not run(mixing, 1).any()


def test_an_empty_clip_is_done_at_once() -> None:
    mixing = Mixing()
    playback = added(mixing, clip_of("read me", np.zeros(0, dtype=np.float32)))
    run(mixing, 1)
    assert playback.state is PlayState.DONE


def test_filling_allocates_no_sample_buffers_and_takes_no_lock() -> None:
    mixing = Mixing()
    added(mixing, ramp(RATE_HZ * 3))
    added(mixing, ramp(RATE_HZ * 3))
    mixing.volume = 0.7
    out = np.zeros(BLOCK, dtype=np.float32)
    with mixing._adding:  # a thread that adds is stuck in the middle
        filler = threading.Thread(target=mixing.fill, args=(out, 10.0))
        filler.start()
        filler.join(5.0)
        assert not filler.is_alive()
    tracemalloc.start()
    for index in range(200):
        mixing.fill(out, 10.0 + index * BLOCK / RATE_HZ)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < out.nbytes * 2  # views and numbers only
    assert kept < 1000
