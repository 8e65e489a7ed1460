"""The three consents to real orders, and the keys that are one of them.

Keys, `trading.live = true` and `--live`: a slip of one hand is never enough. All that are missing
are told at once, each with its remedy.
"""

import os
from collections.abc import Mapping
from typing import Final

import msgspec

from pmapp.refused import Refused
from pmcore.config import Config
from pmcore.wire.order_typed_data import EOA, POLY_1271, POLY_GNOSIS_SAFE, POLY_PROXY
from pmcore.wire.typed_data import keccak256
from pmio.secrets import Scrubber, Secret, SecretError, read_secret
from pmio.signer import KeySigner

NONE: Final = "none"
THROWAWAY: Final = "throwaway"
"""A key without value, made from the seed: for venues on this machine."""
WALLET_VARIABLE: Final = "PM_WALLET_KEY"
RELAYER_VARIABLE: Final = "PM_RELAYER_KEY"
SIGNATURE_TYPES: Final = {
    "eoa": EOA,
    "proxy": POLY_PROXY,
    "safe": POLY_GNOSIS_SAFE,
    "deposit": POLY_1271,
}
SOURCES: Final = (
    f"env (reads {WALLET_VARIABLE}), env:NAME, file:/absolute/path or credential:NAME; "
    f"{THROWAWAY} at a local venue"
)


class Keys(msgspec.Struct, frozen=True):
    """What a live run may sign and ask with."""

    wallet: Secret
    relayer: Secret | None
    signature_type: int

    def scrubber(self) -> Scrubber:
        """Clears texts of both."""
        return Scrubber((self.wallet,) if self.relayer is None else (self.wallet, self.relayer))


def consented(
    config: Config,
    said_live: bool,
    *,
    local: bool,
    seed: int = 0,
    relayer_source: str = "",
    environ: Mapping[str, str] | None = None,
) -> Keys:
    """The keys of a live run. Raises Refused with every consent that is missing.

    `local` says that the venue is on this machine's loopback.
    """
    environ = os.environ if environ is None else environ
    missing = []
    if not said_live:
        missing.append("--live: it was not said; add --live to the command")
    if not config.trading.live:
        remedy = "set it in the file, as PM_TRADING__LIVE=true, or with --set trading.live=true"
        missing.append(f"trading.live: it is false; {remedy}")
    keys: Keys | None = None
    try:
        keys = _keys(config, local, seed, relayer_source, environ)
    except SecretError as error:
        missing.append(f"keys: {error}")
    except Refused as error:
        missing.append(f"keys: {error.message}")
    if missing or keys is None:
        lines = "\n  ".join(missing)
        raise Refused(f"real orders need three consents, and not all are given:\n  {lines}")
    return keys


def _keys(
    config: Config, local: bool, seed: int, relayer_source: str, environ: Mapping[str, str]
) -> Keys:
    source = config.keys.source
    if source == NONE:
        raise Refused(f"keys.source is {NONE}; set it to {SOURCES}")
    if source == THROWAWAY:
        if not local:
            raise Refused(f"keys.source {THROWAWAY} is for a venue on this machine only")
        wallet = throwaway(seed)
    else:
        named = f"env:{WALLET_VARIABLE}" if source == "env" else source
        wallet = read_secret("wallet key", named, environ)
    KeySigner(wallet)  # SecretError here, and not when the venue has been asked something
    return Keys(
        wallet,
        _relayer_key(relayer_source, local, environ),
        SIGNATURE_TYPES[config.keys.wallet_type],
    )


def _relayer_key(source: str, local: bool, environ: Mapping[str, str]) -> Secret | None:
    """The relayer's key: from a named source, or from its variable where that is set."""
    if source:
        return read_secret("relayer key", source, environ)
    if environ.get(RELAYER_VARIABLE):
        return read_secret("relayer key", f"env:{RELAYER_VARIABLE}", environ)
    # A local relayer wants one, and takes any.
    return Secret("relayer key", "any-key-will-do-here") if local else None


def throwaway(seed: int) -> Secret:
    """A wallet key that everybody can compute: never to be given anything of value."""
    return Secret("wallet key", keccak256(f"pm throwaway key {seed}".encode()).hex())
