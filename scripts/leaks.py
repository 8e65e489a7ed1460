"""Where a soak's secrets are written: nowhere, if all is well.

The keys are those of a throwaway run, so they can be had again: the wallet's from its seed, the API
key's from the venue, which gives it to whoever signs for it.
"""

import base64
import json
from pathlib import Path
from random import Random
from urllib.parse import quote

import trio

from pmapp.maker_run.assembly import Ground, log_in
from pmapp.maker_run.consents import throwaway
from pmcore.config import Config
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmio.addresses import addresses_of
from pmio.clock import WallClock
from pmio.journal import JournalReader
from pmio.network import TcpNetwork


def leaks(folder: Path, line: bytes, seed: int) -> list[str]:
    """Names of files (and `records`, the journal's as they are read) that hold a secret."""
    spellings = [form for secret in trio.run(_secrets, line, seed) for form in _spellings(secret)]
    left = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    batches = JournalReader(folder / "journal")
    left["records"] = b"".join(batch.heard + batch.asked for batch in batches)
    return [name for name, text in left.items() if any(form in text for form in spellings)]


async def _secrets(line: bytes, seed: int) -> list[str]:
    """Wallet key, API secret and passphrase."""
    wallet = throwaway(seed)
    ground = Ground(
        Config(), addresses_of(line), TcpNetwork(), WallClock(), Random(), lambda *_: None
    )
    account = await log_in(ground, wallet, POLY_GNOSIS_SAFE)
    revealed = account.credentials.revealed()
    return [wallet.reveal(), revealed["secret"], revealed["passphrase"]]


def _spellings(secret: str) -> list[bytes]:
    """As it is, in JSON, in a URL, in base64; a key also as bytes and as a number."""
    texts = [secret, secret.upper(), json.dumps(secret)[1:-1], quote(secret, safe="")]
    found = [text.encode() for text in texts] + [base64.b64encode(secret.encode()).rstrip(b"=")]
    if len(secret) == 64:
        raw = bytes.fromhex(secret)
        found += [raw, base64.b64encode(raw), str(int(secret, 16)).encode()]
    return found
