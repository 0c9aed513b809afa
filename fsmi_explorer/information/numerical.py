"""
Shannon mutual information by numerical integration: Julian, Karaman, Rus (IJRR 2014).

I = integral p(z) C_{k(z)} dz over the measured range z, with p(z) = sum_j P(e_j) N(z; mu_j, sigma)
and k(z) the cell that holds z, by the midpoint rule. It is the baseline which FSMI does exactly.
"""

import math

from fsmi_explorer.information.fsmi import hits_and_gains
from fsmi_explorer.information.noise import NORMAL_REACH
from fsmi_explorer.jit import kernel
import numpy as np


@kernel
def numerical(occupancy, f_occ, f_emp, lengths, edges, sigma, steps, count_no_hit, nats):
    """
    Integrate over the range, batches of beams as in FSMI, cells between edges (n + 1,) in metres.

    Each cell is cut into ceil(steps max(1, w / sigma)) equal steps. Normal densities beyond 8.4
    sigma, less than 1e-15 of the peak, are left out.
    """
    hits, gains = np.empty((2, occupancy.shape[1]))
    for b in range(lengths.size):
        n = lengths[b]
        reached, missed, cleared = hits_and_gains(
            occupancy[b, :n], f_occ[b, :n], f_emp[b, :n], hits, gains)
        total, nearest = missed * cleared if count_no_hit else 0.0, 0
        for k in range(n):
            width = edges[k + 1] - edges[k]
            count = int(math.ceil(steps * max(1.0, width / sigma) - 1e-9))
            while nearest < reached and edges[nearest + 1] < edges[k] - NORMAL_REACH * sigma:
                nearest += 1
            for t in range(count):
                z = edges[k] + (t + 0.5) * width / count
                total += gains[k] * width / count * _density(
                    z, hits[:reached], edges, nearest, sigma)
        nats[b] = total


@kernel
def _density(z, hits, edges, nearest, sigma):
    """Return p(z), cells before `nearest` being too near to matter."""
    total = 0.0
    for j in range(nearest, hits.size):
        offset = (z - (edges[j] + edges[j + 1]) / 2) / sigma
        if offset < -NORMAL_REACH:
            break
        total += hits[j] * math.exp(-offset * offset / 2)
    return total / (sigma * math.sqrt(2 * math.pi))
