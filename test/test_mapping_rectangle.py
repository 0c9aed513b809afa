"""Rectangles of cells."""

from fsmi_explorer.mapping import Rectangle
import numpy as np


def test_measures():
    """Shape, area and the cut out of an array belong together."""
    rectangle = Rectangle(2, 3, 5, 9)
    assert rectangle.shape == (3, 6)
    assert rectangle.area == 18
    assert np.zeros((10, 10))[rectangle.slices].shape == (3, 6)


def test_union():
    """The union is the smallest rectangle that holds both; None adds nothing."""
    rectangle = Rectangle(2, 3, 5, 9)
    assert rectangle.union(None) == rectangle
    assert rectangle.union(Rectangle(4, 1, 7, 5)) == Rectangle(2, 1, 7, 9)


def test_expand_stays_within_the_array():
    """A margin ends at the edges of the array."""
    assert Rectangle(2, 3, 5, 9).expand(2, (6, 20)) == Rectangle(0, 1, 6, 11)


def test_shifted():
    """A shift keeps the shape and the plain numbers, which messages insist on."""
    shifted = Rectangle(2, 3, 5, 9).shifted(*np.array([-2, 4]))
    assert shifted == Rectangle(0, 7, 3, 13)
    assert all(type(number) is int for number in shifted)
