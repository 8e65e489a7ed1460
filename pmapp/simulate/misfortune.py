"""Lets everything that a plan names go wrong in its time."""

import trio

from pmapp.local_venue.storms import Spell
from pmapp.simulate.plan import RESTART, Death, Trouble
from pmapp.simulate.spells import WALLET
from pmapp.simulate.stage import Stage


def begin(stage: Stage, nursery: trio.Nursery) -> None:
    """Begin to wait for each thing."""
    for spell in stage.plan.spells:
        nursery.start_soon(_cast, stage, spell)
    for trouble in stage.plan.troubles:
        nursery.start_soon(_befall, stage, trouble)
    for death in stage.plan.deaths:
        nursery.start_soon(_die, stage, death)


def heal(stage: Stage) -> None:
    """Nothing is wrong any more."""
    stage.place.venue.switchboard.heal()
    stage.place.cables.clear()


async def _cast(stage: Stage, spell: Spell) -> None:
    """A fault of the venue."""
    await trio.sleep(spell.start_s)
    place = stage.place
    params = dict(spell.params)
    if params.get("address") == WALLET:
        params["address"] = stage.life.wallet
        if not place.account(stage.life.wallet):
            return  # the venue has not seen it yet
    place.venue.pump()
    place.venue.switchboard.begin(spell.kind, spell.for_s, **params)
    stage.found.faults += 1
    stage.tell(f"venue: {spell.kind} {params} for {spell.for_s:g} s")


async def _befall(stage: Stage, trouble: Trouble) -> None:
    """A trouble of the network."""
    await trio.sleep(trouble.start_s)
    stage.found.faults += 1
    stage.tell(f"network: {trouble.kind} {trouble.service} {trouble.way} {trouble.amount:g}")
    stage.place.cables.begin(trouble)
    await trio.sleep(trouble.for_s)
    stage.place.cables.end(trouble)


async def _die(stage: Stage, death: Death) -> None:
    """An end of the bot."""
    await trio.sleep(death.at_s)
    stage.found.faults += 1
    stage.tell(f"bot: {death.kind}, down for {death.down_s:g} s")
    stage.ending = stage.ending or death.kind == RESTART
    stage.down_s = death.down_s
    stage.life.die(death)
