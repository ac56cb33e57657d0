"""A product that does not exist and the customers who use it: pure, seeded, told the time.

`world` draws the customers, `presence` says how much of each is left on a day, `days` and `history` what they did,
`stream` what they do now, `brink` places the last event of the one who is about to fall silent.
"""
