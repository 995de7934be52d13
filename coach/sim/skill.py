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
    brake_rise_s=0.16,
    brake_fall_s=0.25,
    throttle_rise_s=0.45,
    throttle_fall_s=0.14,
    steer_rate_radps=12.0,
    reaction_s=0.10,
    overlap_frac=0.35,
    brake_shift_sd_m=1.5,
    brake_level_sd=0.010,
    v_min_sd=0.004,
    line_sd_m=0.12,
    throttle_shift_sd_m=1.5,
    steer_noise_rad=0.012,
    pedal_noise=0.02,
)
INTERMEDIATE = Skill(
    name="intermediate",
    pace_frac=0.94,
    brake_rise_s=0.22,
    brake_fall_s=0.30,
    throttle_rise_s=0.60,
    throttle_fall_s=0.18,
    steer_rate_radps=9.0,
    reaction_s=0.12,
    overlap_frac=0.30,
    brake_shift_sd_m=4.0,
    brake_level_sd=0.03,
    v_min_sd=0.010,
    line_sd_m=0.30,
    throttle_shift_sd_m=4.0,
    steer_noise_rad=0.025,
    pedal_noise=0.05,
    habit_scale=0.5,
)
NOVICE = Skill(
    name="novice",
    pace_frac=0.86,
    brake_rise_s=0.35,
    brake_fall_s=0.35,
    throttle_rise_s=0.90,
    throttle_fall_s=0.25,
    steer_rate_radps=7.0,
    reaction_s=0.15,
    overlap_frac=0.25,
    brake_shift_sd_m=9.0,
    brake_level_sd=0.06,
    v_min_sd=0.020,
    line_sd_m=0.50,
    throttle_shift_sd_m=9.0,
    steer_noise_rad=0.04,
    pedal_noise=0.10,
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
