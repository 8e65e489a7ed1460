"""The canary: Trio's order of tasks follows the seed that we set."""

import trio

from tests.shell.seeds import seed_trio


def order_of(seed: int) -> list[int]:
    ran: list[int] = []

    async def one(number: int) -> None:
        ran.append(number)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(one, number)

    seed_trio(seed)
    trio.run(main)
    return ran


def test_order_follows_the_seed():
    orders = {tuple(order_of(seed)) for seed in range(8)}
    assert len(orders) > 1
    assert order_of(5) == order_of(5)
