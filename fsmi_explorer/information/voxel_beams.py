"""The information of beams through a map of voxels, run by run."""

from typing import NamedTuple

from fsmi_explorer.information.beam_model import BeamModel
from fsmi_explorer.information.cell_information import _cell_information, LOG_OF_ZERO
from fsmi_explorer.information.run_sums import sum_of_runs
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.voxel_rays import follow_ray
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
def beams_from_poses(
        blocks, positions, rotations, directions, first, limits, facts, weights, scratch,
        count_no_hit, nats):
    """
    Sum the information of some of all rays of a sensor at some poses.

    :param blocks: see `Blocks`.
    :param positions: (k, 3) of the sensor, in voxels.
    :param rotations: (k, 3, 3) of its frame in that of the map.
    :param directions: (n, 3) of its rays.
    :param first: number of the first ray to sum, of k n, those of one pose after the other.
    :param limits: see `Limits`.
    :param facts: see `Facts`.
    :param weights: see `BorderWeights`.
    :param scratch: see `sum_scratch`, for as many runs as a ray can have.
    :param count_no_hit: of the beam model.
    :param nats: (m,) written, of rays from `first` on.
    """
    room = len(scratch[1]) - 1
    odds, lengths = np.empty(room, np.float32), np.empty(room, np.int64)
    bits, values = odds.view(np.int32), np.empty((room, 4))
    for i in range(len(nats)):
        pose, ray = divmod(first + i, len(directions))
        turn, (u, v, w) = rotations[pose], directions[ray]
        along = (turn[0, 0] * u + turn[0, 1] * v + turn[0, 2] * w,
                 turn[1, 0] * u + turn[1, 1] * v + turn[1, 2] * w,
                 turn[2, 0] * u + turn[2, 1] * v + turn[2, 2] * w)
        start = positions[pose, 0], positions[pose, 1], positions[pose, 2]
        runs, _ = follow_ray(blocks, start, along, limits, odds, lengths)
        for run in range(runs):
            slot = (np.int64(bits[run]) * 2654435761 >> 20) & (_SLOTS - 1)
            if facts.keys[slot] != np.int64(bits[run]) & 0xFFFFFFFF:
                _remember(facts, slot, odds[run], bits[run])
            values[run] = facts.values[slot]
        nats[i] = sum_of_runs(values[:runs], lengths[:runs], weights, scratch, count_no_hit)


@kernel
def _remember(facts, slot, odds, bits):
    """Compute what is known of a voxel and put it in a slot."""
    o = facts.unknown_occupancy if np.isnan(odds) else 1 / (1 + np.exp(-np.float64(odds)))
    facts.keys[slot] = np.int64(bits) & 0xFFFFFFFF
    facts.values[slot, 0] = o
    facts.values[slot, 1] = _cell_information(facts.delta_occ, o)
    facts.values[slot, 2] = _cell_information(facts.delta_emp, o)
    facts.values[slot, 3] = np.log1p(-o) if o < 1 else LOG_OF_ZERO
