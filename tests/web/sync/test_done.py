"""What the service is for, once through: real overlay, real service, a code confirmed in the real page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from coach.sim.output import write_drive
from overlay.demo_drive import _tidy
from tests.web.sync.conftest import Site, wait_for

ROOT = Path(__file__).parents[3]


class Overlay:
    """`racing-coach overlay --demo --headless` in a process and a home of its own."""

    def __init__(self, home: Path, out: Path, *words: str) -> None:
        self.told = home / f"told-{out.name}.txt"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("RACING_COACH_", "DBUS_"))}
        with self.told.open("wb") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "coach.cli.main", "overlay", "--demo", "--headless", "--out", str(out), *words],
                env={**env, "RACING_COACH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}, cwd=ROOT, stdout=told, stderr=told,
            )  # fmt: skip

    def code(self) -> str:
        """The code that it shows."""
        return str(wait_for(lambda: (found := re.search(r"type the code (\S+)", self.text)) and found[1]))

    @property
    def text(self) -> str:
        return self.told.read_text(encoding="utf-8")

    def end(self) -> str:
        """Everything it said, once it has ended well."""
        assert self.process.wait(240) == 0, self.text
        return self.text


def test_laps_arrive_with_causes_a_chosen_reference_is_used_and_consent_off_sends_nothing(site: Site, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    # Signed in by the device flow, coached, sent.
    first = Overlay(home, tmp_path / "first", "--laps", "4", "--service", site.origin)
    site.confirm(site.ann, first.code())
    text = first.end()
    assert "as Ann." in text
    sent = int(re.search(r"(\d+) laps sent", text)[1])
    laps = site.laps(site.ann, sent)
    assert sent == 4
    assert len(laps) == sent
    assert all(lap["simulated"] for lap in laps)

    # In the site with their causes, and marked.
    slowest = max((lap for lap in laps if lap["clean"]), key=lambda lap: lap["lap_time_s"])
    page = site.ann.get(f"/laps/{slowest['id']}")
    assert "Where to look first" in page.text
    assert re.search(r'<p class="chips"><span class="chip', page.text), "no cause on the page"
    assert "simulated, not driven" in page.text

    # Another driver shares a lap; it is the closest match; chosen in the page, the next run uses it.
    tidy = tmp_path / "tidy.ibt"
    write_drive(tidy, _tidy())
    assert site.ben.post("/api/v1/laps", params={"name": "tidy.ibt"}, content=tidy.read_bytes()).status_code == 202
    theirs = min((lap for lap in site.laps(site.ben, 2) if lap["clean"]), key=lambda lap: lap["lap_time_s"])
    form = {"name": "No bad habits", "visibility": "public", "licence": "CC-BY-4.0"}
    assert site.ben.post(f"/laps/{theirs['id']}/reference", data=form).status_code == 303
    combination = slowest["combination_id"]
    page = site.ann.get(f"/references/of/{combination}")
    assert "No bad habits" in page.text
    assert "Closest match" in page.text
    assert site.ann.post(f"/references/of/{combination}/choose", data={"lap_id": theirs["id"]}).status_code == 303
    second = Overlay(home, tmp_path / "second", "--laps", "3", "--seed", "2", "--service", site.origin)
    text = second.end()
    assert "type the code" not in text  # signed in still
    assert "Reference chosen in the service: No bad habits of Ben." in text
    assert "3 laps sent" in text
    assert "No bad habits of Ben" in (tmp_path / "second" / "summary.html").read_text(encoding="utf-8")

    # Consent off in the site: nothing more is sent.
    site.share(site.ann, given=False)
    third = Overlay(home, tmp_path / "third", "--laps", "2", "--seed", "3", "--service", site.origin)
    text = third.end()
    assert "No lap was sent: sharing is off for this account." in text
    assert len(site.laps(site.ann)) == 7
