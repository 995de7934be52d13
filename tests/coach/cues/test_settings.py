from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from coach.compare.causes.agreement import MIN_LOSS_S
from coach.cues.settings import CueSettings, Style, settings_for
from coach.errors import BadInput

CUES = (Path(__file__).parents[3] / "docs" / "cues.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|", re.MULTILINE)
DOCUMENTED = {name: [cell.strip() for cell in cells] for name, *cells in ROW.findall(CUES)}


def test_every_threshold_is_documented_and_nothing_else():
    assert list(DOCUMENTED) == list(asdict(CueSettings()))


@pytest.mark.parametrize("name", list(DOCUMENTED))
def test_documented_numbers_are_those_of_the_styles(name):
    default, quiet, talkative = DOCUMENTED[name]
    assert getattr(settings_for(Style.NORMAL), name) == float(default)
    assert getattr(settings_for(Style.QUIET), name) == float(quiet or default)
    assert getattr(settings_for(Style.TALKATIVE), name) == float(talkative or default)


def test_thresholds_named_in_the_rules_exist():
    assert set(re.findall(r"`([a-z]+_[a-z_]+)`", CUES)) <= set(asdict(CueSettings()))


def test_sensitivity_halves_and_doubles_the_loss_worth_words():
    assert settings_for(sensitivity=0.0).least_loss_s == pytest.approx(0.20)
    assert settings_for(sensitivity=0.5).least_loss_s == pytest.approx(0.10)
    assert settings_for(sensitivity=1.0).least_loss_s == pytest.approx(0.05)
    assert settings_for(Style.TALKATIVE, sensitivity=1.0).least_loss_s == MIN_LOSS_S


def test_a_setting_named_wins_over_style_and_sensitivity():
    assert settings_for(Style.QUIET, 1.0, {"least_loss_s": 0.33, "laps_needed": 5.0}) == settings_for(
        Style.QUIET, 0.0, {"least_loss_s": 0.33, "laps_needed": 5}
    )


@pytest.mark.parametrize("sensitivity", [-0.1, 1.1, float("nan")])
def test_sensitivity_out_of_range_is_refused(sensitivity):
    with pytest.raises(BadInput, match="sensitivity"):
        settings_for(sensitivity=sensitivity)


@pytest.mark.parametrize(
    "override",
    [{"gaps_s": 1.0}, {"gap_s": -1.0}, {"gap_s": float("nan")}, {"gap_s": float("inf")}, {"laps_needed": 1}, {"laps_needed": 2.5}],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(override):
    with pytest.raises(BadInput, match=next(iter(override))):
        settings_for(overrides=override)


def test_the_drivers_taste_may_be_later_too():
    assert settings_for(overrides={"trim_s": -0.3}).trim_s == -0.3
