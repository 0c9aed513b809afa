"""Log-odds, probabilities and percent."""

from fsmi_explorer.mapping.log_odds import log_odds, percent, probability
import numpy as np


def test_known_values():
    """Even odds are zero, certainty is infinite, never observed stays so."""
    odds = log_odds(np.array([0.5, 0.7, 0.3, 0.0, 1.0, np.nan]))
    assert odds.dtype == np.float32
    np.testing.assert_allclose(
        odds, [0.0, np.log(7 / 3), -np.log(7 / 3), -np.inf, np.inf, np.nan], rtol=1e-6)


def test_probability_is_the_inverse():
    """There and back again."""
    p = np.linspace(0.001, 0.999, 999).astype(np.float32)
    np.testing.assert_allclose(probability(log_odds(p)), p, atol=1e-6)
    assert np.isnan(probability(np.array([np.nan], np.float32)))[0]


def test_percent_is_the_nearest():
    """Whole percents, rounded, -1 where never observed."""
    p = np.array([[0.0, 0.004, 0.006, 0.354, 0.356, 1.0, np.nan]], np.float32)
    result = percent(p)
    assert result.dtype == np.int8
    assert result.tolist() == [[0, 0, 1, 35, 36, 100, -1]]
    assert np.isnan(p[0, -1])
