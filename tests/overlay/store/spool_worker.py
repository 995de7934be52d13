"""A process that works a spool without pause and says on its output what was acknowledged, until it is killed.

    python spool_worker.py FOLDER ROUND

Every line is written after the call returned, so a line that is there promises that the spool remembers.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from overlay.store.spool import Spool


def say(word: str, lap_id: str) -> None:
    os.write(1, f"{word} {lap_id}\n".encode())


def main() -> None:
    spool, name = Spool(Path(sys.argv[1]) / "spool.sqlite"), sys.argv[2]
    spool.follow(consent=True)
    say("ready", name)
    for number in range(1_000_000):
        lap_id = f"{name}-{number}"
        spool.add([lap_id])
        say("added", lap_id)
        lease = spool.lease(now_s=1e9)
        if lease is None:
            continue
        if number % 3 == 0:
            spool.failed(lease, "no answer", now_s=1e9, refused=False)
            say("failed", lease.lap_id)
        elif number % 7 == 1:
            spool.give_up(lease, "gone")
            say("dead", lease.lap_id)
        else:
            spool.done(lease)
            say("sent", lease.lap_id)


if __name__ == "__main__":
    main()
