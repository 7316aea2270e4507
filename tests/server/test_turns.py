"""Turns at signing in: addresses in turn, known logins first within one, lines that are bounded."""

import asyncio

import pytest

from mobile_contract.problems import Refused
from server.identity.turns import Turns, address_of
from tests.support.people import refusal

pytestmark = pytest.mark.anyio


class Hall:
    """Turns, one at a time, taken by whoever asks; ``served`` says in which order."""

    def __init__(self, longest: int = 8, waiting: int = 100) -> None:
        self.turns = Turns(longest, at_once=1, waiting=waiting)
        self.served: list[str] = []
        self.asked: list[asyncio.Task[None]] = []

    async def ask(self, name: str, address: str, login: str = "") -> None:
        """Ask for a turn, and wait until one stands in line."""

        async def take() -> None:
            async with self.turns.turn(address, login):
                self.served.append(name)

        self.asked.append(asyncio.create_task(take()))
        await asyncio.sleep(0)

    async def all(self) -> list[str]:
        """Wait for everybody, and return the order; who was refused has no turn."""
        await asyncio.gather(*self.asked, return_exceptions=True)
        return self.served


async def test_addresses_are_served_in_turn_however_long_the_line_of_one_is() -> None:
    hall = Hall()
    async with hall.turns.turn("gate"):
        for number in range(6):
            await hall.ask(f"flood {number}", "10.0.0.1")
        await hall.ask("chen", "10.0.0.2")
        await hall.ask("zhou", "10.0.0.3")
    assert await hall.all() == ["flood 0", "chen", "zhou", *(f"flood {number}" for number in range(1, 6))]


async def test_who_signed_in_from_an_address_before_goes_first_there_and_finds_room_in_a_full_line() -> None:
    hall = Hall(longest=3)
    hall.turns.remember("10.0.0.1", "chen")
    async with hall.turns.turn("gate"):
        for number in range(3):
            await hall.ask(f"flood {number}", "10.0.0.1", f"guess {number}")
        assert await refusal(hall.turns.turn("10.0.0.1", "zhou").__aenter__()) == "identity.crowded"
        await hall.ask("chen", "10.0.0.1", "chen")
        await hall.ask("chen elsewhere", "10.0.0.2", "chen")
    assert await hall.all() == ["chen", "chen elsewhere", "flood 0", "flood 1", "flood 2"]


async def test_in_a_full_house_the_last_of_the_longest_line_gives_way() -> None:
    hall = Hall(waiting=4)
    async with hall.turns.turn("gate"):
        for number in range(4):
            await hall.ask(f"flood {number}", "10.0.0.1")
        await hall.ask("chen", "10.0.0.2")
        await hall.ask("flood 4", "10.0.0.1")
    assert await hall.all() == ["flood 0", "chen", "flood 1", "flood 2"]
    assert isinstance(hall.asked[3].exception(), Refused)


async def test_who_leaves_the_line_is_passed_over_and_no_turn_is_lost() -> None:
    hall = Hall()
    async with hall.turns.turn("gate"):
        for name in ("leaver", "chen"):
            await hall.ask(name, "10.0.0.1")
        hall.asked[0].cancel()
    await asyncio.sleep(0)
    assert await hall.all() == ["chen"]
    for _ in range(3):
        async with asyncio.timeout(10), hall.turns.turn("10.0.0.1"):
            pass


async def test_who_is_cancelled_just_as_the_turn_comes_passes_it_on() -> None:
    hall = Hall()
    async with hall.turns.turn("gate"):
        await hall.ask("leaver", "10.0.0.1")
        await hall.ask("chen", "10.0.0.1")
    hall.asked[0].cancel()  # the turn is given, and the task has not run yet
    assert await hall.all() == ["chen"]


async def test_a_turn_that_fails_is_passed_on() -> None:
    hall = Hall()
    with pytest.raises(LookupError):
        async with hall.turns.turn("10.0.0.1"):
            raise LookupError
    async with asyncio.timeout(10), hall.turns.turn("10.0.0.1"):
        pass


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("unix:", ""),
        (None, ""),
    ],
)
def test_one_address_is_a_host_of_ipv4_and_a_network_of_ipv6(host: str | None, address: str) -> None:
    assert address_of(host) == address
