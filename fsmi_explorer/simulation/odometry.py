"""Wheel odometry that strays from the truth as it is told to."""

from math import sqrt

from fsmi_explorer.simulation.configuration import OdometryConfig
from fsmi_explorer.simulation.drive import follow_arc
import numpy as np


class Odometry:
    """
    Adds up what the wheels measure.

    :param rng: source of the random errors.
    """

    def __init__(self, config: OdometryConfig, rng: np.random.Generator):
        self._config = config
        self._rng = rng
        #: Pose (x, y, yaw) in m and rad, from 0, 0, 0 at the start.
        self.pose = (0.0, 0.0, 0.0)

    def add(self, distance: float, turn: float) -> None:
        """
        Measure one piece of the way.

        The variance of the errors grows with the distance and with the turn, so that it does not
        depend on how the way is cut into pieces.

        :param distance: driven in m, negative backwards.
        :param turn: turned to the left in rad.
        """
        config = self._config
        measured = distance * config.distance_scale
        heading = turn + abs(distance) * config.turn_drift
        if config.distance_noise or config.turn_noise:
            stray = self._rng.standard_normal(2)
            measured += stray[0] * config.distance_noise * sqrt(abs(distance))
            heading += stray[1] * config.turn_noise * sqrt(abs(turn))
        self.pose = follow_arc(*self.pose, measured, heading)
