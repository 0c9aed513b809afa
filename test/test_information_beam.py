"""Single beams: known answers, slow oracles, properties, bad input."""

from dataclasses import replace
import math

from fsmi_explorer.information import beam_mutual_information, BeamModel, METHODS
from fsmi_explorer.information.beam_model import FSMI_FAMILY
from fsmi_explorer.information.noise import half_width
import information_oracles as oracle
import numpy as np
import pytest

LN2 = math.log(2)
WIDTH = 0.1
SIGMAS = np.array([0.05, 0.3, 0.5, 1.0, 2.0, 4.0]) * WIDTH

BEAMS = {
    'unknown': [(0.5, 10)],
    'free, then unknown': [(0.02, 20), (0.5, 10)],
    'wall': [(0.02, 15), (0.97, 1), (0.5, 14)],
    'certain': [(0.0, 5), (1.0, 1), (0.5, 5)],
}
# Nats, delta 1.5 and 2/3, sigma = 1 cell, D = 3, H = 2, no hit left out; midpoints 40 to the cell.
KNOWN = {
    'unknown': {
        'fsmi': 0.04070246464412633, 'approx_fsmi': 0.0406746377546656,
        'uniform_fsmi': 0.041871643119957905, 'noise_free': 0.040035064051955616,
        'numerical': 0.04070239952861872, 'csqmi': 0.4097189945384212},
    'free, then unknown': {
        'fsmi': 0.04832289417519199, 'approx_fsmi': 0.04829427936408536,
        'uniform_fsmi': 0.04917536447551323, 'noise_free': 0.04770929636940969,
        'numerical': 0.04832284713373102, 'csqmi': 0.4814456193930141},
    'wall': {
        'fsmi': 0.02432668568959734, 'approx_fsmi': 0.024304415697901417,
        'uniform_fsmi': 0.027434350417578794, 'noise_free': 0.018807209212063546,
        'numerical': 0.02432653023503587, 'csqmi': 0.037419787536858706},
    'certain': {
        'fsmi': 0.007687544506701889, 'approx_fsmi': 0.007668741580738791,
        'uniform_fsmi': 0.012081308130413327, 'noise_free': 0.0,
        'numerical': 0.007687325710482644, 'csqmi': 0.0},
}
KNOWN_NO_HIT = {  # the same with no hit counted
    'fsmi': 0.040899100518644774, 'approx_fsmi': 0.040871273629184045,
    'uniform_fsmi': 0.04206827899447635, 'noise_free': 0.04023169992647406}


def nats(occupancy, model, method, widths=WIDTH):
    return beam_mutual_information(occupancy, widths, model, method) * LN2


def written_out(runs):
    return np.repeat(*zip(*runs))


