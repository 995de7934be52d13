from __future__ import annotations

import math
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.cues.settings import Style, settings_for
from coach.errors import BadInput
from overlay.chosen import cue_settings, reference_laps
from overlay.settings.change import Reading, changed, for_car, has_own, settings_from, tables_of, without_own, without_profile
from overlay.settings.model import Place, Settings
from overlay.settings.rules import Rule, fault_of, rule_of


def read(raw):
    reading = Reading()
    return settings_from(raw, reading), reading


def every_setting():
    for group in (Settings(), Place(), *(getattr(Settings(), item.name) for item in fields(Settings))):
        if is_dataclass(group):
            for item in fields(group):
                if rule := rule_of(item):
                    yield pytest.param(getattr(group, item.name), rule, id=f"{type(group).__name__}.{item.name}")


@pytest.mark.parametrize(("default", "rule"), list(every_setting()))
def test_every_default_keeps_its_own_rule(default, rule: Rule):
    assert rule.meaning
    if not isinstance(default, dict):
        assert fault_of(default, default, rule) == ""


def test_consent_is_off_until_given():
    assert Settings().sharing.consent is False


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"voice": {"volume": 3}}, "voice.volume is 3, expected a number, 0 to 1; 0.8 is used"),
        ({"voice": {"volume": "loud"}}, 'voice.volume is "loud", expected a number, 0 to 1; 0.8 is used'),
        ({"voice": {"volume": math.nan}}, "voice.volume is nan, expected a number, 0 to 1; 0.8 is used"),
        ({"voice": {"volume": True}}, "voice.volume is true, expected a number, 0 to 1; 0.8 is used"),
        ({"voice": {"output_delay_ms": 1.5}}, "voice.output_delay_ms is 1.5, expected a whole number, 0 to 1000 ms; 0 is used"),
        ({"voice": {"output_delay_ms": 2000}}, "voice.output_delay_ms is 2000, expected a whole number, 0 to 1000 ms; 0 is used"),
        ({"voice": {"language": "de"}}, 'voice.language is "de", expected "en"; "en" is used'),
        ({"enabled": 1}, "enabled is 1, expected true or false; true is used"),
        ({"coaching": {"style": "loud"}}, 'coaching.style is "loud", expected "quiet" or "normal" or "talkative"; "normal" is used'),
        ({"coaching": 3}, "coaching is no table: left out"),
        ({"coaching": {"overrides": {"gap_s": "x"}}}, "coaching.overrides.gap_s is 'x', expected a number: left out"),
        (
            {"coaching": {"overrides": {"loudness": 1}}},
            "coaching.overrides.loudness is no threshold of the coach (docs/cues.md lists them): left out",
        ),
        ({"layout": {"delta": 3}}, "layout.delta is 3, expected a table: left out"),
        ({"layout": {"delta": {"w": -1}}}, "layout.delta.w is -1, expected a whole number, 0 to 20000 px; 0 is used"),
        ({"layout": {"delta": {"z": 1}}}, "layout.delta.z is no setting: left out"),
        ({"profiles": {"mx5": 3}}, "profiles.mx5 is no table: left out"),
        ({"profiles": {"mx5": {"voice": {"volume": 9}}}}, "profiles.mx5.voice.volume is 9, expected a number, 0 to 1; 0.8 is used"),
        ({"profiles": {"mx5": {"sharing": {"consent": True}}}}, "profiles.mx5.sharing.consent cannot differ between cars; false is used"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_the_default(raw, sentence):
    settings, reading = read(raw)

    assert reading.faults == [sentence]
    assert for_car(settings, "mx5").voice == Settings().voice
    assert settings.sharing == Settings().sharing


def test_a_hotkey_that_is_none_is_refused_with_the_reason():
    settings, reading = read({"hotkeys": {"mute": "M"}})

    assert settings.hotkeys.mute == "Ctrl+Shift+M"
    assert reading.faults == [
        'hotkeys.mute cannot be used: "M" would be taken from every other program: put Ctrl, Alt or Win before it, or use F1 to F24; "Ctrl+Shift+M" is used'
    ]


def test_a_hotkey_may_be_none():
    assert read({"hotkeys": {"mute": ""}})[0].hotkeys.mute == ""


def test_one_fault_does_not_touch_its_neighbours():
    settings, _ = read({"voice": {"volume": 3, "speed": 1.5}})
    assert (settings.voice.volume, settings.voice.speed) == (0.8, 1.5)


def test_unknown_keys_are_handed_back_where_they_stood():
    _, reading = read({"new": 1, "voice": {"pitch": 2}, "profiles": {"mx5": {"voice": {"pitch": 3}, "enabled": False}}})

    assert reading.faults == []
    assert reading.unknown == {"new": 1, "voice": {"pitch": 2}, "profiles": {"mx5": {"voice": {"pitch": 3}}}}


def test_a_profile_changes_only_what_it_names():
    settings, reading = read(
        {
            "voice": {"volume": 0.5},
            "layout": {"delta": {"x": 5, "y": 6}},
            "profiles": {"mx5": {"voice": {"speed": 1.5}, "layout": {"delta": {"x": 7}}, "coaching": {"style": "quiet"}}},
        }
    )
    in_car = for_car(settings, "mx5")

    assert reading.faults == []
    assert (in_car.voice.volume, in_car.voice.speed, in_car.coaching.style) == (0.5, 1.5, "quiet")
    assert in_car.layout["delta"] == Place(x=7, y=6)
    assert for_car(settings, "gt3") is settings


def test_a_general_change_reaches_a_car_whose_profile_does_not_name_it():
    settings = changed(Settings(), "voice.speed", 1.5, car_id="mx5")
    settings = changed(settings, "voice.volume", 0.3)

    assert for_car(settings, "mx5").voice.volume == 0.3
    assert for_car(settings, "mx5").voice.speed == 1.5
    assert settings.voice.speed == 1.0
    assert for_car(without_profile(settings, "mx5"), "mx5").voice.speed == 1.0


def test_a_faulty_part_of_a_profile_leaves_its_good_part():
    settings, _ = read({"profiles": {"mx5": {"voice": {"speed": 1.5, "volume": 9}}}})
    assert settings.profiles == {"mx5": {"voice": {"speed": 1.5}}}


@pytest.mark.parametrize("path", ["voice.volume", "layout.delta.x", "coaching.overrides.gap_s"])
def test_single_changes_reach_every_kind_of_setting(path):
    settings = changed(Settings(), path, 1)
    raw = tables_of(settings)
    for part in path.split("."):
        raw = raw[part]
    assert raw == 1


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("voice.volume", 2, "voice.volume is 2, expected a number, 0 to 1"),
        ("voice.pitch", 2, "there is no setting voice.pitch"),
        ("voice", 2, "voice is no table"),
        ("buttons.mute", "7", 'buttons.mute cannot be used: "7" is no button'),
    ],
)
def test_a_change_that_cannot_be_is_refused(path, value, says):
    with pytest.raises(BadInput, match=says):
        changed(Settings(), path, value)


