"""`racing-coach simulate`: drive laps whose mistakes are known, placed and priced, and write them as iRacing would give them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from coach.cli.common import check_seed
from coach.errors import BadInput
from coach.sim.car import car_ids, load_car
from coach.sim.circuit import Circuit, circuit_ids, load_circuit
from coach.sim.drive import Run
from coach.sim.faults import CLEAN_LAPS, CONDITION_KINDS, TROUBLE_SIZES, parse_conditions, parse_event, parse_faults, trouble_kinds
from coach.sim.generator import random_circuit
from coach.sim.live import SHARED, LiveDrive
from coach.sim.order import Order
from coach.sim.output import Made, check_out, made_from, write_drive
from coach.sim.plan import FAULT_KINDS, Trouble
from coach.sim.pricing import Priced, undriveable
from coach.sim.skill import load_skill, skill_ids
from coach.sim.truth import truth_of, write_truth
from coach.wording import clock

RANDOM = "random-"  # --circuit random-7: the generator's circuit of seed 7
FOLLOW = "follow"
MOST_LAPS = 200  # 3 to 10 MB each while driving; more laps are several drives with seeds of their own


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who drives what where, with which mistakes, and what to write."""
    parser.add_argument(
        "--list", action="store_true", help="show all circuits, cars, drivers, causes, conditions and events with their units"
    )
    parser.add_argument("--circuit", metavar="ID", help="circuit, or random-N for a made-up one")
    parser.add_argument("--car", metavar="ID", help="car")
    parser.add_argument("--driver", default="expert", metavar="ID", help="driver (default: expert)")
    parser.add_argument("--laps", type=int, default=5, metavar="N", help="timed laps (default: 5)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another seed, another scatter; the same seed gives the same bytes"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="CAUSE@Tn[:SIZE][@Ln]",
        help=f"a mistake, as in brake_early@T3:12m@L4; without a lap on every lap but the first {CLEAN_LAPS}; repeat it for more",
    )
    parser.add_argument(
        "--condition", action="append", default=[], metavar="NAME=VALUE", help="as in fuel=40l or track_temp=45C; repeatable"
    )
    parser.add_argument(
        "--event", action="append", default=[], metavar="EVENT@Ln:PLACE[:SIZE]", help="as in spin@L4:T2 or yellow@L5:1200m; repeatable"
    )
    parser.add_argument(
        "--scatter", type=float, default=1.0, metavar="X", help="multiplies the driver's scatter and noise (default: 1; 0: none)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="recording: NAME.ibt, or a folder or NAME.parquet for lap files")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="what is true of the drive, as JSON (docs/proving-ground.md)")
    parser.add_argument(
        "--live-image", metavar="FILE", help=f"publish the drive as live memory in this file; {SHARED}: iRacing's own (Windows)"
    )
    parser.add_argument(
        "--speed", default="1", metavar="X", help=f"pace of the live image: times real time, or {FOLLOW}: ticks asked for on standard input"
    )


def run(args: argparse.Namespace) -> None:
    """Drive, write, publish, and say what was done."""
    if args.list:
        print("\n".join(catalogue()))
        return
    order = order_of(args)
    _check_outputs(args)
    driven = order.drive()
    made = made_from(driven.columns, driven.lap_times_s, order.circuit, order.car, order.skill.name)
    truth = truth_of(order, driven) if args.truth else None
    if args.out:
        for path in write_drive(args.out, made):
            print(path)
    if truth:
        write_truth(args.truth, truth)
        print(args.truth)
    print("\n".join(summary(order, driven, truth.priced if truth else None)))
    if args.live_image:
        publish(made, args.live_image, args.speed)


def order_of(args: argparse.Namespace) -> Order:
    """What is asked for, checked against what exists."""
    for name, ids in (("circuit", circuit_ids()), ("car", car_ids())):
        if getattr(args, name) is None:
            raise BadInput(f"--{name} is missing; there are: {', '.join(ids)}.")
    if not 1 <= args.laps <= MOST_LAPS:
        raise BadInput(f"--laps {args.laps}: expected 1 to {MOST_LAPS}.")
    check_seed(args.seed)
    if not 0.0 <= args.scatter <= 10.0:
        raise BadInput(f"--scatter {args.scatter:g}: expected 0 to 10.")
    circuit = _circuit(args.circuit)
    return Order(
        circuit=circuit,
        car=load_car(args.car),
        skill=load_skill(args.driver),
        laps=args.laps,
        seed=args.seed,
        faults=parse_faults(args.fault, circuit, args.laps),
        conditions=parse_conditions(args.condition),
        events=tuple(parse_event(text, circuit, args.laps) for text in args.event),
        scatter=args.scatter,
    )


def _circuit(name: str) -> Circuit:
    number = name.removeprefix(RANDOM)
    return random_circuit(int(number)) if name.startswith(RANDOM) and number.isdecimal() else load_circuit(name)


def _check_outputs(args: argparse.Namespace) -> None:
    """Refuse before the first metre what could not be written after the last."""
    if not (args.out or args.truth or args.live_image):
        raise BadInput("Nothing to write: give --out, --truth or --live-image.")
    if args.out:
        check_out(args.out)
    for name in ("out", "truth"):
        path = getattr(args, name)
        if path and path.suffix and not path.parent.is_dir():
            raise BadInput(f"--{name} {path}: there is no folder {path.parent}.")
    if args.truth and args.truth.is_dir():
        raise BadInput(f"--truth {args.truth} is a folder: name a file inside it.")
    if args.live_image and args.speed != FOLLOW:
        _speed(args.speed)


def _speed(word: str) -> float:
    try:
        speed = float(word)
    except ValueError:
        speed = -1.0
    if not 0.0 < speed < float("inf"):
        raise BadInput(f"--speed {word}: expected a factor above 0, as in 1 for real time, or {FOLLOW}.")
    return speed


def publish(made: Made, place: str, speed: str) -> None:
    """Publish the drive as live memory until it is over."""
    with LiveDrive(made, None if place == SHARED else Path(place)) as drive:
        print(f"live image: {place}", flush=True)
        if speed == FOLLOW:
            drive.follow(sys.stdin, lambda text: print(text, flush=True))
        else:
            drive.play(_speed(speed))


def catalogue() -> Iterator[str]:
    """Everything that can be asked for."""
    yield "Circuits (--circuit):"
    for name in circuit_ids():
        circuit = load_circuit(name)
        yield f"  {name:<16} {circuit.name}, {circuit.length_m:.0f} m"
        yield f"  {'':<16} {', '.join(f'T{corner.number} {corner.name}' for corner in circuit.corners)}"
    yield f"  {RANDOM + 'N':<16} a made-up circuit, another one for every N"
    yield from _table("Cars (--car):", ((name, load_car(name).name) for name in car_ids()))
    yield from _table("Drivers (--driver):", ((name, f"pace {load_skill(name).pace_frac:.0%}") for name in skill_ids()))
    yield from _table(
        "Faults (--fault CAUSE@Tn:SIZE):", ((str(c), f"{k.unit:<6} {k.meaning} (usual: {k.typical:g})") for c, k in FAULT_KINDS.items())
    )
    yield from _table("Conditions (--condition NAME=VALUE):", ((name, f"{k.unit:<6} {k.meaning}") for name, k in CONDITION_KINDS.items()))
    yield from _table("Events (--event EVENT@Ln:PLACE:SIZE):", ((str(kind), _trouble(kind)) for kind in trouble_kinds()))


def _trouble(kind: Trouble) -> str:
    unit, usual, meaning = TROUBLE_SIZES[kind]
    return f"{unit:<6} {meaning}" + (f" (usual: {usual:g})" if unit else "")


def _table(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield title
    yield from (f"  {name:<16} {text}" for name, text in rows)


def summary(order: Order, driven: Run, priced: tuple[Priced, ...] | None) -> Iterator[str]:
    """What was driven, in a few lines; what could not be driven as asked comes last, where it is seen."""
    times = dict(driven.lap_times_s)
    best = f", best {clock(min(times.values()))}" if times else ""
    yield f"{order.car.name}, {order.circuit.name}, {order.skill.name}: {len(times)} of {order.laps} laps complete{best}"
    for one in priced or ():
        yield f"  {fault_text(one)}: " + _outcome(one)
    for one in undriveable(order.single_faults, driven, order.drive_with) if priced is None else priced:
        if not one.driveable:
            yield f"note: {fault_text(one)} cannot be driven: {one.happened}"


def _outcome(one: Priced) -> str:
    if one.acts:
        return f"{one.time_lost_s:+.3f} s"
    return "changes nothing there" if one.time_lost_s == 0.0 else f"{one.time_lost_s:+.3f} s, but did not happen as asked"


def fault_text(one: Priced) -> str:
    """Which mistake, in words."""
    fault = one.fault
    return f"lap {fault.lap}, T{fault.corner}: {fault.cause} {fault.size:g} {FAULT_KINDS[fault.cause].unit}"
