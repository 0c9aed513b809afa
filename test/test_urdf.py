"""The robot for Gazebo: a sound tree of links that stands on the ground and sees all round."""

from math import pi
from pathlib import Path
from xml.etree import ElementTree

from fsmi_explorer.simulation import SimulationConfig
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
WITH_LIDAR = pytest.mark.parametrize('lidar, rows', [('2d', 1), ('3d', 17)])


def test_files_are_sound_xml():
    for path in (REPOSITORY / 'urdf').iterdir():
        assert ElementTree.parse(path).getroot().tag == 'robot', path


def robot(**arguments: str) -> ElementTree.Element:
    """Return the URDF of the robot."""
    xacro = pytest.importorskip('xacro', reason='xacro is not installed')
    document = xacro.process_file(
        str(REPOSITORY / 'urdf' / 'robot.urdf.xacro'), mappings=arguments)
    return ElementTree.fromstring(document.toxml())


def numbers(element: ElementTree.Element, name: str) -> list[float]:
    """Return the numbers of an attribute."""
    return [float(each) for each in element.get(name).split()]


def heights(urdf: ElementTree.Element) -> dict[str, float]:
    """Return how high above the ground the frame of each link is, in m."""
    found = {'base_footprint': 0.0}
    for joint in urdf.findall('joint'):  # parents come first
        parent = found[joint.find('parent').get('link')]
        found[joint.find('child').get('link')] = parent + numbers(joint.find('origin'), 'xyz')[2]
    return found


@WITH_LIDAR
def test_links_are_one_tree_from_the_ground_up(lidar, rows):
    urdf = robot(lidar=lidar)
    links = {each.get('name') for each in urdf.findall('link')}
    children = [each.get('link') for each in urdf.findall('joint/child')]
    assert links - set(children) == {'base_footprint'}
    assert len(children) == len(set(children)) == len(links) - 1
    assert {'base_link', 'lidar_link', 'left_wheel', 'right_wheel'} < links


def test_every_body_could_be_real():
    for inertia in robot().iter('inertia'):
        xx, yy, zz = sorted(float(inertia.get(name)) for name in ('ixx', 'iyy', 'izz'))
        assert xx > 0.0 and xx + yy >= zz


def test_it_stands_on_wheels_and_casters_and_sees_at_the_height_of_the_maps():
    urdf = robot()
    above_ground = heights(urdf)
    for link in urdf.findall('link'):
        name = link.get('name')
        if 'wheel' in name:
            radius = float(link.find('collision/geometry/cylinder').get('radius'))
        elif 'caster' in name:
            radius = float(link.find('collision/geometry/sphere').get('radius'))
        else:
            continue
        assert above_ground[name] == pytest.approx(radius)
    plan = yaml.safe_load((REPOSITORY / 'worlds/plans/office.yaml').read_text())
    assert above_ground['lidar_link'] == pytest.approx(plan['map_height'])


def test_it_fits_into_the_circle_that_paths_are_planned_for():
    urdf = robot()
    radius = SimulationConfig().robot.radius
    body = urdf.find("link[@name='base_link']/collision/geometry/cylinder")
    assert float(body.get('radius')) < radius
    for side in ('left', 'right'):
        joint = urdf.find(f"joint[@name='{side}_wheel_joint']/origin")
        wheel = urdf.find(f"link[@name='{side}_wheel']/collision/geometry/cylinder")
        outside = abs(numbers(joint, 'xyz')[1]) + float(wheel.get('length')) / 2
        assert (outside ** 2 + float(wheel.get('radius')) ** 2) ** 0.5 < radius


@WITH_LIDAR
def test_lidar_sees_all_round_and_level_in_the_middle(lidar, rows):
    sensor = robot(lidar=lidar).find("gazebo[@reference='lidar_link']/sensor")
    assert sensor.get('type') == 'gpu_lidar' and sensor.findtext('gz_frame_id') == 'lidar_link'
    horizontal, vertical = (sensor.find(f'lidar/scan/{each}') for each in (
        'horizontal', 'vertical'))
    low, high = (float(horizontal.findtext(each)) for each in ('min_angle', 'max_angle'))
    columns = int(horizontal.findtext('samples'))
    assert (high - low) * columns / (columns - 1) == pytest.approx(2 * pi)
    assert int(vertical.findtext('samples')) == rows and rows % 2 == 1
    assert float(vertical.findtext('min_angle')) == -float(vertical.findtext('max_angle'))


@pytest.mark.parametrize('namespace, prefix', [('', '/'), ('r1', 'r1/')])
def test_topics_are_those_of_the_bridge(namespace, prefix):
    urdf = robot(namespace=namespace)
    drive, joints = urdf.findall('gazebo/plugin')
    topics = {urdf.findtext('gazebo/sensor/topic'), joints.findtext('topic'), *(
        drive.findtext(each) for each in ('topic', 'odom_topic', 'tf_topic'))}
    bridge = yaml.safe_load((REPOSITORY / 'config/bridge.yaml').read_text())
    bridged = {each['gz_topic_name'] for each in bridge} - {'/clock', 'scan/points'}
    assert topics == {prefix + each for each in bridged}


def test_wheels_are_where_the_drive_believes_them():
    urdf = robot()
    drive = urdf.find('gazebo/plugin')
    left, right = (numbers(urdf.find(f"joint[@name='{drive.findtext(f'{side}_joint')}']/origin"),
                           'xyz')[1] for side in ('left', 'right'))
    assert left - right == pytest.approx(float(drive.findtext('wheel_separation')))
    wheel = urdf.find("link[@name='left_wheel']/collision/geometry/cylinder")
    assert float(wheel.get('radius')) == float(drive.findtext('wheel_radius'))
