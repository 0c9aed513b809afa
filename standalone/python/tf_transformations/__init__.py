"""
Quaternions and matrices with the interface of tf_transformations, for machines without ROS 2.

A quaternion is (x, y, z, w), a transform a 4 x 4 matrix that multiplies columns. Euler angles are
radians; of the 24 conventions, 'sxyz' (roll, pitch, yaw about the fixed axes) is the default.
"""

from functools import reduce
from math import acos, pi, sin
from typing import Sequence

import numpy as np
from numpy.typing import ArrayLike
from transforms3d import affines, axangles, euler, quaternions

_TINY = 4.0 * np.finfo(float).eps

Numbers = Sequence[float]


def _from_w_first(quaternion: Numbers) -> tuple:
    w, x, y, z = quaternion
    return x, y, z, w


def _w_first(quaternion: Numbers) -> tuple:
    x, y, z, w = quaternion
    return w, x, y, z


def _homogeneous(rotation: np.ndarray, translation: Numbers = (0.0, 0.0, 0.0)) -> np.ndarray:
    return affines.compose(translation, rotation, np.ones(3))


def quaternion_from_euler(ai: float, aj: float, ak: float, axes: str = 'sxyz') -> tuple:
    """Return the quaternion of three Euler angles."""
    return _from_w_first(euler.euler2quat(ai, aj, ak, axes))


def euler_from_quaternion(quaternion: Numbers, axes: str = 'sxyz') -> tuple:
    """Return the three Euler angles of a quaternion."""
    return euler.quat2euler(_w_first(quaternion), axes)


def quaternion_about_axis(angle: float, axis: Numbers) -> tuple:
    """Return the quaternion of a turn by an angle about an axis of any length."""
    return _from_w_first(quaternions.axangle2quat(axis, angle))


def quaternion_multiply(quaternion1: Numbers, quaternion0: Numbers) -> tuple:
    """Return the product: the turn by quaternion0 first, then by quaternion1."""
    return _from_w_first(quaternions.qmult(_w_first(quaternion1), _w_first(quaternion0)))


def quaternion_conjugate(quaternion: Numbers) -> np.ndarray:
    """Return the quaternion with its vector part turned about."""
    x, y, z, w = quaternion
    return np.array((-x, -y, -z, w), dtype=float)


def quaternion_inverse(quaternion: Numbers) -> np.ndarray:
    """Return the quaternion whose product with this one is the identity."""
    return quaternion_conjugate(quaternion) / np.dot(quaternion, quaternion)


def quaternion_slerp(
        quat0: Numbers, quat1: Numbers, fraction: float, spin: int = 0,
        shortestpath: bool = True) -> np.ndarray:
    """
    Turn from one quaternion to another at constant rate.

    :param fraction: 0 is quat0, 1 is quat1.
    :param spin: half turns to add on the way.
    :param shortestpath: take the shorter of the two arcs.
    """
    start, end = unit_vector(quat0), unit_vector(quat1)
    if fraction in (0.0, 1.0):
        return end if fraction else start
    cosine = float(np.dot(start, end))
    if abs(abs(cosine) - 1.0) < _TINY:
        return start
    if shortestpath and cosine < 0.0:
        cosine, end = -cosine, -end
    angle = acos(cosine) + spin * pi
    return (sin((1.0 - fraction) * angle) * start + sin(fraction * angle) * end) / sin(angle)


def random_quaternion(rand: Numbers | None = None) -> np.ndarray:
    """
    Return a random rotation, every one as likely as any other (Shoemake 1992).

    :param rand: three numbers that are uniform between 0 and 1, drawn anew by default.
    """
    share, first, second = np.random.random(3) if rand is None else rand
    inner, outer = np.sqrt(1.0 - share), np.sqrt(share)
    first, second = 2.0 * pi * first, 2.0 * pi * second
    return np.array((
        inner * np.sin(first), inner * np.cos(first), outer * np.sin(second),
        outer * np.cos(second)))


def quaternion_matrix(quaternion: Numbers) -> np.ndarray:
    """Return the transform that turns by a quaternion."""
    return _homogeneous(quaternions.quat2mat(_w_first(quaternion)))


def quaternion_from_matrix(matrix: np.ndarray) -> tuple:
    """Return the quaternion of the turn in a transform."""
    return _from_w_first(quaternions.mat2quat(affines.decompose(matrix)[1]))


def euler_matrix(ai: float, aj: float, ak: float, axes: str = 'sxyz') -> np.ndarray:
    """Return the transform that turns by three Euler angles."""
    return _homogeneous(euler.euler2mat(ai, aj, ak, axes))


def euler_from_matrix(matrix: np.ndarray, axes: str = 'sxyz') -> tuple:
    """Return the three Euler angles of the turn in a transform."""
    return euler.mat2euler(matrix, axes)


def rotation_matrix(angle: float, direction: Numbers, point: Numbers | None = None) -> np.ndarray:
    """
    Return the transform that turns by an angle about an axis.

    :param direction: direction of the axis, of any length.
    :param point: a point on the axis, the origin by default.
    """
    return axangles.axangle2aff(direction, angle, point)


def identity_matrix() -> np.ndarray:
    """Return the transform that leaves everything where it is."""
    return np.identity(4)


def translation_matrix(direction: Numbers) -> np.ndarray:
    """Return the transform that moves by a vector."""
    return _homogeneous(np.identity(3), direction)


def translation_from_matrix(matrix: ArrayLike) -> np.ndarray:
    """Return the vector by which a transform moves."""
    return np.array(matrix)[:3, 3]


def inverse_matrix(matrix: ArrayLike) -> np.ndarray:
    """Return the inverse of a transform."""
    return np.linalg.inv(matrix)


def concatenate_matrices(*matrices: np.ndarray) -> np.ndarray:
    """Return the product of transforms: the last is applied first."""
    return reduce(np.dot, matrices, np.identity(4))


def is_same_transform(matrix0: np.ndarray, matrix1: np.ndarray) -> bool:
    """Tell whether two transforms do the same, whatever their scale."""
    return np.allclose(matrix0 / matrix0[3, 3], matrix1 / matrix1[3, 3])


def vector_norm(data: ArrayLike, axis: int | None = None) -> np.ndarray | float:
    """Return the Euclidean length of a vector, or of those along an axis."""
    return np.linalg.norm(np.asarray(data, dtype=float), axis=axis)


def unit_vector(data: ArrayLike, axis: int | None = None) -> np.ndarray:
    """Return a vector, or those along an axis, scaled to unit length."""
    data = np.asarray(data, dtype=float)
    return data / np.linalg.norm(data, axis=axis, keepdims=True)
