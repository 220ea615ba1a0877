"""What was when: the series behind plots and pages, from the same records as the figures.

They are exact. Addresses and tokens are step functions of time, given by the instants at which they
change; waits are given by how often each was. None is sampled or smoothed. A long run has more
instants than a picture has pixels, so that most functions take ``bins``: the time is cut into that
many bins, and of each only the instants are kept at which a picture could look different, see
`StepSeries.thinned`. What is kept is true of its instant, and no peak is lost.

Nothing here draws, and nothing here needs matplotlib.
"""

from .addresses import StepSeries, address_series
from .node_count import NodeCount, node_count
from .nodes import NodeMap, node_map
from .requests import Requests, TokenSeries, request_series, token_series
from .waits import WaitCurve, WaitsOverTime, wait_curve, waits_over_time

__all__ = [
    "NodeCount",
    "NodeMap",
    "Requests",
    "StepSeries",
    "TokenSeries",
    "WaitCurve",
    "WaitsOverTime",
    "address_series",
    "node_count",
    "node_map",
    "request_series",
    "token_series",
    "wait_curve",
    "waits_over_time",
]
