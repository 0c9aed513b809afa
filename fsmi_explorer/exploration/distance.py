"""Exact Euclidean distance of every cell to the nearest marked cell, in time linear in cells."""

from fsmi_explorer.jit import kernel
import numpy as np


def distance_transform(marked: np.ndarray) -> np.ndarray:
    """
    Return the distance of every cell centre to the nearest marked cell centre.

    The separable lower envelope of parabolas: Felzenszwalb and Huttenlocher, Distance Transforms
    of Sampled Functions, Theory of Computing 8 (2012); borders found with whole numbers as by
    Meijster, Roerdink and Hesselink (2000), so that the squares are exact.

    :param marked: (H, W) bool.
    :returns: (H, W) float32 in cells; 0 on marked cells, inf everywhere when none is marked.
    :raises ValueError: when `marked` has not two dimensions.
    """
    marked = np.ascontiguousarray(marked, np.bool_)
    if marked.ndim != 2:
        raise ValueError(f'marked must have the shape (H, W), got {marked.shape}')
    distance = np.empty(marked.shape, np.float32)
    if marked.size:
        _distance_kernel(marked, _column_distances(marked), distance)
    return distance


@kernel
def _column_distances(marked):
    """Distance within each column; (H + W), more than any true distance, where it has no mark."""
    height, width = marked.shape
    far = height + width
    columns = np.empty((height, width), np.int32)
    nearest = np.full(width, far, np.int32)
    for row in range(height):
        for col in range(width):
            nearest[col] = 0 if marked[row, col] else min(nearest[col] + 1, far)
            columns[row, col] = nearest[col]
    for row in range(height - 2, -1, -1):
        for col in range(width):
            columns[row, col] = min(columns[row, col], columns[row + 1, col] + 1)
    return columns


@kernel
def _distance_kernel(marked, columns, distance):
    """Lower envelope, row by row, of the parabolas that stand on the column distances."""
    height, width = marked.shape
    far = height + width
    apex = np.empty(width, np.int64)
    begin = np.empty(width, np.int64)
    for row in range(height):
        last = -1
        for col in range(width):
            below = np.int64(columns[row, col])
            if below >= far:
                continue
            start = 0
            while last >= 0:
                old = apex[last]
                at_old = np.int64(columns[row, old])
                start = 1 + (col * col - old * old + below * below - at_old * at_old) // (
                    2 * (col - old))
                if start > begin[last]:
                    break
                last -= 1
            if last < 0:
                start = 0
            if start < width:
                last += 1
                apex[last], begin[last] = col, start
        for col in range(width - 1, -1, -1):
            if last < 0:
                distance[row, col] = np.inf
                continue
            while begin[last] > col:
                last -= 1
            across, along = col - apex[last], np.int64(columns[row, apex[last]])
            distance[row, col] = np.sqrt(np.float32(across * across + along * along))
