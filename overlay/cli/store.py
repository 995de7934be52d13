"""`racing-coach store`: look at the laps of the lap store, keep some for good, prune the rest, make the index again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from coach.cli.common import SCHEMA, print_json
from coach.errors import BadInput, CannotWrite
from coach.wording import clock
from overlay.chosen import lap_folder, reference_laps
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.store.index import Wanted
from overlay.store.record import LapRecord
from overlay.store.sharing import shares_from
from overlay.store.store import LapStore

MB = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action, and what it needs."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="laps, newest first")
    listed.add_argument("--car", metavar="ID", help="only this car")
    listed.add_argument("--track", metavar="ID", help="only this track")
    listed.add_argument("--clean", action="store_true", help="only laps that nothing speaks against")
    listed.add_argument("--simulated", action="store_true", help="laps made by the proving ground instead of driven ones")
    listed.add_argument("--fastest", action="store_true", help="fastest first")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help="at most N laps (default 50; 0: all)")
    shown = actions.add_parser("show", help="one lap, or the store as a whole")
    shown.add_argument("lap", nargs="?", metavar="LAP", help="id of a lap, or a part that only one lap has")
    kept = actions.add_parser("keep", help="never prune a lap (a reference)")
    kept.add_argument("lap", metavar="LAP", help="id of a lap, or a part that only one lap has")
    kept.add_argument("--off", action="store_true", help="let it be pruned again")
    pruned = actions.add_parser("prune", help="delete the oldest laps beyond a limit; never kept, best, reference or waiting ones")
    pruned.add_argument("--limit-mb", type=int, metavar="MB", help="what may stay (default: the setting store.limit_mb)")
    rebuilt = actions.add_parser("rebuild", help="make the index again from the lap files")
    for action in (listed, shown, kept, pruned, rebuilt):
        action.add_argument("--store", type=Path, metavar="DIR", help="folder of the store (default: the setting store.folder)")
        action.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> None:
    """Do the action and say what came of it."""
    file = SettingsFile()
    loaded = file.load()
    settings = loaded.settings
    for notice in loaded.notices:
        print(f"racing-coach: {notice}", file=sys.stderr)
    if args.action == "prune" and file.is_untouchable:
        raise BadInput("nothing was deleted: the settings that could not be read may name reference laps, and laps that wait to be sent.")
    store = LapStore(args.store or lap_folder(settings))
    try:
        _ACTIONS[args.action](store, args, settings)
    finally:
        store.close()


def _list(store: LapStore, args: argparse.Namespace, _: Settings) -> None:
    if args.limit < 0:
        raise BadInput(f"--limit {args.limit}: expected 0 (all) or more.")
    wanted = Wanted(args.car, args.track, None, None, args.clean or None, args.simulated, args.fastest, args.limit or None)
    laps, best = store.laps(wanted), store.best_ids()
    if args.json:
        print_json({"schema": SCHEMA, "store": str(store.folder), "laps": [_document(store, lap, best) for lap in laps]})
        return
    for lap in laps:
        marks = " best" * (lap.id in best) + " kept" * lap.kept
        state = "clean" if lap.clean else lap.reasons or lap.kind
        print(f"{lap.id}  {_time(lap):>9}  {lap.car_name or lap.car_id}, {_track(lap)}  {state}{marks}")
    if not laps:
        print(f"no such laps in {store.folder}")


def _show(store: LapStore, args: argparse.Namespace, _: Settings) -> None:
    if args.lap:
        lap = _chosen(store, args.lap)
        document = _document(store, lap, store.best_ids())
        if args.json:
            print_json({"schema": SCHEMA, **document})
        else:
            print("\n".join(f"{name:>20}  {'-' if value is None else value}" for name, value in document.items()))
        return
    laps, counts, unreadable = store.laps(Wanted(simulated=None)), store.spool.counts(), store.unreadable()
    size = sum(lap.size_bytes for lap in laps)
    combinations = len({lap.combination for lap in laps})
    if args.json:
        facts = {"store": str(store.folder), "lap_count": len(laps), "size_bytes": size, "combinations": combinations}
        print_json({"schema": SCHEMA, **facts, "spool": counts, "unreadable": unreadable})
        return
    print(f"{store.folder}: {len(laps)} laps of {combinations} combinations of car and track, {size / MB:.1f} MB")
    print("spool: " + (", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "empty"))
    for name, why in unreadable.items():
        print(f"not readable: {name}: {why}")


def _keep(store: LapStore, args: argparse.Namespace, _: Settings) -> None:
    lap = _chosen(store, args.lap)
    store.keep(lap.id, kept=not args.off)
    if args.json:
        print_json({"schema": SCHEMA, "id": lap.id, "kept": not args.off})
    else:
        print(f"{lap.id} {'may be pruned again' if args.off else 'is kept'}")


def _prune(store: LapStore, args: argparse.Namespace, settings: Settings) -> None:
    limit_mb = settings.store.limit_mb if args.limit_mb is None else args.limit_mb
    if limit_mb < 0 or (limit_mb == 0 and args.limit_mb is None):
        raise BadInput(
            "no limit: the setting store.limit_mb is 0; say --limit-mb MB."
            if limit_mb == 0
            else f"--limit-mb {limit_mb}: expected 0 or more."
        )
    done = store.prune(limit_mb * MB, reference_laps(settings), shares_from(settings))
    if args.json:
        facts = {"freed_bytes": done.freed_bytes, "total_bytes": done.total_bytes, "over_bytes": done.over_bytes}
        print_json({"schema": SCHEMA, "deleted": done.deleted, **facts})
        return
    print(f"deleted {len(done.deleted)} laps, {done.freed_bytes / MB:.1f} MB; {done.total_bytes / MB:.1f} MB stay")
    if done.over_bytes:
        print(f"{done.over_bytes / MB:.1f} MB more than the limit: every lap left is kept, best, a reference, or waits for the service")


def _rebuild(store: LapStore, args: argparse.Namespace, _: Settings) -> None:
    with tqdm(desc="reading", unit="lap", disable=None, leave=False) as bar:

        def progress(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        try:
            count = store.rebuild(progress)
        except CannotWrite as error:
            then = "The index is as it was; make room on the disk and try again (`racing-coach store prune` deletes old laps)."
            raise CannotWrite(f"{error} {then}") from error
    unreadable = store.unreadable()
    if args.json:
        print_json({"schema": SCHEMA, "lap_count": count, "unreadable": unreadable})
        return
    print(f"{count} laps in the index" + (f", {len(unreadable)} files not readable" if unreadable else ""))


_ACTIONS = {"list": _list, "show": _show, "keep": _keep, "prune": _prune, "rebuild": _rebuild}


def _chosen(store: LapStore, text: str) -> LapRecord:
    """The lap with that id, or the only one whose id has the text in it. LapNotFound, BadInput."""
    found = [lap for lap in store.laps(Wanted(simulated=None)) if text in lap.id]
    exact = [lap for lap in found if lap.id == text]
    if len(found) > 1 and not exact:
        raise BadInput(f"{text} fits {len(found)} laps: say more of the id, as `racing-coach store list` shows it.")
    return (exact or found or [store.lap(text)])[0]


def _document(store: LapStore, lap: LapRecord, best: frozenset[str]) -> dict[str, Any]:
    """One lap of the `store` contract of docs/cli.md."""
    return {
        "id": lap.id,
        "file": str(store.path_of(lap.id)),
        "sequence": lap.sequence,
        "saved_at": lap.saved_at or None,
        "session": lap.session or None,
        "source": lap.source,
        "simulated": lap.simulated,
        "car": lap.car_id,
        "track": lap.track_id,
        "track_config": lap.track_config,
        "number": lap.number,
        "kind": lap.kind,
        "lap_time_s": lap.lap_time_s,
        "official_lap_time_s": lap.official_lap_time_s,
        "clean": lap.clean,
        "reasons": lap.reasons.split(", ") if lap.reasons else [],
        "best": lap.id in best,
        "kept": lap.kept,
        "size_bytes": lap.size_bytes,
    }


def _time(lap: LapRecord) -> str:
    return "-" if lap.lap_time_s is None else clock(lap.lap_time_s)


def _track(lap: LapRecord) -> str:
    return " ".join(part for part in (lap.track_name or lap.track_id, lap.track_config) if part)
