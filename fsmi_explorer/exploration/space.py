"""Where the robot can stand: free cells with no obstacle within its radius."""

from fsmi_explorer.exploration.distance import distance_transform
import numpy as np


def traversable(grid, robot_radius: float, *, free_threshold: float = 0.25,
                occupied_threshold: float = 0.65) -> np.ndarray:
    """
    Return the cells on whose centre the robot can stand.

    :param grid: OccupancyGrid.
    :param robot_radius: m, of the circle that holds the robot, any margin included.
    :param free_threshold: a cell below this probability is free.
    :param occupied_threshold: a cell above this probability is an obstacle.
    :returns: (H, W) bool: known free, and no centre of an obstacle within the radius.
    :raises ValueError: when the radius is negative.
    """
    if not robot_radius >= 0.0:
        raise ValueError(f'robot_radius must be at least 0 m, got {robot_radius!r}')
    clear = clearance(grid, occupied_threshold=occupied_threshold) > robot_radius
    return clear & (grid.probabilities < free_threshold)


def clearance(grid, *, occupied_threshold: float = 0.65) -> np.ndarray:
    """
    Return the distance of every cell centre to the nearest centre of an obstacle.

    :param grid: OccupancyGrid.
    :param occupied_threshold: a cell above this probability is an obstacle.
    :returns: (H, W) float32 m, inf where the map has no obstacle.
    """
    distance = distance_transform(grid.probabilities > occupied_threshold)
    return distance * np.float32(grid.resolution)
