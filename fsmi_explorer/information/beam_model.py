"""What a range sensor is and how its beams point: the model behind every method."""

from dataclasses import dataclass
import math
from numbers import Integral, Real

from fsmi_explorer.configuration import Configuration, parameter
import numpy as np

METHODS = ('fsmi', 'approx_fsmi', 'uniform_fsmi', 'noise_free', 'numerical', 'csqmi')
"""Names of the methods: Shannon's mutual information, exact and approximate, and CSQMI."""

FSMI_FAMILY = METHODS[:4]
"""The methods that are one sum with different kernels of range noise."""


@dataclass(frozen=True)
class BeamModel(Configuration):
    """
    A planar range sensor and its inverse sensor model.

    Beam i of a pose points at `yaw - fov/2 + (i + 1/2) fov / num_beams`. A beam takes the cells
    that it enters nearer than `max_range` and ends at the edge of the map. Its measurement
    multiplies the odds of the cell that it hits by `delta_occ` and of those before by `delta_emp`;
    a probability p of an inverse sensor model is the factor p / (1 - p).

    With `count_no_hit` a beam that hits nothing clears all its cells, and that counts; without it
    the sum runs over hits only, as in the paper of Zhang et al. (2020). CSQMI always counts it.

    :raises ConfigurationError: a ValueError naming the field, the value and what is allowed.
    """

    max_range: float = parameter(
        math.inf, 'range of the beams, inf for no limit but the map', unit='m', low=0.0)
    num_beams: int = parameter(60, 'beams of one scan', low=1)
    fov: float = parameter(2 * math.pi, 'field of view', unit='rad', low=0.0, high=2 * math.pi)
    sigma: float = parameter(0.05, 'standard deviation of a range', unit='m', low=0.0)
    delta_occ: float = parameter(
        1.5, 'factor on the odds of a cell in which a beam ends', low=1.0, high=1e100)
    delta_emp: float = parameter(
        2 / 3, 'factor on the odds of a cell that a beam passes', low=1e-100, high=1.0)
    count_no_hit: bool = parameter(True, 'whether a beam that hits nothing is information')
    unknown_occupancy: float = parameter(
        0.5, 'probability that a cell never observed is occupied', low=0.0, high=1.0)
    truncation: float = parameter(
        4.0, 'reach of the noise that approx_fsmi keeps, in standard deviations',
        low=0.0, high=10.0)
    numerical_steps: int = parameter(
        10, 'midpoints of method numerical per cell, or per sigma where that is less', low=1)

    def __post_init__(self):
        """Take numbers of any kind, then check the values."""
        for name, value in vars(self).items():
            object.__setattr__(self, name, _plain(value))
        super().__post_init__()
        for name, value in (('max_range', self.max_range), ('fov', self.fov)):
            if value == 0:
                raise ValueError(f'{name} must be greater than 0, got {value!r}')
        if math.isinf(self.sigma):
            raise ValueError(f'sigma must be finite, got {self.sigma!r}')

    @property
    def beam_angles(self) -> np.ndarray:
        """Directions (num_beams,) of the beams relative to the yaw of the pose, radians."""
        step = self.fov / self.num_beams
        return (np.arange(self.num_beams) + 0.5) * step - self.fov / 2


def check_method(method: str, model: BeamModel, allowed: tuple[str, ...] = METHODS) -> None:
    """
    Check that a method is known and that the model has the noise it needs.

    :raises ValueError: naming the argument, the value and what is allowed.
    """
    if method not in allowed:
        raise ValueError(f'method must be one of {", ".join(allowed)}, got {method!r}')
    if method != 'noise_free' and model.sigma <= 0:
        raise ValueError(
            f'sigma must be greater than 0 for method {method}, got {model.sigma!r}; '
            'noise_free needs none')


def _plain(value: object) -> object:
    """Turn a number of numpy or another library into Python's own, leave the rest."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value
