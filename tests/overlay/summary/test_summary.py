"""The session summary: claims only what its interval shows; page and file say the same."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from coach.compare.cause import Cause
from coach.cues.candidate import Claim
from coach.wording import next_time, use_length_unit
from coach.wording.spoken import full_cue
from overlay.summary import words
from overlay.summary.html import dots, intervals, render, write_html
from overlay.summary.model import LapRow, SessionSummary, TopicRow, Verdict
from overlay.summary.page import SummaryPage
from tests.coach.cues.made import candidate
from tests.overlay.summary.sample import DONE, summary

EMPTY = SessionSummary("MX-5 Cup", "Lime Rock", "2026-11-28", ())


def texts(widget: QWidget) -> str:
    return "\n".join(found.text() for found in widget.findChildren(QLabel))


class Outside(HTMLParser):
    """Collects what a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed at once."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.02, 0.2, Verdict.HELPED),
        (-0.01, 0.2, Verdict.UNSHOWN),
        (-0.3, -0.1, Verdict.WORSE),
        (0.0, 0.1, Verdict.UNSHOWN),
        (None, None, Verdict.UNSHOWN),
    ],
)
def test_nothing_is_claimed_while_the_interval_holds_zero(low: float | None, high: float | None, verdict: Verdict) -> None:
    assert TopicRow("", "x", 1, 3, 3, 0.2, 0.1, 0.1, low, high).verdict is verdict


def test_what_was_taken_back_has_helped_nobody() -> None:
    topic = TopicRow("Quarry", "x", 1, 3, 3, 0.2, 0.1, 0.1, 0.05, 0.15, taken_back=True)
    assert topic.verdict is Verdict.TAKEN_BACK
    assert intervals((topic,)) == (None,)
    assert words.effect(topic).startswith("you spun or left the track here")
    assert words.done(replace(topic, done=DONE), "km/h") == ""
    assert words.tiles(replace(summary(), topics=(topic,)))[-1].note == "0 shown to help"


@pytest.mark.parametrize(
    ("speed_unit", "expected"),
    [
        ("km/h", "not clearly done yet: 0.4 km/h less at the slowest point, \N{MINUS SIGN}1.1 to 1.9 (95 %)"),
        ("mph", "not clearly done yet: 0.2 mph less at the slowest point, \N{MINUS SIGN}0.7 to 1.2 (95 %)"),
    ],
)
def test_page_and_file_tell_whether_it_was_done(no_leftovers: QApplication, speed_unit: str, expected: str) -> None:
    """Speeds in the driver's unit; the third topic has no laps that could tell."""
    page, file = SummaryPage(summary(), speed_unit=speed_unit), render(summary(), speed_unit)
    for shown in (texts(page), file):
        assert "you did it: braking 9 m later, 4 to 14 (95 %)" in shown
        assert expected in shown
        assert shown.count("done yet") == 1
    assert words.done(summary().topics[2], speed_unit) == ""


def test_distances_are_told_in_the_drivers_unit(no_leftovers: QApplication) -> None:
    from overlay.summary.charts import LapReview

    made, read = summary().review, []
    assert made is not None
    charts = LapReview(made)
    charts.read.connect(read.append)
    use_length_unit("feet")
    try:
        charts.show_cursor(1150.0)
        assert read[0].startswith("3773 ft   delta")
        assert words.done(summary().topics[0], "km/h") == "you did it: braking 30 ft later, 14 to 46 (95 %)"
        assert words.marked(summary().marks[0]) == "lap 4, Quarry, 4306 ft"
    finally:
        use_length_unit("metres")


def test_page_and_file_tell_where_the_time_is(no_leftovers: QApplication) -> None:
    for shown in (texts(SummaryPage(summary())), render(summary())):
        assert words.WHERE in shown
        at = [
            shown.index(cell)
            for cell in ("against your own best lap", "+0.31", "+0.18 to +0.44", "+0.12", "+0.04", "\N{MINUS SIGN}0.05 to +0.01")
        ]
        assert at == sorted(at)
    assert words.WHERE not in texts(SummaryPage(EMPTY)) + render(EMPTY)


def test_best_lap_is_a_clean_one() -> None:
    made = replace(EMPTY, laps=(LapRow(1, 80.0, "cut"), LapRow(2, 88.0), LapRow(3, 87.5), LapRow(4, None)))
    assert made.best_s == 87.5
    assert [lap.number for lap in made.clean] == [2, 3]
    assert words.tiles(made)[0].note == "lap 3"