def test_consent_cannot_be_given_for_one_car():
    with pytest.raises(BadInput, match="cannot differ between cars"):
        changed(Settings(), "sharing.consent", value=True, car_id="mx5")


def test_defaults_write_nothing():
    assert tables_of(Settings()) == {}


_LEAF = st.one_of(st.integers(-5, 5), st.floats(), st.booleans(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
_KEYS = st.sampled_from(
    ["voice", "volume", "layout", "profiles", "mx5", "coaching", "overrides", "style", "enabled", "x", "sharing", "consent", "?"]
)


@given(st.recursive(_LEAF, lambda inner: st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12))
def test_any_tables_give_settings_that_read_back_without_a_fault(raw):
    settings, _ = read(raw if isinstance(raw, dict) else {})
    again, reading = read(tables_of(settings))

    assert reading.faults == []
    assert reading.unknown == {}
    assert again == settings
    for_car(settings, "mx5")


@pytest.mark.parametrize(
    ("path", "value"), [("coaching.braking_tones", True), ("voice.engine", "tones"), ("coaching.overrides.braking_tones", 1)]
)
def test_braking_tones_are_a_wish_or_come_with_the_tones_player(path, value):
    assert cue_settings(Settings()).braking_tones == 0
    assert cue_settings(changed(Settings(), path, value)).braking_tones == 1


def test_laps_chosen_for_all_cars_and_for_single_cars_are_references():
    settings = changed(Settings(), "reference.lap", "/laps/a.parquet")
    settings = changed(settings, "reference.lap", "/laps/b.parquet", "mx5")
    settings = changed(settings, "voice.volume", 0.9, "gt4")
    assert reference_laps(Settings()) == frozenset()
    assert reference_laps(settings) == {"a", "b"}


def test_overrides_are_what_the_coach_takes():
    settings = changed(Settings(), "coaching.overrides.gap_s", 6)
    made = settings_for(Style(settings.coaching.style), settings.coaching.sensitivity, settings.coaching.overrides)
    assert made.gap_s == 6.0


def test_a_cars_own_value_is_given_up_without_touching_the_rest():
    settings = changed(Settings(), "voice.volume", 0.5)
    for path, value in (("voice.volume", 0.9), ("voice.speed", 1.2), ("coaching.style", "quiet")):
        settings = changed(settings, path, value, "mx5")
    assert has_own(settings, "voice.volume", "mx5")
    assert not has_own(settings, "voice.volume", "gt4")
    assert not has_own(settings, "display.opacity", "mx5")
    less = without_own(settings, "voice.volume", "mx5")
    assert less.profiles == {"mx5": {"voice": {"speed": 1.2}, "coaching": {"style": "quiet"}}}
    assert for_car(less, "mx5").voice.volume == 0.5
    assert without_own(less, "voice.volume", "mx5") is less
    for path in ("voice.speed", "coaching.style"):
        less = without_own(less, path, "mx5")
    assert less.profiles == {}
