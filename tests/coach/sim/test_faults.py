from __future__ import annotations

import pytest

from coach.compare.cause import Cause
from coach.errors import BadInput
from coach.sim.circuit import load_circuit
from coach.sim.faults import (
    CONDITION_KINDS,
    TROUBLE_SIZES,
    changed_conditions,
    parse_conditions,
    parse_event,
    parse_fault,
    parse_faults,
    trouble_kinds,
)
from coach.sim.plan import FAULT_KINDS, Conditions, Trouble

CIRCUIT = load_circuit("lime-rock")


def test_fault_names_cause_corner_size_and_lap():
    order = parse_fault("brake_early@T3:12m@L4", CIRCUIT, 6)
    assert (order.cause, order.corner, order.size, order.unit, order.laps) == (Cause.BRAKE_EARLY, 3, 12.0, "m", (4,))


@pytest.mark.parametrize(
    ("text", "laps"), [("lift@T1", (3, 4, 5)), ("lift@T1@all", (1, 2, 3, 4, 5)), ("lift@T1@L2-4", (2, 3, 4)), ("lift@T1@L5", (5,))]
)
def test_laps_of_a_fault(text, laps):
    assert parse_fault(text, CIRCUIT, 5).laps == laps


def test_fault_without_lap_leaves_the_first_two_laps_clean_and_says_so_when_there_are_no_others():
    with pytest.raises(BadInput, match="first 2 laps stay clean"):
        parse_fault("lift@T1", CIRCUIT, 2)


@pytest.mark.parametrize("cause", FAULT_KINDS)
def test_size_left_out_is_the_typical_one(cause):
    assert parse_fault(f"{cause}@T1", CIRCUIT, 3).size == FAULT_KINDS[cause].typical


@pytest.mark.parametrize("cause", FAULT_KINDS)
def test_size_is_read_back_in_the_unit_of_its_cause(cause):
    assert parse_fault(f"{cause}@T1:7{FAULT_KINDS[cause].unit}", CIRCUIT, 3).size == 7.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("brake_erly@T3:12m", "brake_early"),
        ("unexplained@T3", "brake_early"),
        ("power@T3:5%", "--condition"),
        ("grip@T3:5%", "--condition"),
        ("brake_early@T33:12m", "T1 Big Bend"),
        ("brake_early@:12m", "T1 Big Bend"),
        ("brake_early@T3:12%", "no size in m"),
        ("brake_early@T3:far", "no size in m"),
        ("brake_early@T3:0m", "above 0 m"),
        ("brake_early@T3:-4m", "above 0 m"),
        ("brake_early@T3:12m@L9", "L1 to L6"),
        ("brake_early@T3:12m@L0", "L1 to L6"),
        ("brake_early@T3:12m@L5-4", "L1 to L6"),
        ("brake_early@T3:12m@nine", "L1 to L6"),
        ("brake_early", "brake_early@T3:15m"),
        ("brake_early@T3@L1@L2", "brake_early@T3:15m"),
    ],
)
def test_what_is_wrong_with_a_fault_is_said_with_what_exists(text, told):
    with pytest.raises(BadInput) as refused:
        parse_fault(text, CIRCUIT, 6)
    assert told in str(refused.value)
    assert text in str(refused.value)


def test_one_mistake_twice_on_a_lap_is_refused():
    with pytest.raises(BadInput, match="same mistake on lap 4"):
        parse_faults(["lift@T1:20m", "lift@T1:30m@L4"], CIRCUIT, 6)


def test_two_mistakes_at_one_corner_are_fine():
    assert len(parse_faults(["lift@T1", "slow_apex@T1:5%"], CIRCUIT, 6)) == 2


def test_conditions_are_read_in_their_units():
    conditions = parse_conditions(["fuel=40l", "track_temp=45C", "drag=80%", "wind=5m/s", "wind_dir=180deg", "wetness=30"])
    assert conditions.fuel_l == 40.0
    assert conditions.track_temp_c == 45.0
    assert conditions.drag_frac == pytest.approx(0.8)
    assert conditions.wind_dir_rad == pytest.approx(3.14159, abs=1e-5)
    assert changed_conditions(conditions) == ("fuel", "drag", "track_temp", "wetness", "wind", "wind_dir")


def test_every_condition_is_a_field_and_the_usual_ones_change_nothing():
    assert all(hasattr(Conditions(), kind.field) for kind in CONDITION_KINDS.values())
    assert changed_conditions(Conditions()) == ()


@pytest.mark.parametrize(
    ("text", "told"), [("moon=3", "track_temp"), ("fuel", "track_temp"), ("fuel=9999l", "1 to 200 l"), ("fuel=3m", "no size in l")]
)
def test_what_is_wrong_with_a_condition_is_said(text, told):
    with pytest.raises(BadInput) as refused:
        parse_conditions([text])
    assert told in str(refused.value)


def test_event_at_a_corner_starts_where_the_corner_does():
    event = parse_event("contact@L2:T3:2m/s", CIRCUIT, 4)
    assert (event.kind, event.lap, event.size) == (Trouble.CONTACT, 2, 2.0)
    assert event.station_m == CIRCUIT.corners[2].start_m


@pytest.mark.parametrize("kind", trouble_kinds())
def test_every_trouble_has_a_usual_size_and_place_by_station(kind):
    event = parse_event(f"{kind}@L2:500m", CIRCUIT, 4)
    assert (event.station_m, event.size) == (500.0, TROUBLE_SIZES[kind][1])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rain@L2:T3", "traffic"),
        ("spin", "spin@L5:T3"),
        ("spin@L2-3:T3", "one lap"),
        ("spin@L2:T3:4m", "no size"),
        ("spin@L2:99999m", "0 to"),
        ("spin@L8:T1", "L1 to L4"),
        ("spin@L2:T99", "T1 Big Bend"),
        ("tow@L2:T1", "traffic"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(text, told):
    with pytest.raises(BadInput) as refused:
        parse_event(text, CIRCUIT, 4)
    assert told in str(refused.value)
