"""The information of one cell update, the planes of a map, the beam model."""

import math
from types import SimpleNamespace

from fsmi_explorer.information import BeamModel
from fsmi_explorer.information.cell_information import (
    _cell_information,
    cell_information,
    cell_planes,
    check_grid,
)
from information_oracles import kl_of_update
import numpy as np
import pytest

KNOWN = {  # occupancy: information of delta 1.5 and of delta 2/3, nats
    0.01: (0.0010641765204260668, 0.0006267600741556743),
    0.1: (0.009133422703162905, 0.005938440771670012),
    0.5: (0.020135513550688877, 0.020135513550688877),
    0.9: (0.005938440771670012, 0.009133422703162905),
    0.99: (0.0006267600741556743, 0.0010641765204260686),
}
OCCUPANCIES = [0.0, 1e-30, 1e-15, 1e-9, 1e-4, 0.02, 0.3, 0.5, 0.7, 0.98, 1 - 1e-9, 1 - 1e-15, 1.0]


@pytest.mark.parametrize('occupancy', KNOWN)
def test_known_values(occupancy):
    found = [cell_information(delta, occupancy) for delta in (1.5, 2 / 3)]
    assert found == pytest.approx(KNOWN[occupancy], rel=1e-14)


@pytest.mark.parametrize('delta', [1e-6, 0.1, 2 / 3, 0.98, 1.02, 1.5, 7 / 3, 1e6])
def test_all_digits_hold_from_zero_to_one(delta):
    expected = np.array([kl_of_update(delta, o) for o in OCCUPANCIES])
    # Near delta = 1 the two terms nearly cancel, whatever the occupancy.
    digits = 1e-13 if abs(math.log(delta)) > 0.1 else 1e-11
    np.testing.assert_allclose(cell_information(delta, OCCUPANCIES), expected, rtol=digits)
    compiled = [_cell_information(delta, o) for o in OCCUPANCIES]
    np.testing.assert_allclose(compiled, expected, rtol=digits)


def test_certain_cells_and_updates_that_change_nothing_bring_exactly_nothing():
    assert (cell_information(1.5, [0.0, 1.0]) == 0).all()
    assert (cell_information(1.0, OCCUPANCIES) == 0).all()


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_planes_fill_in_the_prior_and_tabulate(dtype):
    rng = np.random.default_rng(3)
    p = rng.choice([0.0, 0.02, 0.35, 0.5, 0.97, 1.0, np.nan], (37, 53)).astype(np.float32)
    p[5] = rng.random(53)
    model = BeamModel(unknown_occupancy=0.03, delta_occ=2.0, delta_emp=0.4)
    occupancy, f_occ, f_emp = cell_planes(p, model, dtype)
    expected = np.where(np.isnan(p), 0.03, p.astype(np.float64)).astype(dtype)
    assert {plane.dtype for plane in (occupancy, f_occ, f_emp)} == {np.dtype(dtype)}
    np.testing.assert_array_equal(occupancy, expected)
    digits = 1e-6 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(f_occ, cell_information(2.0, expected), rtol=digits)
    np.testing.assert_allclose(f_emp, cell_information(0.4, expected), rtol=digits)


@pytest.mark.parametrize('probabilities', [
    np.zeros(5), np.zeros((0, 4)), np.zeros((2, 2, 2)), [[0.5, 1.2]], [[-0.1]], [[np.inf]],
    [['free']]])
def test_planes_refuse_what_is_no_map(probabilities):
    with pytest.raises(ValueError, match='probabilities'):
        cell_planes(probabilities, BeamModel())


@pytest.mark.parametrize(('resolution', 'origin', 'named'), [
    (0.0, (0, 0, 0), 'resolution'), (math.nan, (0, 0, 0), 'resolution'),
    (-0.1, (0, 0, 0), 'resolution'), (0.1, (0, math.inf, 0), 'origin'), (0.1, (0, 0), 'origin')])
def test_grid_geometry_is_checked(resolution, origin, named):
    with pytest.raises(ValueError, match=named):
        check_grid(SimpleNamespace(resolution=resolution, origin=origin))


@pytest.mark.parametrize(('field', 'value'), [
    ('num_beams', 0), ('num_beams', 2.5), ('fov', 0.0), ('fov', 6.3), ('fov', -1.0),
    ('fov', math.nan), ('max_range', 0.0), ('max_range', -1.0), ('max_range', math.nan),
    ('sigma', -0.01), ('sigma', math.nan), ('sigma', math.inf), ('delta_occ', 0.9),
    ('delta_occ', math.inf), ('delta_emp', 1.1), ('delta_emp', 0.0), ('unknown_occupancy', 1.01),
    ('unknown_occupancy', -0.1), ('unknown_occupancy', math.nan), ('count_no_hit', 'yes'),
    ('numerical_steps', 0), ('truncation', -1.0)])
def test_model_names_what_is_wrong(field, value):
    with pytest.raises(ValueError, match=field) as refused:
        BeamModel(**{field: value})
    assert repr(value).strip("'") in str(refused.value)


def test_model_takes_numbers_of_any_kind():
    model = BeamModel(num_beams=np.int64(4), sigma=np.float32(0.5), max_range=7)
    assert (model.num_beams, model.sigma, model.max_range) == (4, 0.5, 7.0)
    assert type(model.max_range) is float


def test_beams_lie_in_the_middle_of_equal_sectors():
    model = BeamModel(num_beams=4, fov=math.pi)
    np.testing.assert_allclose(model.beam_angles, np.array([-3, -1, 1, 3]) * math.pi / 8)
