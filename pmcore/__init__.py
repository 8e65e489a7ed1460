"""The pure core: `step(state, event) -> effects`, with no clock, chance, socket, file or log."""
