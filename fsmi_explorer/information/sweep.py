"""
Sweeps: the recursions of FSMI along the lattice rays of one octant, for every start cell.

Noise-free, no hit counted, the information of the beam that starts in cell s is an affine
function of that of the beam that starts in the cell behind it,

    I_s = a_s + b_s I_{s+1},   a = o f_occ + (1 - o) f_emp,   b = 1 - o,

the emission-absorption equation of volume rendering. A ray that changes column within a row
takes two cells there; both together are one affine map again, the planes `a2` and `b2`.

All planes are flat, rows of `stride` values of which the first and the last `MARGIN` at least
are 0, as is all information outside the map.
"""

from fsmi_explorer.information.lattice import STEP_BEFORE_CENTRE, STRAIGHT
from fsmi_explorer.jit import kernel
import numpy as np

MARGIN = 2
_FAST = {'contract', 'nsz', 'reassoc'}


@kernel(fastmath=_FAST)
def sweep(planes, backward, steps, out):
    """
    Add the noise-free information of beams without range limit to `out`.

    :param planes: a, b, a2, b2, each (rows, stride).
    :param backward: beams run to lower rows.
    :param steps: (k, rows) of the rays, rows counted along the beams.
    :param out: (rows, stride).
    """
    a, b, a2, b2 = planes
    rows, stride = a.shape
    width = stride - 1
    state = np.zeros(stride, a.dtype)
    for k in range(steps.shape[0]):
        state[:] = 0
        for row in range(rows - 1, -1, -1):
            y = rows - 1 - row if backward else row
            _advance(a[y], b[y], a2[y], b2[y], steps[k, row], state, out[y], width)


@kernel(fastmath=_FAST)
def _advance(a, b, a2, b2, step, state, out, width):
    if step == STRAIGHT:
        for x in range(width):
            state[x] = a[x] + b[x] * state[x]
            out[x] += state[x]
    elif step == STEP_BEFORE_CENTRE:
        for x in range(width):
            out[x] += a[x] + b[x] * state[x]
            state[x] = a2[x] + b2[x] * state[x + 1]
    else:
        for x in range(width):
            state[x] = a2[x] + b2[x] * state[x + 1]
            out[x] += state[x]


@kernel(fastmath=_FAST)
def sweep_limited(planes, backward, steps, ranges, out):
    """
    Add the noise-free information of beams that end after so many rows to `out`.

    The first rows of beams are taken in blocks as long as the beams. A beam is the composition of
    the affine maps of its rows up to the end of its block (`near`, `through`), and of those beyond
    (`beyond`, one row of it for each place where a beam may end): O(1) per start cell.

    :param ranges: rows (k,) of the beams of each direction.
    """
    a, b, a2, b2 = planes
    rows, stride = a.shape
    beyond = np.empty((ranges.max() + 1, stride), a.dtype)
    near, through = np.empty((2, stride), a.dtype)
    for k in range(steps.shape[0]):
        for end in range(rows + (-rows) % ranges[k], 0, -ranges[k]):
            last = min(end, rows)
            _collect_beyond(
                a, b, a2, b2, backward, steps[k], end, ranges[k], beyond, through)
            _sweep_block(
                a, b, a2, b2, backward, steps[k], end - ranges[k], last, end, beyond, near,
                through, out)


@kernel(fastmath=_FAST)
def _collect_beyond(a, b, a2, b2, backward, steps, first, length, beyond, through):
    """Fill row j of `beyond` with the information of the first j rows from `first` on."""
    rows, stride = a.shape
    beyond[0] = 0
    through[:] = 1
    shift = 0
    for j in range(min(length, rows - first)):
        y = rows - 1 - first - j if backward else first + j
        step = steps[first + j] != STRAIGHT
        gain, loss = (a2[y], b2[y]) if step else (a[y], b[y])
        width = max(stride - shift, 0)
        before, after = beyond[j], beyond[j + 1]
        for x in range(width):
            after[x] = before[x] + through[x] * gain[x + shift]
            through[x] *= loss[x + shift]
        after[width:] = before[width:]
        shift += step


@kernel(fastmath=_FAST)
def _sweep_block(
        a, b, a2, b2, backward, steps, first, last, end, beyond, near, through, out):
    rows, stride = a.shape
    near[:] = 0
    through[:] = 1
    through[stride - 1:] = 0
    shift = 0
    for row in range(last - 1, max(first, 0) - 1, -1):
        y = rows - 1 - row if backward else row
        step = steps[row]
        behind = beyond[max(min(row - first, rows - end), 0)]
        width = max(stride - 1 - shift, 0)
        own, loss = out[y], b[y]
        if step == STEP_BEFORE_CENTRE:
            gain = a[y]
            for x in range(width):
                own[x] += gain[x] + loss[x] * (near[x] + through[x] * behind[x + shift])
            for x in range(width, stride):
                own[x] += gain[x] + loss[x] * near[x]
        if step == STRAIGHT:
            gain = a[y]
            for x in range(stride):
                near[x] = gain[x] + loss[x] * near[x]
                through[x] *= loss[x]
        else:
            gain, loss = a2[y], b2[y]
            for x in range(stride - 1):
                near[x] = gain[x] + loss[x] * near[x + 1]
                through[x] = loss[x] * through[x + 1]
            shift += 1
            width = max(width - 1, 0)
        if step != STEP_BEFORE_CENTRE:
            for x in range(width):
                own[x] += near[x] + through[x] * behind[x + shift]
            own[width:] += near[width:]
