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
    """The table gives what the exponential gives, on both sides of every threshold."""
    thresholds = log_odds((np.arange(100) + 0.5) / 100)
    beside = [np.nextafter(thresholds, side * np.float32(99)) for side in (-1, 1)]
    random = np.random.default_rng(0).normal(0, 3, 100_000).astype(np.float32)
    odds = np.concatenate([thresholds, *beside, random, np.float32([-50, 50, -np.inf, np.inf])])
    exact = 100 / (1 + np.exp(-odds.astype(np.float64)))
    result = percent(odds[None])[0]
    assert result.dtype == np.int8
    assert (abs(result - exact) <= 0.5 + 2e-5).all()
    assert percent(np.full((1, 1), np.nan, np.float32)) == -1
