"""The channel page of the documentation, made from the channel table: `python -m coach.telemetry.channel_docs` writes it."""

from __future__ import annotations

from pathlib import Path

from coach.files import write_text
from coach.telemetry.channels import CHANNELS, Channel, Kind, Where

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"

_RULES = {
    Kind.CONTINUOUS: "linear",
    Kind.ANGLE: "linear on the unwrapped angle",
    Kind.STEP: "holds",
    Kind.FLAG: "holds (0 or 1)",
    Kind.BITS: "holds (bit field)",
}
_WHERE = {Where.BOTH: "live, disk", Where.LIVE: "live only", Where.DISK: "disk only"}

_HEAD = """# Channels

<!-- Made by `python -m coach.telemetry.channel_docs` from coach/telemetry/channels.py: change the table there. -->

Every channel the engine knows. Axes as in ISO 8855: x forward, y left, z up, angles counter-clockwise from above; SI units.
A channel that a source lacks is NaN throughout and is named in `Recording.missing`.

*Step* is the quantisation step of the lap file ([lap-file.md](lap-file.md)); whole numbers and flags are kept as they are.
*Between ticks* says what the value does between two samples, which is how it is resampled.

| channel | unit | sign or range | meaning | between ticks | step | iRacing | where | source |
|---|---|---|---|---|---|---|---|---|
"""


def channel_page() -> str:
    """The whole page as Markdown."""
    return _HEAD + "".join(_row(channel) for channel in CHANNELS)


def _row(channel: Channel) -> str:
    limits = f"{channel.clamp[0]:g}..{channel.clamp[1]:g}, clamped" if channel.clamp else channel.sign
    step = f"{channel.step:g}" if channel.step else "whole"
    cells = (
        f"`{channel.name}`",
        channel.unit or "-",
        limits or "-",
        channel.meaning,
        _RULES[channel.kind],
        step,
        f"`{channel.iracing}`",
        _WHERE[channel.where],
        channel.source,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    write_text(PAGE, channel_page())
