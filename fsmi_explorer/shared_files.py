"""Where the files that come with the package are: worlds, parameters."""

import os
from pathlib import Path
import sys

from fsmi_explorer.errors import FileFormatError

_PACKAGE = 'fsmi_explorer'


def shared_folders(name: str) -> list[Path]:
    """
    List the folders of one kind: of a source checkout, of a pip and of a colcon install.

    :param name: `config`, `worlds`, ...
    """
    here = Path(__file__).resolve()
    prefixes = [*here.parents, Path(sys.prefix)]
    prefixes += [Path(each) for each in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)]
    installed = [prefix / 'share' / _PACKAGE / name for prefix in prefixes]
    return [each for each in [here.parents[1] / name, *installed] if each.is_dir()]


def find_shared(folder: str, name: str) -> Path:
    """
    Find a file that comes with the package.

    :raises FileFormatError: if the installation lacks it.
    """
    for place in shared_folders(folder):
        if (place / name).is_file():
            return place / name
    raise FileFormatError(f'{folder}/{name}: this installation of {_PACKAGE} lacks the file')
