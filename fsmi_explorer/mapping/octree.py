"""
Octrees as OctoMap (Hornung et al. 2013) writes them down: 16 levels below the root, depth first.

In a maximum-likelihood tree each inner node is two bytes, two bits a child: never observed, free,
occupied, or an inner node whose bytes follow. In a full tree each node is its log-odds, colour
where it has one, and a byte that tells which children follow. Child i lies on the upper side of
its parent in x if bit 0 of i is set, in y if bit 1, in z if bit 2.
"""

from typing import NamedTuple

from fsmi_explorer.jit import kernel
import numpy as np

DEPTH = 16
CENTRE = 1 << (DEPTH - 1)
"""Voxels from the corner of the root to the origin of the map."""

_FREE, _OCCUPIED, _INNER = 1, 2, 3
_SHORT, _TOO_DEEP = -1, -2


class Leaves(NamedTuple):
    """
    Cubes of known voxels that are all alike.

    :param cells: (n, 3) int32 first voxel x y z of each, a multiple of its side.
    :param levels: (n,) uint8, the side of each is 2 to the power of it.
    :param odds: (n,) float32 log-odds.
    """

    cells: np.ndarray
    levels: np.ndarray
    odds: np.ndarray

    @classmethod
    def room(cls, count: int) -> 'Leaves':
        """Return leaves to be written."""
        return cls(np.empty((count, 3), np.int32), np.empty(count, np.uint8),
                   np.empty(count, np.float32))


