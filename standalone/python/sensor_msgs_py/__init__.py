"""Point clouds in NumPy with the interface of sensor_msgs_py, for machines without ROS 2."""
