#!/usr/bin/env python3
"""
Map a corrected lidar log with the library alone.

    python3 examples/map_a_log.py LOG [--resolution 0.05] [--out map.yaml]

LOG is a CARMEN log with poses. Every scan goes into a growing map, which is saved in map_server's
format with all its shades of certainty.
"""

import argparse

from fsmi_explorer.logs import read_log
from fsmi_explorer.mapping import MappingConfig, OccupancyMap, SensorPoses


def main() -> None:
    """Read, map, save."""
    parser = argparse.ArgumentParser(description='Map a corrected lidar log.')
    parser.add_argument('log')
    parser.add_argument('--resolution', type=float, default=0.05, help='side of a cell, m')
    parser.add_argument('--out', default='map.yaml')
    arguments = parser.parse_args()

    log = read_log(arguments.log)
    occupancy = OccupancyMap(MappingConfig(
        resolution=arguments.resolution, inf_is_free=log.no_return_is_free))
    for record in log.scans():
        if record.pose is not None:
            occupancy.insert_scan(record.scan, SensorPoses.planar(record.pose))

    grid = occupancy.grid()
    path = grid.save(arguments.out, 'scale')
    print(f'{path}: {grid.known_area_m2:.0f} m² seen, '
          f'{grid.entropy_bits(unknown_occupancy=0.0):.0f} bits of doubt left in them')


if __name__ == '__main__':
    main()
