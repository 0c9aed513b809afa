"""
Mutual information of range sensors: occupancy in, bits out.

One file for each idea: what a beam is (`beam_model`), the information of one cell
(`cell_information`), range noise (`noise`), the sums over a beam (`fsmi`, `numerical`, `csqmi`),
chosen by name (`beam`), beams of runs of equal cells (`run_length`, `run_sums`), the cells that a
beam crosses (`ray_casting`), sensors at any pose (`pose`), in every cell at once (`surface`), and
those again after a change of the map (`incremental`). In space: which way the rays of a sensor go
(`range_sensors`), rays through a map of voxels (`voxel_beams`), sensors at any pose (`pose_3d`).
"""

from fsmi_explorer.information.beam import beam_mutual_information
from fsmi_explorer.information.beam_model import BeamModel, METHODS
from fsmi_explorer.information.incremental import SurfaceUpdater
from fsmi_explorer.information.pose import pose_mutual_information
from fsmi_explorer.information.pose_3d import best_yaws, pose_mutual_information_3d
from fsmi_explorer.information.range_sensors import DepthCamera, RangeSensor, SpinningLidar
from fsmi_explorer.information.run_length import rle_mutual_information
from fsmi_explorer.information.surface import mutual_information_surface, warm_up

__all__ = [
    'beam_mutual_information',
    'BeamModel',
    'best_yaws',
    'DepthCamera',
    'METHODS',
    'mutual_information_surface',
    'pose_mutual_information',
    'pose_mutual_information_3d',
    'RangeSensor',
    'rle_mutual_information',
    'SpinningLidar',
    'SurfaceUpdater',
    'warm_up',
]