def test_file_is_one_page_that_loads_nothing(tmp_path: Path) -> None:
    write_html(summary(), tmp_path / "s.html")
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    parser = Outside()
    parser.feed(page)
    assert parser.found == []
    assert parser.open == []
    for expected in (
        "simulated, not driven",
        "1:27.295",
        "gained 0.15 s per lap, 0.07 to 0.23 s (95 %)",
        "1 kept back",
        "a car was within one second",
    ):
        assert expected in page


@pytest.mark.parametrize(
    ("things", "heading"),
    [(0, "For next time"), (1, "One thing for next time"), (2, "Two things for next time"), (3, "Three things for next time")],
)
def test_no_more_things_are_promised_than_there_are(no_leftovers: QApplication, things: int, heading: str) -> None:
    made = replace(summary(), next_time=summary().next_time[:things])
    page, file = SummaryPage(made), render(made)
    page.show()
    shown = texts(page)
    assert heading in shown
    assert f"<h2>{heading}</h2>" in file
    for words_there, expected in ((words.FEWER_NEXT, things in {1, 2}), (words.NOTHING_NEXT, things == 0)):
        assert (words_there in shown) is (words_there in file) is expected


@pytest.mark.parametrize(
    ("came_in", "said"),
    [
        ((), ""),
        (("A",), "Left out: A, worked"),
        (("A", "B"), "Left out: A and B, worked"),
        (("A", "B", "C"), "Left out: A, B and C, worked"),
    ],
)
def test_corners_that_are_left_out_are_named(no_leftovers: QApplication, came_in: tuple[str, ...], said: str) -> None:
    """The dearest one may be among them, and the page says what it still costs."""
    made = replace(summary(), next_time=summary().next_time[:1], came_in=came_in)
    for shown in (texts(SummaryPage(made)), render(made)):
        assert said in shown
        assert ("Left out" in shown) == bool(came_in)
    assert words.left_out(replace(summary(), came_in=came_in)) == "", "three are all that is promised"


@pytest.mark.parametrize(("claim", "costs"), [(Claim.SURE, "costs"), (Claim.TRY, "may cost")])
def test_a_thing_for_next_time_says_what_to_do_and_what_it_costs(claim: Claim, costs: str) -> None:
    thing = words.thing(candidate(1, gain_s=0.2, claim=claim))
    assert thing.startswith(f"{full_cue('Turn 1', Cause.SLOW_APEX, {})} It {costs} 0.20 s per lap, 0.10 to 0.40 s (95 %). ")
    assert thing.endswith(next_time(Cause.SLOW_APEX))


def test_names_are_escaped() -> None:
    assert "<b>me</b>" not in render(replace(summary(), car="<b>me</b>"))


@pytest.mark.parametrize(("laps", "since"), [(0, "no comparable lap since"), (1, "one comparable lap since")])
def test_laps_since_are_not_denied(laps: int, since: str) -> None:
    assert words.before_after(TopicRow("Quarry", "x", 1, 3, laps, 0.2)) == f"0.20 s per lap over 3 laps before; {since}"


def test_empty_session_has_words() -> None:
    page = render(EMPTY)
    assert words.NOTHING_TO_WORK_ON in page
    assert words.NOTHING_NEXT in page
    assert "<svg" not in page


def test_lap_drawing_marks_the_best_and_keeps_every_lap_inside() -> None:
    drawn = dots(summary())
    assert [dot.number for dot in drawn if dot.best] == [10]
    assert [dot.number for dot in drawn if not dot.clean] == [4]
    assert all(0 <= dot.y <= 180 and 0 <= dot.x <= 760 for dot in drawn)


def test_interval_drawing_has_gain_on_the_right() -> None:
    helped, unshown, unknown = intervals(summary().topics)
    assert helped is not None
    assert unshown is not None
    assert unknown is None
    assert 50 < helped.low < helped.middle < helped.high
    assert unshown.low < 50 < unshown.high


def test_intervals_share_one_scale_and_are_whole() -> None:
    """A gain of 0.41 s, 0.21 to 0.61, was drawn as one of 0.30 s whose interval ended there."""
    large = TopicRow("Big Bend", "x", 1, 4, 4, 0.6, 0.2, 0.41, 0.21, 0.61)
    first, second, _ = intervals((large, *summary().topics[:2]))
    assert first is not None
    assert second is not None
    assert (first.low, first.middle, first.high) == pytest.approx((50 + 50 * 0.21 / 0.61, 50 + 50 * 0.41 / 0.61, 100.0))
    assert second.middle == pytest.approx(50 + 50 * 0.15 / 0.61)
    small, _, _ = intervals(summary().topics)
    assert small is not None
    assert small.middle == pytest.approx(75.0)


