"""The signals: each a small pure function from an account's state on a day to how risky that looks.

A signal returns its value in thousandths of its own unit, for people, and `u` from 0 (no risk) to 1 (all the risk it
can see) in micro. It abstains, returning None, where the facts it needs are not known.

A `signal` is a function of whole days: within a day it says the same until there is news (novelty.py), which is another
day, user or feature, an event that an input counts, a late event, or a fact. One that is `moved_by` fewer kinds of
news, or also by every event, says so, and is asked again only then. Those that are `fed` read inputs of the scorecard.

One that is moved by every event sees the less risk the more there are, and can be asked what it would see after so many
`more` of them.
"""

from services.scoring.core.signals import activity, agreement, features, people, success, voice
from services.scoring.core.signals.registry import (
    MOVED_BY,
    NEEDS,
    SIGNALS,
    Counting,
    Fed,
    Signal,
    bound,
    fed,
    moved_by,
    signal,
)

__all__ = [
    "MOVED_BY",
    "NEEDS",
    "SIGNALS",
    "Counting",
    "Fed",
    "Signal",
    "activity",
    "agreement",
    "bound",
    "features",
    "fed",
    "moved_by",
    "people",
    "signal",
    "success",
    "voice",
]
