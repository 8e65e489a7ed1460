"""The relayer (stub)."""

from typing import TYPE_CHECKING, Any

from pmapp.local_venue.http import Answer, Request, error

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue


class Relayer:
    def heard(self, account: int, event: Any) -> None:
        pass


def nonce(venue: "Venue", request: Request) -> Answer:
    return error(404, "not found")


relay_payload = deployed = submit = old_transaction = nonce


def transaction(venue: "Venue", request: Request, name: str) -> Answer:
    return error(404, "not found")
