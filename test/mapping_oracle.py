"""Slow and plain ways to do what mapping does, to compare with."""

from fractions import Fraction
from math import cos, floor, inf, isnan, sin

import numpy as np


def visited_cells(x0, y0, x1, y1):
    """
    List the cells (row, col) that a segment visits, in order, by exact rational arithmetic.

    Between two neighbouring crossings of cell borders a segment stays within one cell, the one
    of the point in the middle; the cells of both ends belong to it too.
    """
    x0, y0, x1, y1 = (Fraction(value) for value in (x0, y0, x1, y1))
    crossings = {Fraction(0), Fraction(1)}
    for start, end in ((x0, x1), (y0, y1)):
        for border in range(floor(min(start, end)), floor(max(start, end)) + 2):
            if start != end and 0 < (border - start) / (end - start) < 1:
                crossings.add((border - start) / (end - start))
    ordered = sorted(crossings)
    middles = [(a + b) / 2 for a, b in zip(ordered, ordered[1:])]
    cells = []
    for share in (Fraction(0), *middles, Fraction(1)):
        cell = floor(y0 + share * (y1 - y0)), floor(x0 + share * (x1 - x0))
        if not cells or cells[-1] != cell:
            cells.append(cell)
    return cells


def rotated(quaternion, vector):
    """Rotate a vector by a unit quaternion x y z w: v + 2 w (u x v) + 2 u x (u x v)."""
    u, w = np.array(quaternion[:3]), quaternion[3]
    across = np.cross(u, vector)
    return vector + 2 * w * across + 2 * np.cross(u, across)


def product(p, q):
    """Multiply two quaternions x y z w."""
    vector = p[3] * q[:3] + q[3] * p[:3] + np.cross(p[:3], q[:3])
    return np.array([*vector, p[3] * q[3] - np.dot(p[:3], q[:3])])


def slerp(p, q, share):
    """Return p (p^-1 q)^share, the shorter way."""
    turn = product(np.array([*-p[:3], p[3]]), q)
    turn = -turn if turn[3] < 0 else turn
    half = np.arctan2(np.linalg.norm(turn[:3]), turn[3])
    axis = turn[:3] / np.sin(half) if half > 1e-12 else turn[:3]
    return product(p, np.array([*np.sin(share * half) * axis, np.cos(share * half)]))


def beam_segments(scan, poses, max_range=0.0, inf_is_free=True):
    """List (start, end, is a hit) in the plane for every beam that says something."""
    segments, count, knots = [], len(scan.ranges), len(poses.positions)
    limit = min(scan.range_max, max_range or inf)
    for i, reading in enumerate(scan.ranges.tolist()):
        if isnan(reading) or reading < scan.range_min:
            continue
        hit, length = reading < scan.range_max and reading <= limit, min(reading, limit)
        if reading >= scan.range_max and (not inf_is_free or limit == inf):
            continue
        time = i / max(count - 1, 1) * (knots - 1)
        before = min(int(time), max(knots - 2, 0))
        after, share = min(before + 1, knots - 1), time - before
        start = (1 - share) * poses.positions[before] + share * poses.positions[after]
        turn = slerp(poses.quaternions[before], poses.quaternions[after], share)
        angle = scan.angle_min + i * scan.angle_increment
        end = start + length * rotated(turn, np.array([cos(angle), sin(angle), 0.0]))
        segments.append((start[:2], end[:2], hit))
    return segments


def insert(cells, segments, resolution, sensor):
    """
    Put the segments of one scan into a dictionary of log-odds by lattice cell.

    :return: the cells whose values changed.
    """
    hit, miss, least, greatest = sensor.log_odds
    said = {}
    for start, end, is_hit in segments:
        visited = visited_cells(*(start / resolution), *(end / resolution))
        for cell in visited[:-1] if is_hit else visited:
            said.setdefault(cell, miss)
        if is_hit:
            said[visited[-1]] = hit
    changed = set()
    for cell, amount in said.items():
        before = cells.get(cell, np.float32(0))
        after = np.clip(np.float32(before + amount), least, greatest)
        if cell not in cells or after != before:
            changed.add(cell)
        cells[cell] = after
    return changed
