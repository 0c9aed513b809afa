"""
Gives a Python of this virtual environment the search paths of this environment.

The ROS wheels restart Python once so that it finds their libraries, and mark that in the
environment; children inherit the mark even where they are of another virtual environment, whose
libraries they then lack. Each Python start imports this module first: where the libraries of
another environment are on the path it takes them off, and the mark with them, so that the restart
happens again. It also says where the packages of this environment are registered.
"""

import os
from pathlib import Path
import sys

_RESTARTED = '_ROS_WHEELS_BOOTSTRAP_COMPLETE'
_LIBRARIES = str(Path(sys.prefix, 'lib'))


def _paths(variable: str) -> list[str]:
    return [each for each in os.environ.get(variable, '').split(os.pathsep) if each]


def _add(variable: str, folder: str) -> None:
    """Put a folder behind those of a path variable that belong to no virtual environment."""
    others = [each for each in _paths(variable) if not any(
        Path(place, 'pyvenv.cfg').exists() for place in (each, *Path(each).parents))]
    os.environ[variable] = os.pathsep.join([*others, folder])


if _LIBRARIES not in _paths('LD_LIBRARY_PATH'):
    os.environ.pop(_RESTARTED, None)
    _add('LD_LIBRARY_PATH', _LIBRARIES)
    _add('AMENT_PREFIX_PATH', sys.prefix)
