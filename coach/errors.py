"""Every error this project raises on purpose.

    RacingCoachError
    +-- BadInput              something the user gave us cannot be used; the command line exits with 2
    |   +-- UnreadableFile    a file is damaged, cut short, not telemetry, or cannot be opened
    |   +-- UnknownFormat     no importer recognises the file
    |   +-- NoCompleteLap     the file is fine but holds no lap that can be used
    |   +-- LapNotFound       the lap number asked for is not in the file
    |   +-- Incomparable      two laps do not belong together (car, track, configuration)
    +-- CannotWrite           the output could not be written (full disk, no permission); nothing half-written stays
    +-- Unreachable           a server could not be reached or broke off; trying again goes on where it stopped

A message is one sentence or two: the thing, the place, what was expected, the way out. Faults *inside* a recording (dropped
ticks, teleports, a lying lap counter) are no errors: they become reasons on the laps they touch.
"""

from __future__ import annotations


class RacingCoachError(Exception):
    """Base of every error raised on purpose; its text is fit to be shown to a driver."""


class BadInput(RacingCoachError):
    """Something the user gave us cannot be used."""


class UnreadableFile(BadInput):
    """A file is damaged, cut short, not telemetry, or cannot be opened."""


class UnknownFormat(BadInput):
    """No importer recognises the file."""


class NoCompleteLap(BadInput):
    """The file is fine but holds no lap that can be used."""


class LapNotFound(BadInput):
    """The lap number asked for is not in the file."""


class Incomparable(BadInput):
    """Two laps do not belong together: another car, track or configuration."""


class CannotWrite(RacingCoachError):
    """The output could not be written; nothing half-written stays behind."""


class Unreachable(RacingCoachError):
    """A server could not be reached, or it broke off; trying again goes on where it stopped."""
