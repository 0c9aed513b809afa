"""Quaternions are x, y, z, w and turn as they should, whichever tf_transformations there is."""

from math import pi, sqrt

import numpy as np
import pytest
import tf_transformations as tft

HALF = sqrt(0.5)


@pytest.mark.parametrize('angles, quaternion', [
    ((0, 0, 0), (0, 0, 0, 1)),
    ((pi / 2, 0, 0), (HALF, 0, 0, HALF)),
    ((0, pi / 2, 0), (0, HALF, 0, HALF)),
    ((0, 0, pi / 2), (0, 0, HALF, HALF)),
    ((0, 0, pi), (0, 0, 1, 0)),
    ((pi / 2, 0, pi / 2), (0.5, 0.5, 0.5, 0.5)),
])
def test_euler_angles_of_known_turns(angles, quaternion):
    assert tft.quaternion_from_euler(*angles) == pytest.approx(quaternion, abs=1e-15)
    turned_back = tft.quaternion_from_euler(*tft.euler_from_quaternion(quaternion))
    assert abs(np.dot(turned_back, quaternion)) == pytest.approx(1.0)


@pytest.mark.parametrize('axes', ['sxyz', 'szyx', 'rxyz', 'rzyx', 'sxyx'])
def test_euler_angles_there_and_back(axes):
    for angles in np.random.default_rng(2).uniform(0.1, 1.4, size=(20, 3)):
        quaternion = tft.quaternion_from_euler(*angles, axes)
        assert tft.euler_from_quaternion(quaternion, axes) == pytest.approx(angles)
        matrix = tft.euler_matrix(*angles, axes)
        np.testing.assert_allclose(matrix, tft.quaternion_matrix(quaternion), atol=1e-12)
        assert tft.euler_from_matrix(matrix, axes) == pytest.approx(angles)


def test_roll_pitch_yaw_are_about_fixed_axes_in_this_order():
    roll, pitch, yaw = 0.3, -0.4, 1.1
    about_x = tft.quaternion_about_axis(roll, (1, 0, 0))
    about_y = tft.quaternion_about_axis(pitch, (0, 2, 0))
    about_z = tft.quaternion_about_axis(yaw, (0, 0, 0.5))
    product = tft.quaternion_multiply(about_z, tft.quaternion_multiply(about_y, about_x))
    assert product == pytest.approx(tft.quaternion_from_euler(roll, pitch, yaw))


def test_products_and_inverses():
    assert tft.quaternion_multiply((1, 0, 0, 0), (0, 1, 0, 0)) == pytest.approx((0, 0, 1, 0))
    quaternion = np.array(tft.quaternion_from_euler(0.3, 0.2, 0.1))
    np.testing.assert_allclose(
        tft.quaternion_multiply(2 * quaternion, tft.quaternion_inverse(2 * quaternion)),
        (0, 0, 0, 1), atol=1e-15)
    np.testing.assert_allclose(tft.quaternion_conjugate((1, 2, 3, 4)), (-1, -2, -3, 4))


def test_a_quaternion_turns_vectors_as_its_matrix_does():
    for number in range(20):
        quaternion = tft.random_quaternion(np.random.default_rng(number).random(3))
        assert np.linalg.norm(quaternion) == pytest.approx(1.0)
        vector = np.array((1.0, -2.0, 0.5, 0.0))
        turned = tft.quaternion_multiply(
            tft.quaternion_multiply(quaternion, vector), tft.quaternion_conjugate(quaternion))
        np.testing.assert_allclose(tft.quaternion_matrix(quaternion) @ vector, turned, atol=1e-12)
        back = tft.quaternion_from_matrix(tft.quaternion_matrix(quaternion))
        assert abs(np.dot(back, quaternion)) == pytest.approx(1.0)


def test_slerp_turns_evenly_the_short_way():
    start, end = tft.quaternion_from_euler(0, 0, 0.2), tft.quaternion_from_euler(0, 0, 1.0)
    for share in (0.0, 0.25, 0.5, 1.0):
        expected = tft.quaternion_from_euler(0, 0, 0.2 + 0.8 * share)
        for sign in (1, -1):
            found = tft.quaternion_slerp(start, sign * np.array(end), share)
            assert abs(np.dot(found, expected)) == pytest.approx(1.0)
    np.testing.assert_allclose(tft.quaternion_slerp(start, start, 0.3), start)


def test_matrices():
    move, turn = tft.translation_matrix((1, 2, 3)), tft.rotation_matrix(pi / 2, (0, 0, 1))
    both = tft.concatenate_matrices(move, turn)
    np.testing.assert_allclose(both @ (1, 0, 0, 1), (1, 3, 3, 1), atol=1e-15)
    np.testing.assert_allclose(tft.translation_from_matrix(both), (1, 2, 3))
    np.testing.assert_allclose(tft.inverse_matrix(both) @ both, tft.identity_matrix(), atol=1e-15)
    about_a_point = tft.rotation_matrix(pi, (0, 0, 1), (1, 0, 0))
    np.testing.assert_allclose(about_a_point @ (0, 0, 0, 1), (2, 0, 0, 1), atol=1e-15)
    assert tft.is_same_transform(both, 2 * both)
    assert not tft.is_same_transform(both, move)


def test_vectors():
    assert tft.vector_norm((3, 4)) == pytest.approx(5.0)
    np.testing.assert_allclose(tft.vector_norm([[3, 4], [0, 2]], axis=1), (5, 2))
    np.testing.assert_allclose(tft.unit_vector((0, 0, 2)), (0, 0, 1))
