"""Installs what a machine without ROS 2 lacks in Python, under the names of the originals."""

from setuptools import setup

setup(
    name='fsmi-explorer-standalone',
    version='0.1.0',
    description='API-compatible subsets of tf2, sensor_msgs_py and tf_transformations',
    license='Apache-2.0',
    packages=['sensor_msgs_py', 'tf2_py', 'tf2_ros', 'tf_transformations'],
    install_requires=['numpy', 'transforms3d'],
)
