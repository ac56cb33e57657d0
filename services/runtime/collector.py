"""Python's cyclic garbage collector, set for a process that reads a stream: a third of its processor time otherwise.

Records and requests come and go by the ten thousand, and none of them is ever part of a cycle: reference counts free
them. At the usual thresholds the collector looks at those in flight again and again, and at everything that was
imported.
"""

import gc

YOUNG = 50_000  # more objects made than freed before a look at the young ones; 700 usually
OLD = 20  # looks before one at those that survived; 10 usually


def spare() -> None:
    """Look seldom, and never again at what exists by now. To be called once, when everything has been imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLD, OLD)
