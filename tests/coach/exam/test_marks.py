from __future__ import annotations

import json

import numpy as np
import pytest

from coach.cli.common import plain
from coach.exam.marks import (
    Mark,
    Section,
    Status,
    Unit,
    later_mark,
    marks_document,
    passed,
    share_mark,
    table_markdown,
    table_text,
    value_mark,
)


def test_a_share_passes_at_its_threshold_and_fails_below() -> None:
    assert share_mark("A2", "x", [True] * 9 + [False], 0.9).status is Status.PASS
    assert share_mark("A2", "x", [True] * 8 + [False] * 2, 0.9).status is Status.FAIL


def test_an_error_must_not_exceed_its_threshold() -> None:
    assert value_mark("A1", "x", [0.01, 0.02], ["a", "b"], Unit.TIME, at_most=0.02).status is Status.PASS
    assert value_mark("A1", "x", [0.03, 0.02], ["a", "b"], Unit.TIME, at_most=0.02).status is Status.FAIL


def test_without_a_case_nothing_is_passed() -> None:
    empty = share_mark("A2", "x", [], 0.9)
    assert empty.status is Status.EMPTY
    assert not passed([Section("s", (empty,))])
    assert value_mark("A1", "x", [], [], Unit.TIME, at_most=0.02).status is Status.EMPTY


def test_what_is_reported_or_later_fails_nobody() -> None:
    assert passed([Section("s", (share_mark("A2", "x", [False]), later_mark("A3", "y")))])


def test_a_value_that_is_not_a_number_is_no_pass() -> None:
    assert Mark("A1", "x", float("nan"), (0.0, 1.0), 3, Unit.SHARE, 0.5).status is Status.EMPTY


def section() -> Section:
    return Section(
        "Ground",
        (
            share_mark("A2", "first cause right", [True, False], 0.9),
            value_mark("A1", "delta", [0.0123], ["a"], Unit.TIME),
            later_mark("A3", "band"),
        ),
    )


def test_tables_show_value_interval_threshold_and_result() -> None:
    for table in (table_text([section()]), table_markdown([section()])):
        assert "50.0 %" in table
        assert ">= 90.0 %" in table
        assert "FAIL" in table
        assert "12.3 ms" in table
        assert "later" in table


def test_the_document_is_json_in_fractions_and_seconds() -> None:
    marks = json.loads(json.dumps(plain(marks_document([section()])), allow_nan=False))[0]["marks"]
    assert marks[0]["value"] == pytest.approx(0.5)
    assert marks[0]["result"] == "FAIL"
    assert marks[1]["value"] == pytest.approx(0.0123)
    assert marks[1]["threshold"] is None
    assert marks[1]["interval"] == [None, None]  # one cluster knows nothing of others
    assert marks[2]["result"] == "later"


def test_a_section_finds_its_marks_by_name() -> None:
    assert np.isclose(section()["delta"].value, 0.0123)
