"""The information of beams through a map of voxels, run by run."""

from typing import NamedTuple

from fsmi_explorer.information.beam_model import BeamModel
from fsmi_explorer.information.cell_information import _cell_information, LOG_OF_ZERO
from fsmi_explorer.information.run_sums import sum_of_runs
from fsmi_explorer.jit import kernel
import numpy as np

_SLOTS = 1 << 12


class Facts(NamedTuple):
    """
    What is known of voxels by their log-odds, for the values met lately.

    A map holds few distinct values, so most of them are looked up rather than computed.

    :param keys: (4096,) int64 the bits of the log-odds in each slot, -1 for none.
    :param values: (4096, 4) occupancy, f_occ, f_emp in nats and ln(1 - occupancy).
    :param delta_occ: of the beam model.
    :param delta_emp: of the beam model.
    :param unknown_occupancy: of the beam model.
    """

    keys: np.ndarray
    values: np.ndarray
    delta_occ: float
    delta_emp: float
    unknown_occupancy: float

    @classmethod
    def of(cls, model: BeamModel) -> 'Facts':
        """Return an empty table for a beam model."""
        return cls(np.full(_SLOTS, -1, np.int64), np.empty((_SLOTS, 4)), model.delta_occ,
                   model.delta_emp, model.unknown_occupancy)


@kernel
def turn_directions(rotations, directions, first, result):
    """
    Turn the rays of a sensor into the frame of the map.

    :param rotations: (k, 3, 3) of the frame of the sensor at each pose.
    :param directions: (n, 3) of its rays.
    :param first: number of the first ray to turn, of k n, those of one pose after the other.
    :param result: (m, 3) written, of rays from `first` on.
    """
    for i in range(len(result)):
        pose, ray = divmod(first + i, len(directions))
        for axis in range(3):
            turn = rotations[pose, axis]
            result[i, axis] = (turn[0] * directions[ray, 0] + turn[1] * directions[ray, 1]
                               + turn[2] * directions[ray, 2])


@kernel
def sum_beams(odds, lengths, counts, facts, weights, scratch, count_no_hit, nats):
    """
    Sum the information of beams of runs.

    :param odds: see `RayRuns`.
    :param lengths: the same.
    :param counts: the same.
    :param facts: see `Facts`.
    :param weights: see `BorderWeights`.
    :param scratch: see `sum_scratch`.
    :param count_no_hit: of the beam model.
    :param nats: (n,) written.
    """
    bits, values = odds.view(np.int32), np.empty((odds.shape[1], 4))
    # Taken out of their tuples once for all beams.
    keys, known = facts.keys, facts.values
    sum_of_noise, level, slope = weights
    hits, borders = scratch
    for beam in range(len(counts)):
        for run in range(counts[beam]):
            key = np.int64(bits[beam, run]) & 0xFFFFFFFF
            slot = (key * 2654435761 >> 20) & (_SLOTS - 1)
            if keys[slot] != key:
                _remember(facts, slot, odds[beam, run], key)
            for i in range(4):
                values[run, i] = known[slot, i]
        nats[beam] = sum_of_runs(
            values, lengths[beam], counts[beam], sum_of_noise, level, slope, hits, borders,
            count_no_hit)


@kernel
def _remember(facts, slot, odds, key):
    """Compute what is known of a voxel and put it in a slot."""
    o = facts.unknown_occupancy if np.isnan(odds) else 1 / (1 + np.exp(-np.float64(odds)))
    facts.keys[slot] = key
    facts.values[slot, 0] = o
    facts.values[slot, 1] = _cell_information(facts.delta_occ, o)
    facts.values[slot, 2] = _cell_information(facts.delta_emp, o)
    facts.values[slot, 3] = np.log1p(-o) if o < 1 else LOG_OF_ZERO
