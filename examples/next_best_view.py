#!/usr/bin/env python3
"""
From a map of OctoMap to the most informative viewpoint.

    python3 examples/next_best_view.py MAP.bt [--range 5.0] [--candidates 500]

Candidates are free voxels drawn at random; at each the camera is turned the best way.
"""

import argparse
import math

from fsmi_explorer.information import BeamModel, best_yaws, DepthCamera
from fsmi_explorer.mapping import InverseSensorModel, VoxelMap, VoxelMapConfig
import numpy as np


def main() -> None:
    """Load, score, print."""
    parser = argparse.ArgumentParser(description='Find the most informative viewpoint.')
    parser.add_argument('map', help='a file .bt or .ot')
    parser.add_argument('--range', type=float, default=5.0, help='range of the camera, m')
    parser.add_argument('--candidates', type=int, default=500, help='positions to compare')
    arguments = parser.parse_args()

    # A file .bt tells what is free and what occupied, not how surely: take it as sure.
    sure = VoxelMapConfig(sensor=InverseSensorModel(p_min=0.001, p_max=0.999))
    voxels = VoxelMap.load(arguments.map, sure)
    camera = DepthCamera.with_fov(64, 48, math.radians(70))
    model = BeamModel(max_range=arguments.range, sigma=0.02, unknown_occupancy=0.05)
    free = voxels.free_voxels()
    positions = free[np.random.default_rng(0).integers(len(free), size=arguments.candidates)]
    bits, yaws = best_yaws(voxels, positions, camera, model, 'approx_fsmi', threads=2)
    best = bits.argmax()

    x, y, z = positions[best]
    print(f'x {x:.2f} m, y {y:.2f} m, z {z:.2f} m, yaw {math.degrees(yaws[best]):.0f} degrees: '
          f'{bits[best]:.0f} bits; at the worst candidate {bits.min():.0f}')


if __name__ == '__main__':
    main()
