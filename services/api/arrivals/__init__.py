"""What arrives, and what does not: dead letters and sources, for whoever asks why nothing comes in."""
