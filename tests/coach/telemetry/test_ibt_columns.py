from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.telemetry import ibt_columns
from coach.telemetry.ibt_columns import copy_columns, copy_columns_plainly
from coach.telemetry.ibt_layout import Variable, packed, record_dtype

kinds = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 7)), min_size=1, max_size=20)


def records_of(kinds: list[tuple[int, int]], n: int, slack: int = 0) -> tuple[np.ndarray, list[Variable]]:
    """`n` records of random bytes; chars and flags included, NaN patterns too."""
    variables = packed(Variable(f"v{i}", code, 0, items, as_time=False, unit="", description="") for i, (code, items) in enumerate(kinds))
    record_bytes = sum(variable.nbytes for variable in variables) + slack
    raw = np.random.default_rng(n).integers(0, 256, n * record_bytes, dtype=np.uint8)
    raw.setflags(write=False)
    return raw.view(record_dtype(variables, record_bytes)), variables


def assert_same(records: np.ndarray, variables: list[Variable]) -> None:
    fast, plain = copy_columns(records, variables), copy_columns_plainly(records, variables)
    assert list(fast) == list(plain)
    for name, column in fast.items():
        assert (column.dtype, column.shape) == (plain[name].dtype, plain[name].shape)
        assert column.tobytes() == plain[name].tobytes()
        assert column.flags.c_contiguous
        assert column.flags.aligned


@given(kinds, st.integers(0, 70), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_the_kernel_copies_what_plain_numpy_copies(kinds, n, slack):
    assert_same(*records_of(kinds, n, slack))


@pytest.mark.parametrize("n", [255, 256, 257, 511, 512, 1000])
def test_stretches_meet_without_gap_or_overlap(n):
    assert n <= ibt_columns._BLOCK_RECORDS * 4
    assert_same(*records_of([(1, 1), (4, 1), (5, 1), (4, 6), (1, 3), (2, 1)], n))


def test_no_variables_give_no_columns():
    records, _ = records_of([(4, 1)], 5)
    assert copy_columns(records, []) == {}
