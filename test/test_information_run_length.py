"""Run-length encoded beams against the same beams cell by cell."""

import math

from fsmi_explorer.information import beam_mutual_information, BeamModel, rle_mutual_information
from fsmi_explorer.information.beam_model import FSMI_FAMILY
import numpy as np
import pytest

WIDTH = 0.1
OCCUPANCIES = [0.0, 1e-9, 1e-6, 0.01, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9, 1.0]
SHARES = [0.1, 0.15, 0.1, 0.2, 0.1, 0.2, 0.05, 0.05, 0.03, 0.02]


def random_runs(seed, count):
    """Draw runs of all lengths around and far beyond the width of the noise, with a model each."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        runs = rng.integers(1, 12)
        lengths = rng.integers(1, rng.choice([3, 20, 200, 2000]), runs)
        model = BeamModel(sigma=WIDTH * rng.choice([0.05, 0.5, 1, 4]),
                          count_no_hit=bool(rng.integers(2)), delta_occ=rng.choice([1.5, 7 / 3]))
        yield rng.choice(OCCUPANCIES, runs, p=SHARES), lengths, model


@pytest.mark.parametrize('method', FSMI_FAMILY)
def test_random_runs_equal_the_dense_beam(method):
    for occupancy, lengths, model in random_runs(21, 1000):
        dense = beam_mutual_information(np.repeat(occupancy, lengths), WIDTH, model, method)
        found = rle_mutual_information(occupancy, lengths, WIDTH, model, method)
        assert found == pytest.approx(dense, rel=1e-11, abs=1e-25)


@pytest.mark.parametrize('method', FSMI_FAMILY)
@pytest.mark.parametrize('occupancy', [1e-9, 1e-6, 1e-3, 0.5])
def test_runs_of_a_million_cells_keep_their_digits(method, occupancy):
    runs, lengths = [occupancy, 0.3, occupancy], [10**6, 2, 10**6]
    model = BeamModel(sigma=WIDTH)
    dense = beam_mutual_information(np.repeat(runs, lengths), WIDTH, model, method)
    found = rle_mutual_information(runs, lengths, WIDTH, model, method)
    assert found == pytest.approx(dense, rel=1e-9)


def test_a_million_cells_known_in_closed_form():
    # A free run hardly dims the beam: with no hit counted, cells add up one by one.
    model, cells, o = BeamModel(), 10**6, 1e-9
    found = rle_mutual_information([o], [cells], WIDTH, model, 'noise_free')
    d = 2 / 3
    passing = o * (d * math.log(d) - d + 1) / math.log(2)
    d = 1.5
    hit = o * (d * math.log(d) - d + 1) / math.log(2)
    expected = cells * passing * (1 - cells * o / 2) + cells * o * hit
    assert found == pytest.approx(expected, rel=1e-6)


def test_one_run_may_be_split():
    model = BeamModel(sigma=WIDTH)
    for method in FSMI_FAMILY:
        whole = rle_mutual_information([0.02, 0.5], [300, 9], WIDTH, model, method)
        split = rle_mutual_information(
            [0.02] * 4 + [0.5] * 2, [1, 250, 20, 29, 4, 5], WIDTH, model, method)
        assert split == pytest.approx(whole, rel=1e-13)


@pytest.mark.parametrize(('occupancy', 'lengths', 'width', 'method', 'named'), [
    ([], [], 0.1, 'fsmi', 'occupancy'), ([0.5], [0], 0.1, 'fsmi', 'lengths.*0'),
    ([0.5], [-3], 0.1, 'fsmi', 'lengths.*-3'), ([0.5], [1.5], 0.1, 'fsmi', 'lengths.*1.5'),
    ([0.5], [math.inf], 0.1, 'fsmi', 'lengths'), ([0.5], [1, 2], 0.1, 'fsmi', 'lengths'),
    ([2.0], [1], 0.1, 'fsmi', 'occupancy.*2.0'), ([math.nan], [1], 0.1, 'fsmi', 'occupancy'),
    ([0.5], [1], 0.0, 'fsmi', 'width'), ([0.5], [1], [0.1], 'fsmi', 'width'),
    ([0.5], [1], 0.1, 'csqmi', 'method.*csqmi'), ([0.5], [1], 0.1, 'numerical', 'method')])
def test_bad_input_is_named(occupancy, lengths, width, method, named):
    with pytest.raises(ValueError, match=named):
        rle_mutual_information(occupancy, lengths, width, BeamModel(), method)
