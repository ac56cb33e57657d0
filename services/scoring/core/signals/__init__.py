"""The signals: each a small pure function from an account's state on a day to how risky that looks.

A signal returns its value in thousandths of its own unit, for people, and `u` from 0 (no risk) to 1 (all the risk it
can see) in micro. It abstains, returning None, where the facts it needs are not known.

A `signal` is a function of whole days: within a day it says the same until there is news, which is another day, user
or feature, an event that an input counts, a late event, or a fact. A `live_signal` also moves with every event and
instant of a day. Those that are `fed` read inputs of the scorecard.
"""

from services.scoring.core.signals import activity, agreement, features, people, success, voice
from services.scoring.core.signals.registry import (
    LIVE,
    NEEDS,
    SIGNALS,
    Fed,
    Signal,
    bound,
    fed,
    live_fed,
    live_signal,
    signal,
)

__all__ = [
    "LIVE",
    "NEEDS",
    "SIGNALS",
    "Fed",
    "Signal",
    "activity",
    "agreement",
    "bound",
    "features",
    "fed",
    "live_fed",
    "live_signal",
    "people",
    "signal",
    "success",
    "voice",
]
