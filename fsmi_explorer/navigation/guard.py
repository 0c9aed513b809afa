"""The last check before driving: the robot must be able to stop before what the map knows."""

from fsmi_explorer.jit import kernel
import numpy as np

_SHARES = np.array([1.0, 0.75, 0.5, 0.3, 0.15])
_GRAZING, _MOST_GRAZED = 0.15, 0.2  # share of the way; cells


def safe_speed(grid, pose, v: float, w: float, radius: float, deceleration: float, ahead: float,
               occupied_threshold: float = 0.65, present_speed: float = 0.0) -> float:
    """
    Return the highest speed up to `v` from which the robot stops before it touches an obstacle.

    A robot that is too near to an obstacle already may drive away from it and along it: where it
    comes nearer by no more than a small part of its way.

    :param grid: OccupancyGrid.
    :param pose: (3,) x, y, yaw.
    :param v: m/s wanted forwards; backwards is not checked.
    :param w: rad/s that go with it.
    :param radius: m to keep from the edges of obstacle cells.
    :param deceleration: m/s^2 of the stop.
    :param ahead: s until the stop can begin.
    :param present_speed: m/s, the speed until then where it is higher.
    """
    if v <= 0.0:
        return v
    x0, y0, turn = grid.origin
    east, north = pose[0] - x0, pose[1] - y0
    x = (np.cos(turn) * east + np.sin(turn) * north) / grid.resolution
    y = (np.cos(turn) * north - np.sin(turn) * east) / grid.resolution
    speeds = v * _SHARES
    stops = np.maximum(speeds, present_speed) * ahead + speeds ** 2 / (2.0 * deceleration)
    free = _free_kernel(grid.probabilities, occupied_threshold, (x, y, pose[2] - turn),
                        w / v * grid.resolution, radius / grid.resolution, stops / grid.resolution)
    return float(speeds[free]) if free < len(speeds) else 0.0


@kernel
def _free_kernel(p, occupied, place, curvature, reach, stops):
    """Return the index of the first stopping distance with a free way; lengths in cells."""
    x, y, yaw = place
    here = _clearance(p, occupied, x, y, reach)
    for k in range(stops.size):
        pieces = int(np.ceil(2.0 * stops[k]))
        free = True
        for i in range(1, pieces + 1):
            way = stops[k] * i / pieces
            half = 0.5 * way * curvature
            chord = way * (np.sin(half) / half if half else 1.0)
            clear = _clearance(
                p, occupied, x + chord * np.cos(yaw + half), y + chord * np.sin(yaw + half), reach)
            grazes = here < reach and clear >= here - min(_GRAZING * way, _MOST_GRAZED)
            free = free and (clear >= reach or grazes)
        if free:
            return k
    return stops.size


@kernel
def _clearance(p, occupied, x, y, reach):
    """Distance in cells from a point to the nearest obstacle cell, a square; at most reach."""
    window = int(reach) + 1
    nearest = reach * reach
    for row in range(max(int(y) - window, 0), min(int(y) + window + 1, p.shape[0])):
        up = max(row - y, y - (row + 1), 0.0)
        for col in range(max(int(x) - window, 0), min(int(x) + window + 1, p.shape[1])):
            if p[row, col] > occupied:
                across = max(col - x, x - (col + 1), 0.0)
                nearest = min(nearest, up * up + across * across)
    return np.sqrt(nearest)
