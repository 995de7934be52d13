"""A recording driven through the live engine, faster than real time: the same ticks give the same events, whoever asks.

Laps are analyzed at once, between two ticks; a live session gets the same report a moment later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from coach.events import Event
from coach.live.analyst import Analyst
from coach.session import State, step, take
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import Frame, frame_of
from coach.telemetry.recording import Recording


def frames_of(recording: Recording) -> Iterator[Frame]:
    """A recording's ticks as the live adapter would have given them: live channels only, NaN where the source lacks one."""
    columns = np.column_stack([recording.column(channel.name) for channel in LIVE_CHANNELS])
    for tick, values in enumerate(columns):
        yield frame_of(tick, values.copy())


def replay(frames: Iterable[Frame], state: State, analyst: Analyst) -> Iterator[Event]:
    """All events of a drive, in order."""
    for frame in frames:
        for output in step(frame, state):
            if isinstance(output, Event):
                yield output
            else:
                yield from take(analyst.add(output.recording), state)
