"""The information of every cell, written from the definitions: one lattice ray after the other."""

import math

import numpy as np

ONE = 1 << 30


def cell_update(delta, occupancy):
    """Return the divergence of a cell after an update from before, from its definition, nats."""
    o = np.asarray(occupancy, np.float64)
    after = delta * o / (1 + (delta - 1) * o)
    with np.errstate(divide='ignore', invalid='ignore'):
        parts = (after * np.log(after / o), (1 - after) * np.log((1 - after) / (1 - o)))
    return sum(np.nan_to_num(part) for part in parts)


def lattice_ray(slope, row, col, steps, shape):
    """
    Return the cells (n, 2) of the ray that starts in a cell, up the rows and the columns.

    :param slope: columns per row, from 0 to 1, as an integer multiple of 2**-30.
    :param steps: rows that the ray gains before it ends.
    """
    def column(half_rows):
        return col + (slope * half_rows + ONE) // (2 * ONE) - (slope * 2 * row + ONE) // (2 * ONE)

    cells = []
    for r in range(row, row + steps):
        cells.append((r, column(2 * r)))
        if column(2 * r + 2) > column(2 * r):
            early = column(2 * r + 1) > column(2 * r)
            cells.append((r, column(2 * r) + 1) if early else (r + 1, column(2 * r)))
    for n, (r, c) in enumerate(cells):
        if r >= shape[0] or c >= shape[1]:
            return np.array(cells[:n])
    return np.array(cells)


def turned(array, quarters, mirrored):
    """Return a view of a map in which beams of one octant go up the rows and the columns."""
    view = np.rot90(array, quarters)
    return view[:, ::-1] if mirrored else view


def direction(angle):
    """Return how to turn the map for a direction, and its slope in multiples of 2**-30."""
    quarter = round(angle / (math.pi / 2) * ONE) / ONE
    axis = math.floor(quarter + 0.5)
    slope = math.tan((quarter - axis) * math.pi / 2)
    return (axis - 1) % 4, slope > 0, min(round(abs(slope) * ONE), ONE)


def steps_in_range(slope, cells, rows):
    """Return the steps of a beam that reaches so many cell widths."""
    m = slope / ONE
    steps = math.ceil(min(cells / math.hypot(1, m), rows) + 1 / (1 + m) - 0.5)
    return min(max(steps, 1), rows)


def information(occupancy, f_occ, f_emp, noise, count_no_hit):
    """Return the sum over the cell that is hit and the cell that is measured, nats."""
    reach = np.append(1.0, np.cumprod(1 - occupancy))
    cleared = np.append(0.0, np.cumsum(f_emp))
    hits, gains = reach[:-1] * occupancy, f_occ + cleared[:-1]
    half = noise.size // 2
    total = reach[-1] * cleared[-1] if count_no_hit else 0.0
    for j in range(hits.size):
        for k in range(max(0, j - half), min(hits.size, j + half + 1)):
            total += hits[j] * gains[k] * noise[k - j + half]
    return total


def surface(probabilities, resolution, angles, model, noise=(1.0,)):
    """
    Return the bits (H, W) of beams into some directions from every cell.

    :param angles: directions in the frame of the grid.
    :param noise: kernel of range noise over cells.
    """
    p = np.asarray(probabilities, np.float64)
    o = np.where(np.isnan(p), model.unknown_occupancy, p)
    planes = o, cell_update(model.delta_occ, o), cell_update(model.delta_emp, o)
    total, noise = np.zeros(p.shape), np.asarray(noise)
    for angle in angles:
        quarters, mirrored, slope = direction(angle)
        o, f_occ, f_emp = (turned(plane, quarters, mirrored) for plane in planes)
        out = turned(total, quarters, mirrored)
        steps = steps_in_range(slope, model.max_range / resolution, o.shape[0])
        for row, col in np.ndindex(o.shape):
            r, c = lattice_ray(slope, row, col, steps, o.shape).T
            out[row, col] += information(
                o[r, c], f_occ[r, c], f_emp[r, c], noise, model.count_no_hit)
    return total / math.log(2)
