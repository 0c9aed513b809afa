"""The surface of a growing map, kept up to date."""

from fsmi_explorer.information.beam_model import BeamModel
from fsmi_explorer.information.surface import mutual_information_surface
import numpy as np


class SurfaceUpdater:
    """
    The mutual information of every cell of a map that changes piece by piece.

    :param model: the sensor.
    :param method: see `mutual_information_surface`.
    :param threads: threads that share the work.
    """

    def __init__(self, model: BeamModel, method: str = 'noise_free', threads: int = 1):
        """Start without a map."""
        self._model, self._method, self._threads = model, method, threads
        self._surface = None
        self._place = None

    def update(self, grid, changed=None) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the surface of the grid.

        :param grid: an OccupancyGrid (H, W).
        :param changed: Rectangle outside which the grid is that of the call before; None for all.
        :returns: bits (H, W) and best headings (H, W), as `mutual_information_surface`.
        """
        place = (grid.probabilities.shape, grid.resolution, tuple(grid.origin))
        unchanged = changed is not None and (
            changed.row0 >= changed.row1 or changed.col0 >= changed.col1)
        if not (unchanged and place == self._place):
            self._surface = mutual_information_surface(
                grid, self._model, self._method, threads=self._threads, heading=True)
            self._place = place
        return self._surface
