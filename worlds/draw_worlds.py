#!/usr/bin/env python3
"""Draw the maps of the worlds from their floor plans."""

from pathlib import Path

from fsmi_explorer.simulation.floor_plan import FloorPlan

RESOLUTION = 0.05  # m
HERE = Path(__file__).parent


def draw_world(plan_path: Path, folder: Path) -> Path:
    """
    Write image and YAML of a world, with the start that the plan names and where the plan is.

    :return: path of the YAML file.
    """
    plan = FloorPlan.load(plan_path)
    path = plan.draw(RESOLUTION).save(folder / plan_path.name, image_format='png')
    start = ', '.join(f'{value:.6g}' for value in plan.start)
    with path.open('a') as stream:
        stream.write(f'start: [{start}]\nfloor_plan: plans/{plan_path.name}\n')
    return path


if __name__ == '__main__':
    for each in sorted((HERE / 'plans').glob('*.yaml')):
        if each.stem != 'furniture':
            print(draw_world(each, HERE))
