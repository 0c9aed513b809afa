"""A differential drive: speeds follow commands within limits, the robot moves along arcs."""

from math import copysign

from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.clearance import clearance
import numpy as np

HALVINGS = 30  # of a piece of path, until the point of contact is found


def approach(speed: float, target: float, gain: float, loss: float, time: float) -> float:
    """
    Change a speed towards its target as far as the accelerations allow within a time.

    :param gain: highest change per second away from standstill, > 0.
    :param loss: highest change per second towards standstill, > 0.
    :return: the speed after that time.
    """
    if speed * target < 0.0:
        braking = abs(speed) / loss
        if braking >= time:
            return speed - copysign(loss * time, speed)
        speed, time = 0.0, time - braking
    limit = (gain if abs(target) > abs(speed) else loss) * time
    return speed + min(max(target - speed, -limit), limit)


@kernel
def follow_arc(x, y, yaw, distance, turn):
    """Move a pose along an arc of given length and turn, exactly."""
    half = 0.5 * turn
    chord = distance * (np.sin(half) / half) if half else distance
    return x + chord * np.cos(yaw + half), y + chord * np.sin(yaw + half), yaw + turn


@kernel
def drive(free_distance, x, y, yaw, distance, turn, radius):
    """
    Move a disc along an arc until it touches a wall; there it turns on the spot for the rest.

    The disc is tried every half cell and where the arc ends: in between, the corner of a wall
    could reach into it by the sagitta of half a cell at most, less than a millimetre.

    :param free_distance: (H, W) int32 Chebyshev distances of the walled grid.
    :param distance: length of the arc in cells, negative backwards.
    :param radius: radius of the disc in cells.
    :return: x, y, yaw and the share of the distance that was driven, 1 if nothing was touched.
    """
    if not distance:
        return x, y, yaw + turn, 1.0
    pieces = int(np.ceil(abs(distance) / 0.5))
    reached = (x, y, yaw)
    for piece in range(pieces):
        share = (piece + 1) / pieces
        reached = follow_arc(x, y, yaw, share * distance, share * turn)
        if clearance(free_distance, reached[0], reached[1], radius) < radius:
            share = _touching_share(
                free_distance, x, y, yaw, distance, turn, radius, piece / pieces, 1 / pieces)
            stop = follow_arc(x, y, yaw, share * distance, share * turn)
            return stop[0], stop[1], yaw + turn, share
    return reached[0], reached[1], reached[2], 1.0


@kernel
def _touching_share(free_distance, x, y, yaw, distance, turn, radius, share, step):
    """Halve the step until the disc stands in front of the wall by next to nothing."""
    for _ in range(HALVINGS):
        step *= 0.5
        ahead = follow_arc(x, y, yaw, (share + step) * distance, (share + step) * turn)
        if clearance(free_distance, ahead[0], ahead[1], radius) >= radius:
            share += step
    return share
