"""The canary: Trio still lets a seed decide the order of tasks, each time the same."""

import trio
import trio._core._run as scheduler

from pmapp.simulate.scheduling import run_virtual


def order_of(seed: int) -> list[int]:
    ran: list[int] = []

    async def one(number: int) -> None:
        # All of them wait for the same moment, which a set inside Trio holds.
        await trio.sleep(1.0)
        ran.append(number)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(one, number)

    run_virtual(main, seed)
    return ran


def test_order_follows_the_seed():
    orders = {tuple(order_of(seed)) for seed in range(8)}
    assert len(orders) > 1
    assert all(order_of(seed) == order_of(seed) for seed in range(8))


def test_the_switch_is_put_back():
    before = scheduler._ALLOW_DETERMINISTIC_SCHEDULING
    order_of(1)
    assert before is scheduler._ALLOW_DETERMINISTIC_SCHEDULING


def test_an_hour_passes_at_once():
    async def main() -> float:
        begun = trio.current_time()
        await trio.sleep(3_600.0)
        return trio.current_time() - begun

    assert run_virtual(main, 1) == 3_600.0
