"""A live shell against the local venue: it quotes, fills, rolls, stops."""

from tests.shell.rig import Rig
from tests.shell.virtual import virtual


@virtual
async def test_it_quotes_and_stops_in_good_order(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    assert await rig.stop() == 0
    assert rig.journal.end == "closed"
