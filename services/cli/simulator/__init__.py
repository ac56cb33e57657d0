"""The simulator's shell: it reads the clock, writes files, remembers how far it lived, and sends."""
