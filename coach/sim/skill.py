"""The named drivers.

Feet and hands follow what was measured on recorded laps (MX-5 at Okayama, Ferrari 488 at Fuji, 296 Challenge at Monza, Formula
Vee at Tsukuba; the script is the test `tests/coach/sim/test_driver.py`, which measures both sides anew): see the figures there.
"""

from __future__ import annotations

from coach.errors import BadInput
from coach.sim.plan import Skill

EXPERT = Skill(
    name="expert",
    pace_frac=1.0,
    brake_rise_s=0.25,
    brake_fall_s=0.25,
    throttle_rise_s=0.45,
    throttle_fall_s=0.16,
    steer_rate_radps=12.0,
    reaction_s=0.1,
    overlap_frac=0.9,
    plateau_frac=0.88,
    let_go_frac=0.45,
    throttle_from_frac=0.1,
    brake_shift_sd_m=4.0,
    brake_level_sd=0.015,
    v_min_sd=0.007,
    line_sd_m=0.12,
    throttle_shift_sd_m=2.0,
    pace_sd=0.004,
    steer_noise_rad=0.08,
    pedal_noise=0.03,
)
INTERMEDIATE = Skill(
    name="intermediate",
    pace_frac=0.98,
    brake_rise_s=0.2,
    brake_fall_s=0.3,
    throttle_rise_s=0.5,
    throttle_fall_s=0.22,
    steer_rate_radps=9.0,
    reaction_s=0.11,
    overlap_frac=0.7,
    plateau_frac=0.75,
    let_go_frac=0.75,
    throttle_from_frac=0.4,
    brake_shift_sd_m=8.0,
    brake_level_sd=0.05,
    v_min_sd=0.03,
    line_sd_m=0.3,
    throttle_shift_sd_m=8.0,
    pace_sd=0.034,
    steer_noise_rad=0.18,
    pedal_noise=0.06,
    habit_scale=0.4,
)
NOVICE = Skill(
    name="novice",
    pace_frac=0.93,
    brake_rise_s=0.2,
    brake_fall_s=0.4,
    throttle_rise_s=0.8,
    throttle_fall_s=0.3,
    steer_rate_radps=7.0,
    reaction_s=0.14,
    overlap_frac=0.5,
    plateau_frac=0.75,
    let_go_frac=0.7,
    throttle_from_frac=0.5,
    brake_shift_sd_m=10.0,
    brake_level_sd=0.08,
    v_min_sd=0.035,
    line_sd_m=0.45,
    throttle_shift_sd_m=10.0,
    pace_sd=0.045,
    steer_noise_rad=0.25,
    pedal_noise=0.1,
    habit_scale=1.0,
)
SKILLS: dict[str, Skill] = {skill.name: skill for skill in (NOVICE, INTERMEDIATE, EXPERT)}


def skill_ids() -> tuple[str, ...]:
    """Names that `load_skill` knows, slowest first."""
    return tuple(SKILLS)


def load_skill(name: str) -> Skill:
    """A driver by name; BadInput lists the names when there is no such one."""
    if name not in SKILLS:
        raise BadInput(f"There is no driver {name!r}; there are: {', '.join(SKILLS)}.")
    return SKILLS[name]
