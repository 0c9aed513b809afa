"""Rectangles of cells."""

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Cells (row, col) with row0 <= row < row1 and col0 <= col < col1."""

    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return self.row1 - self.row0, self.col1 - self.col0

    @property
    def area(self) -> int:
        """Return the number of cells."""
        rows, columns = self.shape
        return rows * columns

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return the index that cuts the rectangle out of an array of cells."""
        return slice(self.row0, self.row1), slice(self.col0, self.col1)

    def union(self, other: 'Rectangle | None') -> 'Rectangle':
        """Return the smallest rectangle that holds both; None holds nothing."""
        if other is None:
            return self
        return Rectangle(
            min(self.row0, other.row0), min(self.col0, other.col0),
            max(self.row1, other.row1), max(self.col1, other.col1))

    def expand(self, margin: int, shape: tuple[int, int]) -> 'Rectangle':
        """Grow by a margin of cells on every side, as far as an array of that shape reaches."""
        return Rectangle(
            max(self.row0 - margin, 0), max(self.col0 - margin, 0),
            min(self.row1 + margin, shape[0]), min(self.col1 + margin, shape[1]))

    def shifted(self, rows: int, columns: int) -> 'Rectangle':
        """Return the rectangle moved by whole cells."""
        return Rectangle(
            int(self.row0 + rows), int(self.col0 + columns),
            int(self.row1 + rows), int(self.col1 + columns))
