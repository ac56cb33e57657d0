"""The demo: everything started, a simulated product, and a live table of its riskiest customers."""
