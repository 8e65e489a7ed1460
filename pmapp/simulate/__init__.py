"""The whole bot and its venue in one process on virtual time, with faults drawn from a seed."""
