"""Builds and installs the package, with colcon as with pip."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = 'fsmi_explorer'
SHARED_FOLDERS = ('launch', 'config', 'rviz', 'worlds', 'urdf')


def shared_files():
    """List what goes to share/fsmi_explorer: whole folders, as they are in the source tree."""
    for folder in SHARED_FOLDERS:
        for place in sorted({path.parent for path in Path(folder).rglob('*') if path.is_file()}):
            files = sorted(str(path) for path in place.iterdir() if path.is_file())
            yield f'share/{NAME}/{place}', files


setup(
    name=NAME,
    version='0.1.0',
    description='Information-driven exploration: from lidar scans to navigation goals with FSMI',
    license='Apache-2.0',
    maintainer='fsmi_explorer maintainers',
    maintainer_email='fsmi_explorer@example.org',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        *shared_files(),
    ],
    python_requires='>=3.10',
    install_requires=['matplotlib', 'numba', 'numpy', 'pillow', 'pyyaml'],
    extras_require={
        'bags': ['rosbags'],
        'cluster': ['dask', 'distributed'],
        'test': ['pytest', 'pytest-xdist'],
    },
    zip_safe=True,
    entry_points={
        'console_scripts': [
            'fsmi_explorer = fsmi_explorer.cli.main:main',
            'mapping_node = fsmi_explorer.nodes.programs:mapping_node',
            'mi_node = fsmi_explorer.nodes.programs:mi_node',
            'goal_node = fsmi_explorer.nodes.programs:goal_node',
            'simulator_node = fsmi_explorer.nodes.programs:simulator_node',
            'navigator_node = fsmi_explorer.nodes.programs:navigator_node',
        ],
    },
)
