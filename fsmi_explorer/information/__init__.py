"""
Mutual information of range sensors: occupancy in, bits out.

One file for each idea: what a beam is (`beam_model`), the information of one cell
(`cell_information`), range noise (`noise`), single beams (`fsmi`, `numerical`, `csqmi`, put together in `beam`),
run-length encoded beams (`run_length`), beams cast from any pose (`pose`), every cell of a map at
once (`surface`), and that again after a change of the map (`incremental`).
"""

from fsmi_explorer.information.beam import beam_mutual_information
from fsmi_explorer.information.beam_model import BeamModel, METHODS
from fsmi_explorer.information.run_length import rle_mutual_information

__all__ = ['beam_mutual_information', 'BeamModel', 'METHODS', 'rle_mutual_information']
