"""A process that writes live memory on command, for the tests of the live adapter: one command a line, answered by `done`.

python -m tests.coach.telemetry.live_writer IMAGE CARS FIRST_TICK
commands: tick N (N ticks at once), run HZ SECONDS, text STRING
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from coach.telemetry.memory_image import MemoryImage, live_variables


def session_text(track: str = "okayama short", cars: int = 2, own: int = 1, session_type: str = "Practice") -> str:
    """A session text in iRacing's layout, with a field of other people."""
    head = f"---\nWeekendInfo:\n TrackName: {track}\n TrackLength: 1.92 km\n BuildVersion: 2025.09.01.01\n\n"
    sessions = f"SessionInfo:\n Sessions:\n - SessionNum: 0\n   SessionType: {session_type}\n - SessionNum: 1\n   SessionType: Race\n\n"
    driver = (
        f"DriverInfo:\n DriverCarIdx: {own}\n DriverUserID: {1000 + own}\n DriverIncidentCount: 0\n DriverCarRedLine: 7300.000\n Drivers:\n"
    )
    entry = " - CarIdx: {i}\n   UserName: Person {i}\n   UserID: {user}\n   CarPath: mx5 mx52016\n   CarScreenName: Mazda MX-5\n   CurDriverIncidentCount: 0\n"
    field = "".join(entry.format(i=i, user=1000 + i) for i in range(cars))
    return head + sessions + driver + field + "\nSplitTimeInfo:\n Sectors:\n - SectorNum: 0\n   SectorStartPct: 0.000000\n\n...\n"


def main(image: str, cars: str, first_tick: str) -> None:
    writer = MemoryImage(Path(image), live_variables(int(cars)), session_text(cars=int(cars)), first_tick=int(first_tick))
    print("done", flush=True)
    for line in sys.stdin:
        command, *words = line.split()
        if command == "tick":
            for _ in range(int(words[0])):
                write_tick(writer)
        elif command == "text":
            writer.set_session_text(session_text(words[0], int(cars)))
        elif command == "run":
            due = time.perf_counter()
            for _ in range(int(float(words[0]) * float(words[1]))):
                write_tick(writer)
                due += 1 / float(words[0])
                time.sleep(max(0.0, due - time.perf_counter()))
        print("done", flush=True)


def write_tick(writer: MemoryImage) -> None:
    """Every variable that a test compares says the same number, so a mixture of ticks shows."""
    n = writer.tick + 1
    values = {"SessionTime": n / 60, "SessionTick": n, "Speed": n % 10_000, "RPM": n % 10_000, "LapDist": n % 10_000, "CarIdxLap": n}
    names = writer.record.dtype.names or ()
    writer.write({name: value for name, value in values.items() if name in names})


if __name__ == "__main__":
    main(*sys.argv[1:])