def decode_likely(data: np.ndarray, free: float, occupied: float) -> tuple[Leaves, int]:
    """
    Read a maximum-likelihood tree.

    :param data: (n,) uint8.
    :param free: log-odds of free leaves.
    :param occupied: log-odds of occupied leaves.
    :return: leaves in the order of the tree, and the number of nodes.
    :raises ValueError: with the reason, if the data are no such tree.
    """
    fields = data[:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3
    leaves = Leaves.room(np.count_nonzero((fields == _FREE) | (fields == _OCCUPIED)))
    used = _decode_likely(data, np.float32([0, free, occupied]), *leaves) if data.size else 0
    _check_used(used, data.size)
    return leaves, len(leaves.odds) + data.size // 2


def decode_full(data: np.ndarray, colour_bytes: int) -> tuple[Leaves, int]:
    """
    Read a full tree.

    :param data: (n,) uint8.
    :param colour_bytes: bytes of each node between log-odds and children, not looked at.
    :return: leaves in the order of the tree, and the number of nodes.
    :raises ValueError: with the reason, if the data are no such tree.
    """
    size = 5 + colour_bytes
    if data.size % size:
        raise ValueError(f'{data.size} bytes are no whole number of nodes of {size} bytes')
    nodes = data.reshape(-1, size)
    odds, children = np.ascontiguousarray(nodes[:, :4]).view('<f4')[:, 0], nodes[:, -1]
    leaf = children == 0
    if not np.isfinite(odds[leaf]).all():
        raise ValueError('log-odds of a leaf are not finite')
    leaves = Leaves.room(np.count_nonzero(leaf))
    used = _decode_full(children, leaves.cells, leaves.levels) if len(nodes) else 0
    _check_used(used, len(nodes))
    leaves.odds[:] = odds[leaf]
    return leaves, len(nodes)


def _check_used(used: int, size: int) -> None:
    if used == _SHORT:
        raise ValueError('it ends in the middle of the tree')
    if used == _TOO_DEEP:
        raise ValueError(f'the tree is deeper than {DEPTH} levels')
    if used != size:
        raise ValueError('more follows after the end of the tree')


@kernel
def _decode_likely(data, odds_of, cells, levels, odds):
    """Write the leaves of a maximum-likelihood tree; return the bytes used or what is wrong."""
    stack = np.empty((8 * DEPTH, 4), np.int64)
    stack[0], height = (-CENTRE, -CENTRE, -CENTRE, DEPTH), 1
    at, count = 0, 0
    while height:
        height -= 1
        x, y, z, level = stack[height]
        if at + 2 > data.size:
            return _SHORT
        if level == 0:
            return _TOO_DEEP
        children = np.int64(data[at]) | np.int64(data[at + 1]) << 8
        at += 2
        half, inner = 1 << (level - 1), 0
        for child in range(8):
            kind = children >> (2 * child) & 3
            if kind == _FREE or kind == _OCCUPIED:
                cells[count] = (x + half * (child & 1), y + half * (child >> 1 & 1),
                                z + half * (child >> 2))
                levels[count], odds[count] = level - 1, odds_of[kind]
                count += 1
            inner += kind == _INNER
        height = _push(stack, height, x, y, z, level - 1, _bits_of_inner(children))
    return at


@kernel
def _bits_of_inner(children):
    """Return a bit for each child that is an inner node."""
    bits = 0
    for child in range(8):
        bits |= (children >> (2 * child) & 3 == _INNER) << child
    return bits


@kernel
def _push(stack, height, x, y, z, level, children):
    """Put children on the stack so that the first comes off first; return its height."""
    half = 1 << level
    for child in range(7, -1, -1):
        if children >> child & 1:
            stack[height] = (x + half * (child & 1), y + half * (child >> 1 & 1),
                             z + half * (child >> 2), level)
            height += 1
    return height


@kernel
def _decode_full(children, cells, levels):
    """Write where the leaves of a full tree are; return the nodes used or what is wrong."""
    stack = np.empty((8 * DEPTH, 4), np.int64)
    stack[0], height = (-CENTRE, -CENTRE, -CENTRE, DEPTH), 1
    at, count = 0, 0
    while height:
        height -= 1
        x, y, z, level = stack[height]
        if at == children.size:
            return _SHORT
        if children[at] == 0:
            cells[count], levels[count] = (x, y, z), level
            count += 1
        elif level == 0:
            return _TOO_DEEP
        else:
            height = _push(stack, height, x, y, z, level - 1, np.int64(children[at]))
        at += 1
    return at


def encode_likely(leaves: Leaves) -> tuple[bytes, int]:
    """
    Write a maximum-likelihood tree: log-odds of at least 0 are occupied, others free.

    :return: the bytes, and the number of nodes.
    :raises ValueError: if a leaf lies outside of the tree.
    """
    nodes = _tree(leaves._replace(odds=(leaves.odds >= 0).astype(np.float32)))
    inner = nodes.children[nodes.children != 0]
    return inner.astype('<u2').tobytes(), len(nodes.odds)


def encode_full(leaves: Leaves) -> tuple[bytes, int]:
    """
    Write a full tree; an inner node takes the greatest log-odds of its children.

    :return: the bytes, and the number of nodes.
    :raises ValueError: if a leaf lies outside of the tree.
    """
    nodes = _tree(leaves)
    stream = np.empty(len(nodes.odds), np.dtype([('odds', '<f4'), ('children', 'u1')]))
    stream['odds'], stream['children'] = nodes.odds, 0
    for child in range(8):
        present = (nodes.children >> (2 * child) & 3) != 0
        stream['children'] |= present.astype(np.uint8) << child
    return stream.tobytes(), len(nodes.odds)


class _Nodes(NamedTuple):
    """
    Nodes of one level, or of all.

    :param codes: (n,) int64 Morton codes: the bits of z, y and x in turn.
    :param odds: (n,) float32.
    :param children: (n,) uint16 two bits a child, as in a maximum-likelihood tree; 0 for a leaf.
    """

    codes: np.ndarray
    odds: np.ndarray
    children: np.ndarray

    def sorted(self, keys: np.ndarray) -> '_Nodes':
        order = np.argsort(keys, kind='stable')
        return _Nodes(*(each[order] for each in self))

    @classmethod
    def joined(cls, parts: list['_Nodes']) -> '_Nodes':
        return cls(*map(np.concatenate, zip(*parts)))


def _tree(leaves: Leaves) -> _Nodes:
    """Return all nodes of the smallest tree with given leaves, depth first."""
    if len(leaves.odds) and (
            leaves.cells.min() < -CENTRE or (leaves.cells.max(axis=0) >= CENTRE).any()):
        raise ValueError(
            f'an octree holds voxels from {-CENTRE} to {CENTRE - 1} along each axis, got '
            f'{leaves.cells.min()} to {leaves.cells.max()}')
    codes = _morton_codes(leaves.cells)
    level_nodes = _Nodes(codes[:0], leaves.odds[:0], np.empty(0, np.uint16))
    finished, keys = [], []
    for level in range(DEPTH + 1):
        new = leaves.levels == level
        level_nodes = _Nodes.joined([level_nodes, _Nodes(
            codes[new] >> 3 * level, leaves.odds[new], np.zeros(new.sum(), np.uint16))])
        level_nodes = level_nodes.sorted(level_nodes.codes)
        parents, kept = _parents(level_nodes) if level < DEPTH else (None, level_nodes)
        finished.append(kept)
        keys.append((kept.codes << 3 * level) * (DEPTH + 1) + DEPTH - level)
        level_nodes = parents
    return _Nodes.joined(finished).sorted(np.concatenate(keys))


def _parents(nodes: _Nodes) -> tuple[_Nodes, _Nodes]:
    """
    Return the parents of nodes of one level, and those nodes that remain beside them.

    Eight equal leaves become one leaf in the place of their parent.
    """
    if not len(nodes.codes):
        return nodes, nodes
    codes = nodes.codes >> 3
    firsts = np.flatnonzero(np.diff(codes, prepend=-1))
    leaf = nodes.children == 0
    kinds = np.where(leaf, np.where(nodes.odds > 0.5, _OCCUPIED, _FREE), _INNER)
    fields = kinds << 2 * (nodes.codes & 7)
    greatest = np.maximum.reduceat(nodes.odds, firsts)
    counts = np.diff(np.append(firsts, len(codes)))
    alike = ((counts == 8) & (greatest == np.minimum.reduceat(nodes.odds, firsts))
             & np.logical_and.reduceat(leaf, firsts))
    children = np.where(alike, 0, np.bitwise_or.reduceat(fields, firsts)).astype(np.uint16)
    kept = np.repeat(~alike, counts)
    return (_Nodes(codes[firsts], greatest, children),
            _Nodes(*(each[kept] for each in nodes)))


def _morton_codes(cells: np.ndarray) -> np.ndarray:
    """Return the Morton codes (n,) int64 of voxels (n, 3), the bits of z, y and x in turn."""
    codes = np.zeros(len(cells), np.int64)
    shifted = cells.astype(np.int64) + CENTRE
    for bit in range(DEPTH):
        for axis in range(3):
            codes |= (shifted[:, axis] >> bit & 1) << (3 * bit + axis)
    return codes