def test_page_says_what_the_file_says(no_leftovers: QApplication, tmp_path: Path) -> None:
    page = SummaryPage(summary(), lambda: tmp_path / "saved.html")
    page.show()
    no_leftovers.processEvents()
    shown = texts(page)
    for topic in summary().topics:
        assert words.effect(topic) in shown
    for thing in summary().next_time:
        assert thing in shown
    page.save()
    assert (tmp_path / "saved.html").exists()
    assert "saved as" in page.told.text()


def test_topics_are_of_one_width_in_a_narrow_window(no_leftovers: QApplication) -> None:
    page = SummaryPage(summary())
    page.resize(720, 1000)
    page.show()
    no_leftovers.processEvents()
    names = {topic.corner_name for topic in summary().topics}
    widths = [
        name.parentWidget().width() for name in page.findChildren(QLabel) if name.text() in names and name.property("kind") == "heading"
    ]
    assert len(widths) == len(names)
    assert max(widths) < 1.1 * min(widths), widths


def test_trouble_while_saving_is_one_sentence(no_leftovers: QApplication, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    page = SummaryPage(summary(), lambda: tmp_path / "folder")
    page.save()
    assert page.told.text().count("\n") == 0
    assert "folder" in page.told.text()


def test_cursor_reads_all_charts_at_one_station(no_leftovers: QApplication) -> None:
    from overlay.summary.charts import LapReview

    made = summary().review
    assert made is not None
    charts = LapReview(made)
    read: list[str] = []
    charts.read.connect(read.append)
    charts.show_cursor(1150.0)
    assert read[0].startswith("1150 m   delta +0.1")
    assert {round(cursor.x()) for cursor in charts._cursors} == {1150}


@pytest.mark.parametrize(("unit", "per_mps"), [("km/h", 3.6), ("mph", 2.236936)])
def test_speeds_are_in_the_drivers_unit(no_leftovers: QApplication, unit: str, per_mps: float) -> None:
    from overlay.summary.charts import LapReview

    made = summary().review
    assert made is not None
    page = SummaryPage(summary(), speed_unit=unit)
    (charts,) = page.findChildren(LapReview)
    read: list[str] = []
    charts.read.connect(read.append)
    charts.show_cursor(float(made.station_m[10]))
    assert f"   {made.speed_mps[10] * per_mps:.0f} {unit}, reference {made.reference_speed_mps[10] * per_mps:.0f}   " in read[0]
    reference, own = charts.plots[1].listDataItems()
    assert own.yData[10] == pytest.approx(made.speed_mps[10] * per_mps, rel=1e-6)
    assert reference.yData[10] == pytest.approx(made.reference_speed_mps[10] * per_mps, rel=1e-6)


def test_empty_page_opens(no_leftovers: QApplication) -> None:
    page = SummaryPage(EMPTY)
    page.show()
    no_leftovers.processEvents()
    assert words.NOTHING_NEXT in texts(page)


def test_marks_are_on_the_page_and_in_the_file(no_leftovers: QApplication) -> None:
    for shown in (texts(SummaryPage(summary())), render(summary())):
        assert "What you marked" in shown
        assert "lap 4, Quarry, 1312 m" in shown
        assert "lap 9, 80 m" in shown
    assert "What you marked" not in texts(SummaryPage(EMPTY)) + render(EMPTY)


def test_a_spread_that_is_not_known_yet_says_what_it_waits_for() -> None:
    assert words.tiles(replace(summary(), scatter_s=None))[1].note == "from three clean laps on"
    assert words.tiles(replace(summary(), scatter_s=0.3))[1].note.startswith("over ")


def test_what_was_said_is_told_with_the_lap_on_which_it_was_said() -> None:
    """The praise of lap 4 comes on lap 5."""
    assert '<th class="n">Said on lap</th>' in render(summary())


@pytest.mark.parametrize(
    ("gain_s", "interval_s", "told"),
    [
        (-0.23, (-0.51, 0.05), "lost 0.23 s per lap, \N{MINUS SIGN}0.05 to 0.51 s (95 %)"),
        (-0.001, (-0.2, 0.2), "gained 0.00 s per lap, \N{MINUS SIGN}0.20 to 0.20 s (95 %)"),
    ],
)
def test_what_became_slower_is_lost(gain_s: float, interval_s: tuple[float, float], told: str) -> None:
    assert words.effect(TopicRow("Quarry", "x", 1, 3, 3, 0.2, 0.2 - gain_s, gain_s, *interval_s)) == told
