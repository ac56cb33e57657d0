"""The signals: each a small pure function from an account's state on a day to how risky that looks.

A signal returns its value in thousandths of its own unit, for people, and `u` from 0 (no risk) to 1 (all the risk it
can see) in micro. It abstains, returning None, where the facts it needs are not known. Every signal is a function of
whole days, except that `silence` also knows whether the account's deadline has passed.
"""

from services.scoring.core.signals import activity, features, people
from services.scoring.core.signals.registry import NEEDS, SIGNALS, Seen, Signal, signal

__all__ = ["NEEDS", "SIGNALS", "Seen", "Signal", "activity", "features", "people", "signal"]
