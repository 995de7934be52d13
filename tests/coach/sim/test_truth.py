from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from coach.compare.cause import Cause
from coach.sim.acted import did_act
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import Run
from coach.sim.faults import parse_conditions, parse_event, parse_faults
from coach.sim.happened import RunEvent
from coach.sim.order import Order
from coach.sim.plan import Fault
from coach.sim.pricing import price, rounds, undriveable
from coach.sim.skill import load_skill
from coach.sim.true_phases import TruePhases
from coach.sim.truth import document, plain, truth_of, write_truth

CIRCUIT = load_circuit("lime-rock")


def order(*faults: str, laps: int = 4, conditions: tuple[str, ...] = (), events: tuple[str, ...] = ()) -> Order:
    return Order(
        CIRCUIT,
        load_car("mx5"),
        load_skill("expert"),
        laps,
        seed=3,
        faults=parse_faults(faults, CIRCUIT, laps),
        conditions=parse_conditions(conditions),
        events=tuple(parse_event(text, CIRCUIT, laps) for text in events),
    )


@pytest.fixture(scope="module")
def two_faults():
    ordered = order("slow_apex@T3:5%@L3", "lift@T5:40m@L4")
    return truth_of(ordered, ordered.drive())


def made_run(times: dict[int, float], *events: tuple[str, int]) -> Run:
    found = tuple(RunEvent(kind, lap, 700.0, 0.0, 1.0, 4.0) for kind, lap in events)
    return Run({}, tuple(times.items()), found, frozenset())


def test_price_is_the_lap_time_against_the_same_lap_without_the_fault():
    fault = Fault(Cause.LIFT, 1, 40.0, 2)
    (priced,) = price([fault], made_run({1: 60.0, 2: 60.5, 3: 60.1}), lambda _: made_run({1: 60.0, 2: 60.2, 3: 60.0}))
    assert priced.time_lost_s == pytest.approx(0.3)
    assert priced.carried_s == pytest.approx(0.1)
    assert priced.driveable


def test_only_the_fault_that_is_priced_is_left_out():
    faults = [Fault(Cause.LIFT, 1, 40.0, 2), Fault(Cause.LIFT, 2, 40.0, 2)]
    driven = []
    price(faults, made_run({2: 60.0}), lambda rest: (driven.append(rest), made_run({2: 60.0}))[1])
    assert driven == [(faults[1],), (faults[0],)]


def test_faults_on_laps_that_do_not_touch_share_a_drive():
    faults = [Fault(Cause.LIFT, 1, 40.0, lap) for lap in range(3, 9)]
    groups = rounds(faults)
    assert len(groups) == 2
    assert sorted(fault.lap for group in groups for fault in group) == [3, 4, 5, 6, 7, 8]
    assert all(abs(a.lap - b.lap) >= 2 for group in groups for a in group for b in group if a != b)


def test_a_fault_that_takes_the_car_off_is_not_driveable_and_says_where():
    fault = Fault(Cause.BRAKE_LATE, 1, 40.0, 2)
    run, without = made_run({2: 70.0}, ("lockup", 2), ("off_track", 2)), made_run({2: 60.0}, ("lockup", 2))
    (priced,) = price([fault], run, lambda _: without)
    assert not priced.driveable
    assert priced.happened == "off track at 700 m"
    assert [one.happened for one in undriveable([fault], run, lambda _: without)] == ["off track at 700 m"]


def test_a_lap_that_leaves_the_track_anyway_is_not_the_faults_doing():
    fault = Fault(Cause.LIFT, 1, 40.0, 2)
    run = made_run({2: 70.0}, ("off_track", 2))
    assert price([fault], run, lambda _: run)[0].driveable
    assert undriveable([fault], run, lambda _: run) == ()


def test_nothing_is_driven_again_when_the_car_stayed_on_the_track():
    assert undriveable([Fault(Cause.LIFT, 1, 40.0, 2)], made_run({2: 60.0}), lambda _: pytest.fail("driven again")) == ()


def test_a_fault_that_changes_nothing_is_told_from_one_that_costs_nothing():
    fault = Fault(Cause.BRAKE_EARLY, 1, 15.0, 2)
    assert not price([fault], made_run({2: 60.0}), lambda _: made_run({2: 60.0}))[0].acts
    assert price([fault], made_run({2: 60.0, 3: 61.0}), lambda _: made_run({2: 60.0, 3: 60.9}))[0].acts


def test_a_lock_up_acts_only_where_a_wheel_locks_at_its_corner():
    fault = Fault(Cause.LOCKUP, 1, 40.0, 2)
    corner = replace(CIRCUIT.corners[0], start_m=700.0, end_m=800.0)
    locked, rolled = made_run({2: 61.0}, ("lockup", 2)), made_run({2: 60.0}, ("lockup", 1), ("wheelspin", 2))
    assert did_act(fault, corner, locked, rolled, ())
    assert not did_act(fault, corner, rolled, rolled, ())
    assert not did_act(fault, corner, locked, locked, ())
    assert not did_act(fault, replace(corner, start_m=1700.0, end_m=1800.0), locked, rolled, ())
    (priced,) = price([fault], locked, lambda _: rolled, lambda *_: False)
    assert not priced.acts
    assert priced.time_lost_s == pytest.approx(1.0)


