# make demo | test | bench | lint | env | clean: each does all it needs on a fresh machine.
# ARGS are passed on, as in make demo ARGS='--world warehouse'.
# PYTHON says which Python (3.10 to 3.13) the environment is made of: that of an environment that is
# there, else the first suitable one.

CANDIDATES = .venv/bin/python python3 python3.12 python3.11 python3.13 python3.10
PYTHON ?= $(or $(shell for python in $(CANDIDATES); do \
	$$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$python && break; done),python3)
RUN = .venv/bin/python

# A ROS installation or another environment that this shell is in must not mix with .venv.
unexport AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH PYTHONHOME \
	PYTHONPATH ROS_DISTRO _ROS_WHEELS_BOOTSTRAP_COMPLETE

.PHONY: env demo test bench lint clean

env:
	@command -v $(PYTHON) >/dev/null || { \
		echo 'make env: no Python 3.10 to 3.13 found: apt-get install python3 python3-venv' >&2; \
		exit 1; }
	@$(PYTHON) standalone/make_env.py

demo: env
	@.venv/bin/fsmi_explorer demo $(ARGS)

test: env
	@$(RUN) -m pytest -n 2 --dist loadfile $(ARGS)

bench: env
	@$(RUN) bench/run_all.py $(ARGS)

lint: env
	@$(RUN) -m ruff check .

clean:
	rm -rf .venv build install log output bench/results .pytest_cache .ruff_cache *.egg-info \
		standalone/python/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
