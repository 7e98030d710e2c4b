"""A second opinion on every figure: the deliveries read anew, each rule worked out again, in plain Python.

It shares no code with the warehouse. What it takes from the project is data only: the council's list of spellings.
"""

from tests.golden.second_opinion.calculation import calculate

__all__ = ["calculate"]
