"""What a score is: pure functions over one account's state.

And over one partition of the log. No clock, no I/O, no floats in results.
"""

ENGINE = 6  # another number when results differ: it then has its own changelog and rebuilds from the start of the log
