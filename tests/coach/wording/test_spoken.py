from __future__ import annotations

import re

import pytest

from coach.compare.cause import NOT_THE_DRIVER, Cause
from coach.track.names import named_tracks
from coach.wording import catalogue, use_length_unit
from coach.wording.spoken import aloud, best_lap, calls, effect, full_cue, progress, short_cue, spoken_seconds, spoken_time, trigger

HIS = sorted(set(Cause) - NOT_THE_DRIVER)
FIGURES = {entry["figure"] for entry in catalogue()["spoken"].values() if "figure" in entry}
LONGEST_CUE_WORDS = 14


def longest_corner_name() -> str:
    return max((corner.label for track in named_tracks() for corner in track.corners), key=lambda name: len(name.split()))


@pytest.mark.parametrize("cause", HIS)
def test_every_cause_of_the_driver_has_a_trigger_of_at_most_three_words(cause):
    for figures in ({}, dict.fromkeys(FIGURES, 123.0)):
        assert 1 <= len(trigger(cause, figures).split()) <= 3
        assert re.fullmatch(r"[A-Z][a-z ]*\.", short_cue(cause, figures))


@pytest.mark.parametrize("cause", sorted(NOT_THE_DRIVER))
def test_what_is_not_the_drivers_doing_has_no_words(cause):
    with pytest.raises(KeyError):
        trigger(cause)


def test_triggers_are_all_different():
    for figures in ({}, dict.fromkeys(FIGURES, 123.0)):
        assert len({trigger(cause, figures) for cause in HIS}) == len(HIS)


@pytest.mark.parametrize("to_try", [False, True])
@pytest.mark.parametrize("cause", HIS)
def test_a_full_cue_is_short_whatever_the_corner_is_called(cause, to_try):
    longest = longest_corner_name()
    assert len(longest.split()) >= 2
    for value in (0.0, 7.0, 123.0, float("nan")):
        said = full_cue(longest, cause, dict.fromkeys(FIGURES, value), to_try=to_try)
        assert len(said.split()) <= LONGEST_CUE_WORDS
        assert said.endswith(".")
        assert "nan" not in said


def test_amounts_are_said_in_steps_a_driver_can_place():
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 12.4}) == "Turn 3: brake later, 10 metres."
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 13.0}) == "Turn 3: brake later, 15 metres."
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 4.9}) == "Turn 3: brake later."
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": -30.0}) == "Turn 3: brake later."
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {}) == "Turn 3: brake later."


@pytest.fixture
def in_feet():
    use_length_unit("feet")
    yield
    use_length_unit("metres")


@pytest.mark.usefixtures("in_feet")
@pytest.mark.parametrize(
    ("metres", "said"),
    [(4.9, "brake later."), (5.0, "brake later, 20 feet."), (12.4, "brake later, 40 feet."), (30.0, "brake later, 100 feet.")],
)
def test_amounts_are_said_in_the_drivers_unit(metres, said):
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": metres}) == f"Turn 3: {said}"


def test_little_and_much_speed_are_told_apart_where_no_amount_could_be_judged():
    little, much = ({"v_min_less_kmh": kmh} for kmh in (2.9, 3.0))
    assert full_cue("Turn 3", Cause.SLOW_APEX, little) == full_cue("Turn 3", Cause.SLOW_APEX, {}) == "Turn 3: slightly more speed."
    assert full_cue("Turn 3", Cause.SLOW_APEX, much) == "Turn 3: carry more speed."
    assert full_cue("Turn 3", Cause.SLOW_APEX, much, to_try=True) == "Turn 3: try this, carry more speed."
    assert (short_cue(Cause.SLOW_APEX, little), short_cue(Cause.SLOW_APEX, much)) == ("Slightly more speed.", "Carry more speed.")


def test_something_to_try_is_said_as_people_say_it():
    """No "try this, no coasting" and no "try this, check the gear"."""
    said = {cause: full_cue("Turn 3", cause, {}, to_try=True) for cause in HIS}
    assert said[Cause.COASTING] == "Turn 3: try this, go straight from pedal to pedal."
    assert said[Cause.GEAR] == "Turn 3: try another gear here."
    assert all(words.startswith("Turn 3: try ") for words in said.values())


def test_something_to_try_is_said_so_and_without_an_amount():
    assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 30.0}, to_try=True) == "Turn 3: try this, brake later."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.012, "a hundredth"),
        (0.07, "seven hundredths"),
        (0.094, "nine hundredths"),
        (0.096, "a tenth"),
        (0.149, "a tenth"),
        (0.21, "two tenths"),
        (0.94, "nine tenths"),
        (0.004, "less than a hundredth"),
        (0.0, "less than a hundredth"),
        (0.951, "a second"),
        (1.04, "a second"),
        (1.06, "1.1 seconds"),
        (1.34, "1.3 seconds"),
    ],
)
def test_small_times_are_said_as_drivers_say_them(seconds, said):
    assert spoken_seconds(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (62.34, "one, oh two point three"),
        (60.6, "one, zero zero point six"),
        (59.97, "one, zero zero point zero"),
        (48.26, "forty-eight point three"),
        (83.44, "one, twenty-three point four"),
        (110.0, "one, fifty point zero"),
        (125.0, "two, oh five point zero"),
        (619.9, "ten, nineteen point nine"),
    ],
)
def test_lap_times_are_said_as_on_a_pit_radio(seconds, said):
    assert spoken_time(seconds) == said


def test_lap_times_are_written_for_the_eye_and_read_out_in_words():
    assert aloud(best_lap(60.6)[0]) == "Best lap. one, zero zero point six."
    assert aloud("Turn 3: brake later, 10 metres.") == "Turn 3: brake later, 10 metres."  # voices read plain numbers by themselves
    assert aloud(best_lap(48.26)[0]) == "Best lap. forty-eight point three."
    assert aloud("Turn 3 is better by 12.3 seconds.") == "Turn 3 is better by 12.3 seconds."  # no lap time


def test_no_corner_name_repeats_its_number():
    """A simulated "T4 Turn 4" was read out as it stands."""
    names = [corner.label for track in named_tracks() for corner in track.corners]
    assert [name for name in names if re.match(r"T\d", name)] == []
    assert full_cue("Turn 4", Cause.BRAKE_EARLY, {}) == "Turn 4: brake later."


@pytest.mark.parametrize(
    ("gained_s", "said"),
    [
        (0.05, "Better, half a tenth."),
        (0.08, "Better, a tenth."),
        (0.24, "Better, two tenths."),
        (0.54, "Better, half a second."),
        (0.9, "Better, more than half a second."),
        (-0.12, "Slower, a tenth."),
        (-3.0, "Slower, more than half a second."),
    ],
)
def test_what_a_corner_has_become_is_called_in_steps_of_the_bank(gained_s, said):
    assert progress(gained_s) == said
    assert said in calls()


def test_calls_are_short_and_all_different():
    assert len(set(calls())) == len(calls())
    assert all(re.fullmatch(r"[A-Z][a-z, ]*\.", text) and len(text.split()) <= 6 for text in calls())


def test_remarks_read_as_sentences():
    assert best_lap(62.34) == ("Best lap. 1:02.3.", "Best lap.")
    assert effect("Turn 3", 0.21, (0.1, 0.3)) == "Turn 3 is better by two tenths."
    assert effect("Turn 3", -0.21, (-0.3, -0.1)) == "Turn 3 is slower by two tenths."
    assert effect("Turn 3", 0.05, (-0.1, 0.2)) == "Turn 3: no clear change yet."
