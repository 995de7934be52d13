"""The lap desk's process: answers one question after another until its input ends, which it does also when the overlay dies.

question  (name of a call of `LapDesk`, arguments, keyword arguments)
answer    ("answer", value), ("refused", RacingCoachError) or ("fault", one sentence)
first     ("ready", None): everything is loaded
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overlay.desk.desk import LapDesk


def main() -> None:
    """Serve the lap store in a folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us, too; the overlay has laps to save then
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    said = sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY)  # a program without a console has none
    os.dup2(said, sys.stdout.fileno())  # whatever a library prints must not get between the answers
    if sys.platform != "win32":  # on Windows the parent starts us with a lower priority
        os.nice(10)
    from overlay.desk.desk import LapDesk  # noqa: PLC0415 - a second and 250 MB, after the signal is ignored
    from overlay.desk.pipe import receive, send  # noqa: PLC0415

    desk = LapDesk(Path(sys.argv[1]))
    try:
        send(answers, ("ready", None))
        while True:
            name, given, named = receive(sys.stdin.buffer)
            send(answers, _answer(desk, name, given, named))
    except (EOFError, OSError):
        desk.close()


def _answer(desk: LapDesk, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, Any]:
    from coach.errors import RacingCoachError  # noqa: PLC0415 - see main
    from coach.live.report import LapReport  # noqa: PLC0415
    from overlay.desk.port import Finished, without_ticks  # noqa: PLC0415

    try:
        value = getattr(desk, name)(*given, **named)
    except RacingCoachError as error:
        return "refused", error
    except Exception as error:  # noqa: BLE001 - the overlay must hear of it, whatever it is
        traceback.print_exception(error, file=sys.stderr)
        return "fault", f"{type(error).__name__}: {error}"
    if isinstance(value, LapReport):
        value = without_ticks(value)
    elif isinstance(value, Finished):
        value = Finished(without_ticks(value.report), value.content, value.fault)
    return "answer", value


if __name__ == "__main__":
    main()
