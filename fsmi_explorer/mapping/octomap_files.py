"""
Maps of OctoMap: files `.bt` and `.ot`, and the data of octomap_msgs/Octomap.

A file is a few lines of text, then a tree: in `.bt` of maximum likelihood, in `.ot` full. The data
of a message are the tree alone.
"""

from pathlib import Path
from typing import NamedTuple

from fsmi_explorer.errors import FileFormatError, FsmiExplorerError
from fsmi_explorer.files import write_atomically
from fsmi_explorer.mapping.octree import (
    decode_full,
    decode_likely,
    encode_full,
    encode_likely,
    Leaves,
)
import numpy as np

SUFFIXES = ('.bt', '.ot')
WRITTEN_TREE = 'OcTree'

_FIRST_LINE = {'.bt': '# Octomap OcTree binary file', '.ot': '# Octomap OcTree file'}
_COLOUR_BYTES = {WRITTEN_TREE: 0, 'ColorOcTree': 3}
_LONGEST_HEADER = 4096


class _Header(NamedTuple):
    """What the lines of text say: kind of tree, number of nodes, side of a voxel in m."""

    tree: str
    size: int
    resolution: float


def read_octomap(path: str | Path, free: float, occupied: float) -> tuple[Leaves, float]:
    """
    Read a file of OctoMap; colours are left out.

    :param path: its suffix does not matter.
    :param free: log-odds of what is free in a tree of maximum likelihood.
    :param occupied: the same of what is occupied.
    :return: leaves in the order of the tree, and the side of a voxel in m.
    :raises FileFormatError: naming the file and the reason.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FileFormatError(f'{path}: {error.strerror}') from None
    try:
        suffix, header, start = _read_header(content)
        leaves, nodes = decode_tree(
            content[start:], suffix == '.bt', header.tree, free, occupied)
        if nodes != header.size:
            raise ValueError(f'the header says {header.size} nodes, the tree has {nodes}')
    except ValueError as error:
        raise FileFormatError(f'{path}: {error}') from None
    return leaves, header.resolution


def decode_tree(
        data: bytes | np.ndarray, binary: bool, tree: str, free: float,
        occupied: float) -> tuple[Leaves, int]:
    """
    Read a tree without header, as octomap_msgs/Octomap has it.

    :param data: bytes, or an array of int8 or uint8.
    :param binary: whether it is a tree of maximum likelihood.
    :param tree: kind of tree, the id of the message.
    :param free: log-odds of what is free in a tree of maximum likelihood.
    :param occupied: the same of what is occupied.
    :return: leaves in the order of the tree, and the number of nodes.
    :raises ValueError: with the reason.
    """
    if tree not in _COLOUR_BYTES:
        raise ValueError(f'the tree must be one of {", ".join(_COLOUR_BYTES)}, got {tree!r}')
    stream = np.frombuffer(memoryview(data).cast('B'), np.uint8)
    if binary:
        return decode_likely(stream, free, occupied)
    return decode_full(stream, _COLOUR_BYTES[tree])


def write_octomap(path: str | Path, leaves: Leaves, resolution: float) -> None:
    """
    Write a file of OctoMap, whole or not at all.

    :param path: ends with .bt for a tree of maximum likelihood, with .ot for a full one.
    :param leaves: known cubes of voxels.
    :param resolution: side of a voxel, m.
    :raises ValueError: on another suffix, or if a leaf lies outside of the tree.
    :raises FsmiExplorerError: when the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(f'path must end with {" or ".join(SUFFIXES)}, got {str(path)!r}')
    data, nodes = encode_tree(leaves, path.suffix == '.bt')
    header = (f'{_FIRST_LINE[path.suffix]}\nid {WRITTEN_TREE}\nsize {nodes}\n'
              f'res {float(resolution)!r}\ndata\n')
    try:
        with write_atomically(path, 'wb') as file:
            file.write(header.encode() + data)
    except OSError as error:
        raise FsmiExplorerError(f'{path}: cannot be written: {error.strerror}') from None


def encode_tree(leaves: Leaves, binary: bool) -> tuple[bytes, int]:
    """
    Write a tree without header, of maximum likelihood if binary.

    :return: the bytes, and the number of nodes.
    :raises ValueError: if a leaf lies outside of the tree.
    """
    return encode_likely(leaves) if binary else encode_full(leaves)


def _read_header(content: bytes) -> tuple[str, _Header, int]:
    """Return the suffix that suits the file, what its header says, and where the tree begins."""
    text, found, _ = content[:_LONGEST_HEADER].partition(b'\ndata\n')
    lines = text.decode('ascii', 'replace').splitlines()
    suffix = next((each for each in SUFFIXES if lines[:1] == [_FIRST_LINE[each]]), None)
    if suffix is None:
        raise ValueError('not a file of OctoMap: its first line is neither of '
                         + ', '.join(map(repr, _FIRST_LINE.values())))
    if not found:
        raise ValueError("the header has no line 'data'")
    words = dict(line.split(maxsplit=1) for line in lines if ' ' in line and line[0] != '#')
    return suffix, _Header(
        words.get('id', ''), _number(words, 'size', int), _number(words, 'res', float),
    ), len(text) + len(found)


def _number(words: dict[str, str], name: str, kind: type) -> float:
    """Return a number of the header, which cannot be less than 0, nor 0 if it has places."""
    try:
        value = kind(words[name])
    except (KeyError, ValueError):
        value = -1
    if not 0 <= value < np.inf or (kind is float and value == 0):
        raise ValueError(f'{name} in the header must be a number above 0, got {words.get(name)!r}')
    return value
