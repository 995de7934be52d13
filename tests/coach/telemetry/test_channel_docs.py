from __future__ import annotations

import pytest

from coach.telemetry.channel_docs import PAGE, channel_page
from coach.telemetry.channels import CHANNELS


def test_the_page_is_what_the_table_makes():
    assert PAGE.read_text(encoding="utf-8") == channel_page(), "stale: run `python -m coach.telemetry.channel_docs`"


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_every_channel_has_a_row_with_its_meaning(channel):
    row = next(line for line in channel_page().splitlines() if line.startswith(f"| `{channel.name}` |"))

    assert channel.meaning in row
    assert f"`{channel.iracing}`" in row
    assert row.count(" | ") == 8
