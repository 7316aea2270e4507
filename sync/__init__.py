"""The protocol, pure: no I/O, no clock, no randomness. Time and ids are arguments; storage and network are ports."""
