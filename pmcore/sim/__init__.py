"""The simulated world: exchange, latency, chance. The only part of pmcore that may draw numbers."""
