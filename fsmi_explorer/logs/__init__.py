"""Recorded lidar logs: CARMEN text logs and ROS 2 bags, read as scans and transforms."""

from pathlib import Path

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.logs.bag import read_bag
from fsmi_explorer.logs.carmen import read_carmen
from fsmi_explorer.logs.records import Log, LogScan, LogTransform, MAP_FRAME

__all__ = [
    'Log',
    'LogScan',
    'LogTransform',
    'MAP_FRAME',
    'read_bag',
    'read_carmen',
    'read_log',
]

_CARMEN_SUFFIXES, _BAG_SUFFIXES = ('.log', '.clf', '.gfs'), ('.mcap', '.db3')
_COMPRESSED = ('.gz', '.bz2')


def read_log(path: str | Path, scan_topic: str | None = None) -> Log:
    """
    Read a log of any kind, told by the suffix of its name.

    :param path: CARMEN log (.log, .clf, .gfs, also .gz or .bz2 of these), ROS 2 bag (folder,
        .mcap, .db3).
    :param scan_topic: topic of the scans of a bag, chosen if None.
    :raises FileFormatError: naming the file, the line where there is one, and the reason.
    """
    path = Path(path)
    suffixes = [each for each in path.suffixes if each not in _COMPRESSED]
    if not path.exists():
        raise FileFormatError(f'{path}: no such file or folder')
    if path.is_dir() or suffixes[-1:] and suffixes[-1] in _BAG_SUFFIXES:
        return read_bag(path, scan_topic)
    if suffixes[-1:] and suffixes[-1] in _CARMEN_SUFFIXES:
        return read_carmen(path)
    raise FileFormatError(
        f'{path}: not the name of a log; known are {", ".join(_CARMEN_SUFFIXES)} (also .gz, .bz2) '
        f'of CARMEN, folders, {", ".join(_BAG_SUFFIXES)} of ROS 2')
