"""Voxels drawn as cubes seen from above at a slant, the nearest in front, coloured by height."""

from math import ceil

from fsmi_explorer.jit import kernel
import numpy as np

FLOOR_COLOUR = (226, 226, 222)
BACKGROUND = (255, 255, 255)
_SHADES = (0.74, 0.88, 1.0)  # of the faces towards -x, towards -y, and of the upper one
_AZIMUTH, _ELEVATION = np.radians(-28.0), np.radians(52.0)


class IsometricView:
    """
    A parallel projection of a box of space onto an image.

    :param low: (3,) least x, y, z of the box in m.
    :param high: (3,) greatest.
    :param resolution: side of the voxels in m.
    :param width: width of the image in pixels.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray, resolution: float, width: int):
        c, s = np.cos(_AZIMUTH), np.sin(_AZIMUTH)
        tilt = np.sin(_ELEVATION), np.cos(_ELEVATION)
        # Rows: to the right, down, and towards the viewer.
        turned = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        self._axes = np.array([[1.0, 0.0, 0.0], [0.0, -tilt[0], -tilt[1]],
                               [0.0, -tilt[1], tilt[0]]]) @ turned
        ends = np.stack(np.meshgrid(*zip(low, high)), axis=-1).reshape(-1, 3) @ self._axes.T
        self._scale = width / np.ptp(ends[:, 0])
        self._corner = ends.min(axis=0)
        self.resolution = resolution
        #: Rows and columns of the image.
        self.shape = (ceil(self._scale * np.ptp(ends[:, 1])), width)
        self._sprite = self._make_sprite()

    def project(self, points: np.ndarray) -> np.ndarray:
        """
        Return where points lie in the image, and how near they are.

        :param points: (k, 3) in m.
        :return: (k, 3) pixels to the right, pixels down, and nearness in pixels.
        """
        return (np.asarray(points, float) @ self._axes.T - self._corner) * self._scale

    def draw(self, centres: np.ndarray, colours: np.ndarray) -> np.ndarray:
        """
        Draw voxels.

        :param centres: (k, 3) in m.
        :param colours: (k, 3) uint8.
        :return: (rows, columns, 3) uint8.
        """
        image = np.empty((*self.shape, 3), np.uint8)
        image[:] = BACKGROUND
        nearness = np.full(self.shape, -np.inf, np.float32)
        _draw_sprites(self.project(centres), colours, *self._sprite, nearness, image)
        return image

    def _make_sprite(self):
        """
        Find which face of a cube each pixel around its middle shows, and how near that is.

        :return: (n, 2) columns and rows from the middle, (n,) shade, (n,) nearness.
        """
        half = 0.5 * self.resolution * self._scale
        reach = ceil(2.0 * half) + 1
        rows, cols = np.mgrid[-reach:reach + 1, -reach:reach + 1].reshape(2, -1)
        to_viewer = self._axes[2]
        # Where a line of sight enters the cube: last of the faces that look at the viewer.
        start = np.column_stack([cols, rows, np.zeros(len(cols))]) @ self._axes
        depth = np.array([(np.copysign(half, slope) - start[:, axis]) / slope
                          for axis, slope in enumerate(to_viewer)])
        face, near = depth.argmin(axis=0), depth.min(axis=0)
        met = np.abs(start + near[:, None] * to_viewer).max(axis=1) <= half + 0.5
        return (np.column_stack([cols, rows])[met], np.array(_SHADES, np.float32)[face[met]],
                near[met].astype(np.float32))


def colours_by_height(heights: np.ndarray, low: float, high: float) -> np.ndarray:
    """
    Return (k, 3) uint8 colours: pale for what lies below the least height, as floors do.

    :param heights: (k,) m.
    :param low: height in m of the darkest colour.
    :param high: height in m of the brightest colour.
    """
    from matplotlib import colormaps
    share = np.clip((heights - low) / max(high - low, 1e-9), 0.0, 1.0)
    colours = np.rint(255 * colormaps['viridis'](share)[:, :3]).astype(np.uint8)
    colours[heights < low] = FLOOR_COLOUR
    return colours


@kernel
def _draw_sprites(places, colours, offsets, shades, near, nearness, image):
    """Draw each cube where nothing nearer is."""
    rows, cols = nearness.shape
    for voxel in range(places.shape[0]):
        x, y = int(np.rint(places[voxel, 0])), int(np.rint(places[voxel, 1]))
        for pixel in range(offsets.shape[0]):
            col, row = x + offsets[pixel, 0], y + offsets[pixel, 1]
            if not (0 <= row < rows and 0 <= col < cols):
                continue
            distance = np.float32(places[voxel, 2]) + near[pixel]
            if distance > nearness[row, col]:
                nearness[row, col] = distance
                for channel in range(3):
                    image[row, col, channel] = np.uint8(
                        shades[pixel] * colours[voxel, channel])
