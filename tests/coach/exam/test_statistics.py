from __future__ import annotations

import numpy as np
import pytest

from coach.exam.statistics import cluster_bootstrap, median, root_mean_square, wilson


def test_wilson_gives_the_textbook_interval() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)


def test_wilson_of_no_case_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("right", [0, 5, 20])
def test_wilson_stays_within_a_share_and_holds_it(right: int) -> None:
    low, high = wilson(right, 20)
    assert 0.0 <= low <= right / 20 <= high <= 1.0


def test_wilson_covers_the_true_share_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = [low <= 0.9 <= high for low, high in (wilson(int(right), 60) for right in rng.binomial(60, 0.9, size=2000))]
    assert 0.92 <= np.mean(held) <= 0.98


def test_alike_values_within_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    values = np.repeat(rng.standard_normal(8), 50)
    by_cluster = cluster_bootstrap(values.tolist(), [str(i // 50) for i in range(400)])
    by_value = cluster_bootstrap(values.tolist(), [str(i) for i in range(400)])
    assert np.ptp(by_cluster) > 3.0 * np.ptp(by_value)


def test_one_cluster_knows_nothing_of_others() -> None:
    assert cluster_bootstrap([1.0, 2.0], ["a", "a"]) == (-np.inf, np.inf)


def test_bootstrap_is_the_same_every_time() -> None:
    values, clusters = [1.0, 2.0, 4.0, 8.0], ["a", "b", "b", "c"]
    assert cluster_bootstrap(values, clusters, median) == cluster_bootstrap(values, clusters, median)


def test_root_mean_square() -> None:
    assert root_mean_square(np.array([3.0, -4.0])) == pytest.approx(np.sqrt(12.5))