@pytest.mark.parametrize('name', BEAMS)
@pytest.mark.parametrize('method', METHODS)
def test_known_answers(name, method):
    model = BeamModel(sigma=WIDTH, truncation=3, count_no_hit=False, numerical_steps=40)
    found = nats(written_out(BEAMS[name]), model, method)
    assert found == pytest.approx(KNOWN[name][method], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize('method', FSMI_FAMILY)
def test_known_answers_with_no_hit_counted(method):
    model = BeamModel(sigma=WIDTH, truncation=3)
    found = nats(written_out(BEAMS['unknown']), model, method)
    assert found == pytest.approx(KNOWN_NO_HIT[method], rel=1e-12)


def random_beams(seed, count, longest=500):
    """Draw beams, most of them short, with a model each."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = int(np.exp(rng.uniform(0, math.log(longest + 1))))
        model = BeamModel(
            sigma=float(rng.choice(SIGMAS)), delta_occ=float(rng.choice([1.5, 7 / 3, 9.0])),
            delta_emp=float(rng.choice([2 / 3, 0.25])), count_no_hit=bool(rng.integers(2)))
        yield oracle.random_occupancy(rng, n), model


@pytest.mark.parametrize('method', FSMI_FAMILY)
def test_a_thousand_random_beams_agree_with_the_full_sum(method):
    for occupancy, model in random_beams(11, 1000):
        n, reach = len(occupancy), half_width(method, model, WIDTH)
        if method == 'uniform_fsmi':
            noise = oracle.uniform_noise(n, reach)
        elif method == 'noise_free':
            noise = np.eye(n)
        else:
            noise = oracle.normal_noise_equal(
                n, WIDTH, model.sigma, None if method == 'fsmi' else reach)
        expected = oracle.fsmi(occupancy, noise, model)
        assert nats(occupancy, model, method) == pytest.approx(expected, rel=1e-9, abs=1e-17)


def test_random_beams_of_unequal_cells_agree_with_the_full_sum():
    rng = np.random.default_rng(5)
    for occupancy, model in random_beams(12, 100, longest=60):
        widths = WIDTH * rng.uniform(0.02, 2, len(occupancy))
        edges = np.append(0, np.cumsum(widths))
        noise = oracle.normal_noise(edges, model.sigma)
        expected = oracle.fsmi(occupancy, noise, model)
        found = nats(occupancy, model, 'fsmi', widths)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-17)
        expected = oracle.fsmi(occupancy, np.eye(len(occupancy)), model)
        assert nats(occupancy, model, 'noise_free', widths) == pytest.approx(expected, rel=1e-9)


def test_equal_widths_one_by_one_are_one_width():
    occupancy, model = written_out(BEAMS['wall']), BeamModel(sigma=WIDTH)
    for method in METHODS:
        listed = nats(occupancy, model, method, np.full(30, WIDTH))
        assert listed == nats(occupancy, model, method)


def test_random_beams_agree_with_midpoints():
    for occupancy, model in random_beams(13, 200, longest=150):
        steps = math.ceil(10 * max(1, WIDTH / model.sigma) - 1e-9)
        expected = oracle.midpoints(occupancy, WIDTH, model, steps)
        assert nats(occupancy, model, 'numerical') == pytest.approx(expected, rel=1e-9, abs=1e-17)


def test_fsmi_is_the_integral_of_its_definition():
    rng = np.random.default_rng(4)
    for occupancy, model in random_beams(14, 100, longest=60):
        model = replace(model, sigma=max(model.sigma, 0.3 * WIDTH))
        edges = np.append(0, np.cumsum(WIDTH * rng.uniform(0.1, 1.5, len(occupancy))))
        expected = oracle.integrated(occupancy, edges, model)
        found = nats(occupancy, model, 'fsmi', np.diff(edges))
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-16)


def test_numerical_tends_to_fsmi_as_the_step_shrinks():
    occupancy, model = written_out(BEAMS['wall']), BeamModel(sigma=WIDTH)
    widths = np.linspace(0.5, 1.5, len(occupancy)) * WIDTH
    for cells in (WIDTH, widths):
        exact = nats(occupancy, model, 'fsmi', cells)
        errors = [abs(nats(occupancy, replace(model, numerical_steps=steps), 'numerical', cells)
                      / exact - 1) for steps in (2, 10, 40, 200)]
        assert errors[0] < 0.05 and errors[1] < 2e-3
        assert all(after < before / 10 for before, after in zip(errors, errors[1:]))


def test_approx_fsmi_tends_to_fsmi_as_its_kernel_grows():
    rng = np.random.default_rng(8)
    for sigma in SIGMAS[2:]:
        occupancy = rng.choice([0.02, 0.5, 0.9], 60, p=[0.8, 0.15, 0.05])
        exact = nats(occupancy, BeamModel(sigma=sigma), 'fsmi')
        errors = [1 - nats(occupancy, BeamModel(sigma=sigma, truncation=t), 'approx_fsmi') / exact
                  for t in (1, 2, 3, 4, 6, 9)]
        assert all(after <= before + 1e-14 for before, after in zip(errors, errors[1:]))
        assert errors[0] > 1e-5 and errors[3] < 3e-4 and errors[-1] < 1e-12


def test_half_widths_are_as_documented():
    model = BeamModel(sigma=0.1)
    assert [half_width(method, model, 0.1) for method in FSMI_FAMILY] == [10, 4, 2, 0]
    assert half_width('approx_fsmi', BeamModel(sigma=0.001), 0.1) == 1
    # A product that exceeds a whole number by rounding alone takes no cell more.
    assert half_width('approx_fsmi', BeamModel(sigma=0.1, truncation=3), 0.1) == 3


def test_csqmi_is_the_divergence_over_all_maps():
    rng = np.random.default_rng(6)
    for _ in range(60):
        n = rng.integers(1, 10)
        occupancy = rng.choice([0.0, 0.02, 0.3, 0.5, 0.9, 1.0, rng.random()], n)
        sigma, widths = rng.choice(SIGMAS), WIDTH * rng.uniform(0.3, 2, n)
        for cells in (np.full(n, WIDTH), widths):
            expected = oracle.csqmi_of_all_maps(occupancy, np.append(0, np.cumsum(cells)), sigma)
            found = nats(occupancy, BeamModel(sigma=sigma), 'csqmi', cells)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_random_beams_agree_with_the_double_sum_of_csqmi():
    for occupancy, model in random_beams(15, 500):
        expected = oracle.csqmi(occupancy, WIDTH, model.sigma)
        assert nats(occupancy, model, 'csqmi') == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_csqmi_of_a_beam_too_long_for_products_of_probabilities():
    model = BeamModel(sigma=WIDTH)
    long, longer = (nats(np.full(n, 0.5), model, 'csqmi') for n in (200, 5000))
    assert longer == pytest.approx(long, rel=1e-12)


@pytest.mark.parametrize('method', METHODS)
def test_information_is_positive_and_none_where_all_is_known(method):
    for occupancy, model in random_beams(16, 300, longest=100):
        assert nats(occupancy, model, method) >= 0
        assert nats(np.round(occupancy), model, method) == 0


def test_perfect_sensor_learns_the_entropy_of_the_measurement():
    rng = np.random.default_rng(7)
    model = BeamModel(sigma=1e-4 * WIDTH, delta_occ=1e15, delta_emp=1e-15)
    for _ in range(20):
        occupancy = rng.uniform(0.01, 0.9, rng.integers(1, 40))
        events = oracle.event_probabilities(occupancy)
        entropy = -float(np.sum(events * np.log(events)))
        for method in ('fsmi', 'approx_fsmi', 'uniform_fsmi', 'noise_free'):
            assert nats(occupancy, model, method) == pytest.approx(entropy, rel=1e-10)


def test_no_hit_adds_what_clearing_all_cells_brings():
    occupancy = np.array([0.1, 0.4, 0.2])
    added = 0.9 * 0.6 * 0.8 * sum(oracle.kl_of_update(2 / 3, o) for o in occupancy)
    for method in set(METHODS) - {'csqmi'}:
        with_it = nats(occupancy, BeamModel(), method)
        without = nats(occupancy, BeamModel(count_no_hit=False), method)
        assert with_it - without == pytest.approx(added, rel=1e-12)
    assert (nats(occupancy, BeamModel(), 'csqmi')
            == nats(occupancy, BeamModel(count_no_hit=False), 'csqmi'))


def test_noise_leaves_credit_to_cells_behind_a_certain_wall_but_only_there():
    behind = np.array([0.0, 0.0, 1.0, 0.5, 0.5])
    assert nats(behind, BeamModel(sigma=WIDTH), 'fsmi') > 1e-3
    assert nats(behind, BeamModel(sigma=WIDTH), 'noise_free') == 0
    far = np.array([0.0, 0.0, 1.0] + 30 * [0.0] + [0.5, 0.5])
    assert nats(far, BeamModel(sigma=WIDTH), 'fsmi') < 1e-16


@pytest.mark.parametrize('method', METHODS)
def test_a_batch_is_its_beams(method):
    rng = np.random.default_rng(9)
    beams, model = rng.random((7, 30)), BeamModel(sigma=WIDTH)
    together = beam_mutual_information(beams, WIDTH, model, method)
    assert together.shape == (7,)
    singles = [beam_mutual_information(beam, WIDTH, model, method) for beam in beams]
    assert together.tolist() == singles
    assert isinstance(singles[0], float)


@pytest.mark.parametrize(('occupancy', 'widths', 'method', 'named'), [
    ([], 0.1, 'fsmi', 'occupancy'), ([0.5, math.nan], 0.1, 'fsmi', 'occupancy.*nan'),
    ([0.5, 1.5], 0.1, 'noise_free', 'occupancy.*1.5'), ([[[0.5]]], 0.1, 'fsmi', 'occupancy'),
    (0.5, 0.1, 'fsmi', 'occupancy'), ([0.5], 0.0, 'fsmi', 'widths'),
    ([0.5], -0.1, 'noise_free', 'widths.*-0.1'), ([0.5], math.nan, 'fsmi', 'widths'),
    ([0.5, 0.5], [0.1, -0.2], 'fsmi', 'widths.*-0.2'), ([0.5, 0.5], [0.1], 'fsmi', 'widths'),
    ([0.5, 0.5], [0.1, 0.2], 'approx_fsmi', 'widths.*approx_fsmi.*fsmi, noise_free'),
    ([0.5, 0.5], [0.1, 0.2], 'uniform_fsmi', 'widths'), ([0.5], 0.1, 'magic', 'method.*magic')])
def test_bad_input_is_named(occupancy, widths, method, named):
    with pytest.raises(ValueError, match=named):
        beam_mutual_information(occupancy, widths, BeamModel(), method)


@pytest.mark.parametrize('method', METHODS)
def test_noise_is_needed_by_all_methods_but_one(method):
    model = BeamModel(sigma=0.0)
    if method == 'noise_free':
        assert beam_mutual_information([0.5], 0.1, model, method) > 0
    else:
        with pytest.raises(ValueError, match='sigma must be greater than 0.*got 0.0'):
            beam_mutual_information([0.5], 0.1, model, method)
