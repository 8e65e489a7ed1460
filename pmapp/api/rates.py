"""How often a client may ask: a token bucket for each address, for so many addresses at most."""

from collections import OrderedDict
from collections.abc import Callable

CLIENTS_MAX = 4_096


class Rates:
    """Buckets by client. The one that has been silent longest is forgotten first, which gives it
    a full bucket again: no worse than a new address."""

    def __init__(self, per_s: float, burst: float, now_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Take a token: 0.0, or the seconds until there is one."""
        now = self._now_s()
        tokens, since = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_s)
        wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / self._per_s
        self._buckets[client] = (tokens - 1.0 if wait == 0.0 else tokens, now)
        while len(self._buckets) > CLIENTS_MAX:
            self._buckets.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._buckets)
