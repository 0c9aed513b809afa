"""
Slow and plain versions of the information engine, written from the definitions alone.

They share no code with the package: sums run over everything, logarithms have 60 digits, CSQMI
enumerates every map, and the cells of a beam are found by sorting all crossings of grid lines.
All information is in nats.
"""

from decimal import Decimal, localcontext
from functools import lru_cache
import itertools
import math

import numpy as np


@lru_cache(maxsize=None)
def kl_of_update(delta: float, occupancy: float) -> float:
    """Return KL(Bernoulli(o') || Bernoulli(o)) for the odds of o times delta."""
    with localcontext() as context:
        context.prec = 60
        o, d = Decimal(occupancy), Decimal(delta)
        if o in (0, 1):
            return 0.0
        after = d * o / (1 + (d - 1) * o)
        return float(after * (after / o).ln() + (1 - after) * ((1 - after) / (1 - o)).ln())


def event_probabilities(occupancy) -> np.ndarray:
    """Return P(e_1) to P(e_n) and, last, P(e_0)."""
    through = np.concatenate([[1.0], np.cumprod(1 - np.asarray(occupancy, float))])
    return np.append(occupancy * through[:-1], through[-1])


def measured_information(occupancy, model) -> tuple[np.ndarray, float]:
    """Return C_1 to C_n, and the information of clearing all cells."""
    f_occ = np.array([kl_of_update(model.delta_occ, float(o)) for o in occupancy])
    f_emp = np.array([kl_of_update(model.delta_emp, float(o)) for o in occupancy])
    return f_occ + np.concatenate([[0.0], np.cumsum(f_emp)[:-1]]), float(f_emp.sum())


