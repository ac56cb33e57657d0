"""How messages leave: each channel takes a message and says what the receiver answered."""
