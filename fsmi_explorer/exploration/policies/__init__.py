"""Rules that choose goals, one to a file, by the names that `POLICIES` lists."""

from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.csqmi import Csqmi
from fsmi_explorer.exploration.policies.explore_lite import ExploreLite, ExploreLiteMetres
from fsmi_explorer.exploration.policies.fsmi_greedy import FsmiGreedy
from fsmi_explorer.exploration.policies.information_gain import InformationGain
from fsmi_explorer.exploration.policies.mrtsp import Mrtsp
from fsmi_explorer.exploration.policies.nearest_frontier import NearestFrontier
from fsmi_explorer.exploration.policies.policy import Policy, Situation
from fsmi_explorer.exploration.policies.random_choice import RandomChoice

__all__ = ['make_policy', 'Policy', 'Situation']

_POLICIES = {
    'fsmi_greedy': FsmiGreedy,
    'random': RandomChoice,
    'nearest_frontier': NearestFrontier,
    'explore_lite': ExploreLite,
    'explore_lite_metres': ExploreLiteMetres,
    'mrtsp': Mrtsp,
    'information_gain': InformationGain,
    'csqmi': Csqmi,
}


def make_policy(config: ExplorationConfig) -> Policy:
    """Return the policy that the configuration names."""
    return _POLICIES[config.utility.policy](config)
