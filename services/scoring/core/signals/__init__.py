"""The signals: each a small pure function from an account's state on a day to how risky that looks.

A signal returns its value in thousandths of its own unit, for people, and `u` from 0 (no risk) to 1 (all the risk it
can see) in micro. It abstains, returning None, where the facts it needs are not known.

A `signal` is a function of whole days: within a day it says the same until there is news, which is another day, user
or feature, a late event, or a fact. A `live_signal` also moves with every event and instant of a day.
"""

from services.scoring.core.signals import activity, features, people
from services.scoring.core.signals.registry import LIVE, NEEDS, SIGNALS, Signal, live_signal, signal

__all__ = ["LIVE", "NEEDS", "SIGNALS", "Signal", "activity", "features", "live_signal", "people", "signal"]
