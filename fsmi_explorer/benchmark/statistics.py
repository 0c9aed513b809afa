"""Figures of many runs: means with intervals, and comparisons run by run."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fsmi_explorer.benchmark.runs import Row
import numpy as np

_DRAWS = 10000


class Estimate(NamedTuple):
    """
    A figure and the interval in which it would come out again 95 times of 100.

    :param count: how many values it rests on.
    """

    value: float
    low: float
    high: float
    count: int


def bootstrap(values: Sequence[float], statistic: Callable = np.mean, *,
              seed: int = 0) -> Estimate:
    """
    Estimate a statistic, with its 95 % percentile bootstrap interval (Efron, 1979).

    :param values: (n,); NaN is left out.
    :param statistic: takes an array and `axis`.
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not values.size:
        return Estimate(np.nan, np.nan, np.nan, 0)
    draws = np.random.default_rng(seed).integers(values.size, size=(_DRAWS, values.size))
    low, high = np.percentile(statistic(values[draws], axis=1), (2.5, 97.5))
    return Estimate(float(statistic(values, axis=0)), float(low), float(high), values.size)


class Comparison(NamedTuple):
    """
    A policy against the baseline in one figure, world by world and start by start.

    :param ratio: mean over worlds of the mean ratio of the runs that started alike.
    :param difference: the same of the differences, policy less baseline.
    :param worse: names of the worlds in which the ratio is above 1.05.
    :param lost: runs that never got there although the baseline did.
    """

    ratio: Estimate
    difference: Estimate
    worse: tuple[str, ...]
    lost: int


def compare(rows: Sequence[Row], policy: str, baseline: str, column: str) -> Comparison:
    """Compare two policies in a column, over the runs that both have finished."""
    ours, theirs = (by_start(rows, each, column) for each in (policy, baseline))
    both = [key for key in ours if key in theirs]
    pairs = {key: (ours[key], theirs[key]) for key in both
             if np.isfinite(ours[key]) and np.isfinite(theirs[key])}
    ratios = per_world({key: a / b if b else np.nan for key, (a, b) in pairs.items()})
    differences = per_world({key: a - b for key, (a, b) in pairs.items()})
    return Comparison(
        bootstrap(list(ratios.values())), bootstrap(list(differences.values())),
        tuple(world for world, ratio in ratios.items() if ratio > 1.05),
        sum(np.isnan(ours[key]) and np.isfinite(theirs[key]) for key in both))


def by_start(rows: Sequence[Row], policy: str, column: str) -> dict[tuple[str, int], float]:
    """Return the values of a policy by world and seed."""
    return {(row.world, row.seed): getattr(row, column) for row in rows if row.policy == policy}


def per_world(values: dict[tuple[str, int], float]) -> dict[str, float]:
    """Return the mean of each world over its seeds, where there is any value."""
    found: dict[str, list[float]] = {}
    for (world, _), value in values.items():
        if np.isfinite(value):
            found.setdefault(world, []).append(value)
    return {world: float(np.mean(each)) for world, each in sorted(found.items())}