def test_late_braking_acts_when_the_brake_comes_later():
    fault, corner = Fault(Cause.BRAKE_LATE, 1, 8.0, 2), CIRCUIT.corners[0]
    run, usual = made_run({}), TruePhases(brake_on_m=100.0)
    assert did_act(fault, corner, run, run, (TruePhases(brake_on_m=107.0), usual))
    assert not did_act(fault, corner, run, run, (TruePhases(brake_on_m=101.0), usual))
    assert not did_act(fault, corner, run, run, (TruePhases(), usual))


def test_no_wheel_locks_with_abs_and_truth_says_so():
    ordered = Order(CIRCUIT, load_car("gt3"), load_skill("expert"), 3, seed=3, faults=parse_faults(["lockup@T1"], CIRCUIT, 3))
    (fault,) = document(truth_of(ordered, ordered.drive()))["faults"]
    assert not fault["acts"]


def test_a_lap_without_a_time_has_no_price():
    (priced,) = price([Fault(Cause.LIFT, 1, 40.0, 2)], made_run({}), lambda _: made_run({2: 60.0}))
    assert math.isnan(priced.time_lost_s)
    assert plain(priced.time_lost_s) is None


def test_truth_prices_every_fault_on_its_lap(two_faults):
    answer = document(two_faults)
    assert [(fault["cause"], fault["corner"], fault["lap"]) for fault in answer["faults"]] == [("slow_apex", 3, 3), ("lift", 5, 4)]
    for fault in answer["faults"]:
        lap = next(lap for lap in answer["laps"] if lap["number"] == fault["lap"])
        assert fault["time_lost_s"] > 0.05
        assert fault["time_lost_s"] == pytest.approx(lap["lap_time_s"] - lap["without_faults_s"], abs=0.02)
        assert fault in lap["corners"][fault["corner"] - 1]["faults"]


def test_laps_before_the_first_fault_are_the_same_without_it(two_faults):
    for lap in document(two_faults)["laps"][:2]:
        assert lap["lap_time_s"] == lap["without_faults_s"]


def test_truth_says_what_acted_at_each_corner(two_faults):
    laps = document(two_faults)["laps"]
    slow, usual = (laps[k]["corners"][2]["habits"]["v_min_frac"] for k in (2, 1))
    assert slow < 0.96
    assert usual > 0.98


def test_true_minimum_speed_shows_the_fault(two_faults):
    laps = document(two_faults)["laps"]
    speeds = [lap["corners"][2]["phases"]["v_min_mps"] for lap in laps]
    assert min(speeds) == speeds[2]
    assert speeds[2] == pytest.approx(0.95 * speeds[1], rel=0.02)


def test_true_phases_come_in_driving_order(two_faults):
    for lap in document(two_faults)["laps"]:
        for corner in lap["corners"]:
            phases = [
                value
                for name, value in corner["phases"].items()
                if name in ("brake_on_m", "v_min_at_m", "full_throttle_m") and math.isfinite(value)
            ]
            assert phases == sorted(phases)


def test_conditions_are_priced_by_lap_against_the_usual_value():
    ordered = order(laps=1, conditions=("grip=97%",))
    (condition,) = document(truth_of(ordered, ordered.drive()))["conditions"]
    assert (condition["name"], condition["cause"]) == ("grip", "grip")
    assert 0.1 < condition["laps"][0]["time_lost_s"] < 5.0


def test_troubles_of_the_order_are_in_the_truth():
    ordered = order(laps=1, events=("yellow@L1:500m:300m",))
    assert document(truth_of(ordered, ordered.drive()))["order"]["events"][0]["kind"] == "yellow"


def test_file_is_json_with_null_for_what_did_not_happen(two_faults, tmp_path):
    path = tmp_path / "truth.json"
    write_truth(path, two_faults)
    answer = json.loads(path.read_text(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert (answer["schema"], answer["simulated"]) == (1, True)
    assert [lap["number"] for lap in answer["laps"]] == [1, 2, 3, 4]
    assert answer["order"]["faults"] == ["slow_apex@T3:5%@L3", "lift@T5:40m@L4"]


def test_the_same_order_gives_the_same_truth(tmp_path):
    for name in ("a", "b"):
        ordered = order("lift@T5:40m@L2", laps=2)
        write_truth(tmp_path / name, truth_of(ordered, ordered.drive()))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_seed_gives_another_drive():
    ordered = order(laps=1)
    assert ordered.drive().lap_times_s != replace(ordered, seed=4).drive().lap_times_s
