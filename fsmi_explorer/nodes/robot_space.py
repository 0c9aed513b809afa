"""The room that all nodes leave around the robot: what one plans, another must find free."""

from fsmi_explorer.exploration import SpaceConfig

# Poses and commands are on their way for a while: more room than where all is at once.
ROBOT_SPACE = SpaceConfig(safety_margin=0.05)
