"""
Cauchy-Schwarz quadratic mutual information of a beam: Charrow et al. (ICRA 2015).

With q_i = o_i^2 + (1 - o_i)^2, P_j = P(e_j), w_j = P_j^2 prod_{i>j} q_i and
N_{jl} = N(mu_l - mu_j; 0, 2 sigma^2), the paper's sum is

    ln(N_00 sum_l w_l) + ln(prod_i q_i sum_{jl} P_j P_l N_{jl}) - 2 ln(sum_{jl} P_j w_l N_{jl}).

Divide each w_l by prod_i q_i: the v_l = (o_l^2 / q_l) prod_{i<l} (1 - o_i)^2 / q_i are what P is
for the occupancies o^2 / q, sum to 1, never underflow, and all products cancel:

    ln(sum_{jl} P_j P_l n_{jl}) - 2 ln(sum_{jl} P_j v_l n_{jl}),  n = N / N_00.

The event of no hit lies half a cell behind the beam, as if one more cell were there.
"""

import math

from fsmi_explorer.information.fsmi import NEGLIGIBLE_REACH
from fsmi_explorer.jit import kernel
import numpy as np

CSQMI_REACH = 12.2
"""Beyond so many sigma n_{jl} is less than 1e-16."""


@kernel
def csqmi(occupancy, f_occ, f_emp, lengths, centres, sigma, count_no_hit, nats):
    """
    Fill in the CSQMI of batches of beams as in FSMI.

    Where beams of a batch have fewer cells than others, all cells must have one width.

    :param centres: (n + 1,) of the cells in metres, and where no hit lies.
    """
    hits, squares = np.empty((2, centres.size))
    for b in range(lengths.size):
        n = lengths[b]
        reached = _event_weights(occupancy[b, :n], hits, squares)
        alike, cross = _overlaps(hits[:n + 1], squares[:n + 1], reached, centres, sigma)
        nats[b] = max(math.log(alike) - 2 * math.log(cross), 0.0)


@kernel
def _event_weights(occupancy, hits, squares):
    """Fill in P and v of the events, hits in near to far order and no hit; return the reached."""
    reach, square_reach, n, reached = 1.0, 1.0, occupancy.size, 1
    for i in range(n):
        o, e = occupancy[i], 1 - occupancy[i]
        q = o * o + e * e
        hits[i] = reach * o
        squares[i] = square_reach * (o * o / q)
        reach *= e
        square_reach *= e * e / q
        if reach >= NEGLIGIBLE_REACH:
            reached = i + 2
    hits[n], squares[n] = reach, square_reach
    return reached


@kernel
def _overlaps(hits, squares, reached, centres, sigma):
    """Return sum P_j P_l n_jl and sum P_j v_l n_jl, each pair of events once."""
    alike, cross = 0.0, 0.0
    for j in range(reached):
        alike += hits[j] * hits[j]
        cross += hits[j] * squares[j]
        for i in range(j + 1, hits.size):
            offset = (centres[i] - centres[j]) / sigma
            if offset > CSQMI_REACH:
                break
            overlap = math.exp(-offset * offset / 4)
            alike += 2 * hits[j] * hits[i] * overlap
            cross += (hits[j] * squares[i] + hits[i] * squares[j]) * overlap
    return alike, cross
