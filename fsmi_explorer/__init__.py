"""Information-driven exploration for ROS 2: occupancy mapping, FSMI, navigation goals."""

__version__ = '0.1.0'
