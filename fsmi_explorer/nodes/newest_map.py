"""The newest map, and the newest candidates that were scored on one."""

from time import monotonic
from typing import Callable

from fsmi_explorer.exploration import Candidates
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.nodes.base import LATCHED
from fsmi_explorer.nodes.conversions import candidates_from_message, grid_from_message, seconds
from fsmi_explorer.nodes.diagnostics import Diagnostics
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from sensor_msgs.msg import PointCloud2

_STALE = 10.0


class NewestMap:
    """
    Keeps what comes on `map` and `candidates`; both are waited for.

    :param diagnostics: those of the node.
    :param on_candidates: called when there are new ones.
    """

    def __init__(self, diagnostics: Diagnostics, on_candidates: Callable[[], None]):
        """Subscribe."""
        self._diagnostics, self._tell = diagnostics, on_candidates
        self.grid: OccupancyGrid | None = None
        self.candidates: Candidates | None = None
        self.frame = ''
        self.came_at = -np.inf
        self._map_stamp = self._candidates_stamp = 0.0
        diagnostics.subscribe(OccupancyGridMessage, 'map', self._on_map, LATCHED)
        diagnostics.subscribe(PointCloud2, 'candidates', self._on_candidates, LATCHED)
        diagnostics.need(self._missing_candidates)

    @property
    def is_complete(self) -> bool:
        """Tell whether there are a map and candidates."""
        return self.grid is not None and self.candidates is not None

    def forget(self) -> None:
        """Wait for others."""
        self.grid = self.candidates = None

    def _on_map(self, message: OccupancyGridMessage) -> bool:
        try:
            self.grid = grid_from_message(message)
        except ValueError as error:
            self._diagnostics.drop('malformed map', str(error))
            return False
        self.frame = message.header.frame_id
        self._map_stamp = seconds(message.header.stamp)
        self.came_at = monotonic()
        return True

    def _on_candidates(self, message: PointCloud2) -> bool:
        try:
            self.candidates = candidates_from_message(message)
        except ValueError as error:
            self._diagnostics.drop('malformed candidates', str(error))
            return False
        self._candidates_stamp = seconds(message.header.stamp)
        self._tell()
        return True

    def _missing_candidates(self) -> str:
        age = self._map_stamp - self._candidates_stamp
        if self.candidates is None or age <= _STALE:
            return ''
        return f'topic candidates: the last ones are {age:.0f} s older than the map'