def normal_between(low: float, high: float) -> float:
    """Return the mass of the standard normal distribution between two values."""
    if low > 0:
        return (math.erfc(low / math.sqrt(2)) - math.erfc(high / math.sqrt(2))) / 2
    if high < 0:
        return normal_between(-high, -low)
    return (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2


def normal_noise(edges, sigma, reach=None) -> np.ndarray:
    """Return G (k, j), the probability of measuring cell k when j is hit; 0 beyond `reach`."""
    centres = (edges[1:] + edges[:-1]) / 2
    n = len(centres)
    noise = np.zeros((n, n))
    for j in range(n):
        for k in range(n):
            if reach is None or abs(k - j) <= reach:
                noise[k, j] = normal_between(
                    (edges[k] - centres[j]) / sigma, (edges[k + 1] - centres[j]) / sigma)
    return noise


def normal_noise_equal(n, width, sigma, reach=None) -> np.ndarray:
    """Return G (k, j) for cells of one width, where it depends on |k - j| alone."""
    side = np.array([normal_between((d - 0.5) * width / sigma, (d + 0.5) * width / sigma)
                     for d in range(n)])
    if reach is not None:
        side[reach + 1:] = 0
    return side[abs(np.arange(n)[:, None] - np.arange(n))]


def uniform_noise(n, half_width) -> np.ndarray:
    """Return G (k, j) of noise uniform over 2 H + 1 cells."""
    offsets = abs(np.arange(n)[:, None] - np.arange(n))
    return (offsets <= half_width) / (2 * half_width + 1)


def fsmi(occupancy, noise, model) -> float:
    """Return sum_j sum_k P(e_j) C_k G_{k,j}, and P(e_0) times clearing everything if it counts."""
    events = event_probabilities(occupancy)
    gains, cleared = measured_information(occupancy, model)
    total = float(gains @ noise @ events[:-1])
    return total + events[-1] * cleared if model.count_no_hit else total


def integrated(occupancy, edges, model, points=40) -> float:
    """Return the integral of p(z) C_{k(z)} over the beam by Gauss-Legendre points per cell."""
    events = event_probabilities(occupancy)[:-1]
    gains, cleared = measured_information(occupancy, model)
    centres = (edges[1:] + edges[:-1]) / 2
    nodes, weights = np.polynomial.legendre.leggauss(points)
    total = 0.0
    for k, gain in enumerate(gains):
        half = (edges[k + 1] - edges[k]) / 2
        z = centres[k] + half * nodes
        density = np.exp(-0.5 * ((z[:, None] - centres) / model.sigma)**2) @ events
        total += gain * half * float(weights @ density) / (model.sigma * math.sqrt(2 * math.pi))
    if model.count_no_hit:
        total += float(np.prod(1 - np.asarray(occupancy))) * cleared
    return total


def midpoints(occupancy, width, model, steps) -> float:
    """Return the same integral by the midpoint rule, `steps` to the cell."""
    events = event_probabilities(occupancy)[:-1]
    gains, cleared = measured_information(occupancy, model)
    n, step = len(gains), width / steps
    z = (np.arange(n * steps) + 0.5) * step
    centres = (np.arange(n) + 0.5) * width
    density = np.exp(-0.5 * ((z[:, None] - centres) / model.sigma)**2) @ events
    density /= model.sigma * math.sqrt(2 * math.pi)
    total = float(density @ np.repeat(gains, steps)) * step
    if model.count_no_hit:
        total += float(np.prod(1 - np.asarray(occupancy))) * cleared
    return total


def csqmi_of_all_maps(occupancy, edges, sigma) -> float:
    """
    Return the Cauchy-Schwarz divergence of p(map, z) from p(map) p(z) over all 2^n maps.

    Integrals over z of products of normal densities are normal densities of twice the variance.
    """
    o = np.asarray(occupancy, float)
    n = len(o)
    ranges = np.append((edges[1:] + edges[:-1]) / 2, edges[-1] + (edges[-1] - edges[-2]) / 2)
    overlap = np.exp(-(ranges[:, None] - ranges)**2 / (4 * sigma**2))
    events = event_probabilities(o)
    cross = joint_squared = prior_squared = 0.0
    for cells in itertools.product((0, 1), repeat=n):
        p = float(np.prod(np.where(cells, o, 1 - o)))
        hit = cells.index(1) if 1 in cells else n
        cross += p * p * float(overlap[hit] @ events)
        joint_squared += p * p * overlap[hit, hit]
        prior_squared += p * p
    apart_squared = prior_squared * float(events @ overlap @ events)
    return math.log(joint_squared * apart_squared / cross**2)


def csqmi(occupancy, width, sigma) -> float:
    """Return the double sum of Charrow et al. with the weights w_l as the paper has them."""
    o = np.asarray(occupancy, float)
    events = event_probabilities(o)
    q = o * o + (1 - o)**2
    behind = np.append(np.cumprod(q[::-1])[::-1][1:], 1.0)
    weights = np.append(events[:-1]**2 * behind, events[-1]**2)
    ranges = (np.arange(len(events)) + 0.5) * width
    overlap = np.exp(-(ranges[:, None] - ranges)**2 / (4 * sigma**2))
    return (math.log(weights.sum()) + math.log(np.prod(q) * (events @ overlap @ events))
            - 2 * math.log(events @ overlap @ weights))


def cells_of_beam(shape, x, y, angle, max_range=math.inf) -> list[tuple[int, int]]:
    """
    Return the cells (row, col) of a beam from (x, y), all lengths in cells.

    Between two neighbouring crossings of grid lines the beam is in one cell.
    """
    rows, cols = shape
    along = math.cos(angle), math.sin(angle)
    crossings = [0.0]
    for start, slope, lines in ((x, along[0], cols), (y, along[1], rows)):
        crossings += [(line - start) / slope for line in range(lines + 1)
                      if slope and (line - start) / slope > 0]
    crossings = sorted(crossings)
    cells = []
    for entered, left in zip(crossings, crossings[1:]):
        middle = (entered + left) / 2
        col, row = math.floor(x + middle * along[0]), math.floor(y + middle * along[1])
        if entered >= max_range or not (0 <= row < rows and 0 <= col < cols):
            break
        cells.append((row, col))
    return cells


def random_occupancy(rng, n) -> np.ndarray:
    """Return a beam of cells at and near 0, 1/2 and 1, free stretches, and anything between."""
    special = [0.0, 1e-12, 1e-9, 1e-4, 0.02, 0.5 - 1e-9, 0.5, 0.5 + 1e-9, 0.97, 1 - 1e-9, 1.0]
    kind = rng.integers(4)
    if kind == 0:
        return np.round(rng.random(n), 2)
    if kind == 1:
        return rng.choice(special, n)
    if kind == 2:
        return np.where(rng.random(n) < 0.05, rng.choice(special, n), 0.02)
    return np.repeat(rng.choice(special, n, p=[.1, .1, .1, .2, .2, .05, .1, .05, .05, .03, .02]),
                     rng.integers(1, 20, n))[:n]
