"""The keys of the services: how often, how much at once, how long things are kept."""

import attrs

from pmcore.config_key import key


# fmt: off
@attrs.frozen
class Cadence:
    """Seconds from the beginning of one cycle to the next."""

    discovery_s: float = key(1_800.0, "s", "new markets are listed days before they matter",
        1.0, 86_400.0)
    quotes_s: float = key(60.0, "s", "a third of the age at which a quote is stale",
        0.1, 3_600.0)
    rules_s: float = key(300.0, "s", "texts that did not come with the list are asked for singly",
        1.0, 86_400.0)
    score_s: float = key(120.0, "s", "two rounds of quotes", 0.1, 3_600.0)
    retention_s: float = key(86_400.0, "s", "once a day", 1.0, 604_800.0)
    retry_s: float = key(15.0, "s", "after a failed cycle, if that is sooner than the cadence",
        0.1, 3_600.0)


@attrs.frozen
class Ingest:
    """How the venue is asked."""

    gamma_url: str = key("https://gamma-api.polymarket.com", "", "where markets are listed")
    clob_url: str = key("https://clob.polymarket.com", "", "where books are")
    page_size: int = key(100, "markets", "the venue's limit since May 2026", 1, 500)
    books_at_once: int = key(250, "tokens", "half of what the venue allows in one request",
        2, 500)
    quote_batch: int = key(125, "markets", "one request of books at the default of books_at_once",
        1, 1_000)
    in_flight: int = key(3, "requests", "books that are fetched at a time", 1, 16)
    rules_at_once: int = key(2_000, "texts", "single texts asked for in one round", 1, 100_000)
    timeout_s: float = key(10.0, "s", "deadline of one request", 0.1, 120.0)
    attempts: int = key(4, "", "tries of one request, with growing, jittered pauses", 1, 10)


@attrs.frozen
class Keep:
    """How long things are kept, and how many."""

    samples_days: float = key(7.0, "day", "five-minute samples of quotes and scores", 0.01, 365.0)
    samples_max: int = key(2_000, "markets",
        "the best of a generation that are sampled; 0 samples none", 0, 100_000)
    closed_days: float = key(30.0, "day", "markets after they were last seen open", 0.01, 3_650.0)
    generations_max: int = key(6, "", "generations of scores that walks can go on in", 2, 100)
    walk_minutes: float = key(12.0, "min", "how long a walk may pause", 0.1, 1_440.0)
    serve_stale_hours: float = key(24.0, "h",
        "how long a market stays listed, marked stale, while no new quote comes", 0.0, 720.0)


@attrs.frozen
class Serve:
    """What the API takes and keeps."""

    rate_per_s: float = key(300.0, "1/s", "requests of one address", 0.01, 1e6)
    burst: float = key(600.0, "", "requests that one address may ask at once", 1.0, 1e6)
    in_flight: int = key(256, "requests", "more at a time are turned away", 1, 10_000)
    reads_at_once: int = key(32, "reads", "of the database that may be waited for", 1, 1_000)
    answer_s: float = key(5.0, "s", "a read that takes longer is given up", 0.01, 60.0)
    look_s: float = key(1.0, "s", "between two looks for newer scores", 0.01, 60.0)
    memory_mib: int = key(32, "MiB", "pages that are kept for whoever asks again", 1, 4_096)
    ranked_max: int = key(200_000, "markets",
        "a generation of more is searched in the database, not in memory", 0, 5_000_000)
    cors_origin: str = key("", "", "the one origin whose pages may read the API; none if empty")
# fmt: on
