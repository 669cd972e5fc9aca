from __future__ import annotations

import asyncio

import pytest

from ui.line import BusyError, Line, Rates, Seat


def line(
    at_once: int = 1, *, waiting: int = 100, person_at_once: int = 100, person_waiting: int = 100, per_minute: int = 0
) -> Line:
    return Line(
        at_once=at_once,
        waiting=waiting,
        person_at_once=person_at_once,
        person_waiting=person_waiting,
        per_minute=per_minute,
    )


def served_in_order(seats: list[Seat]) -> list[str]:
    """Return whose seats are served, one after the other, when each leaves as soon as its turn has come."""
    order, left = [], list(seats)
    while left:
        (now,) = [seat for seat in left if seat.is_served]
        order.append(now.who)
        left.remove(now)
        now.leave()
    return order


def test_one_person_s_many_questions_do_not_hold_up_the_others() -> None:
    one = line()
    seats = [one.join("ann") for _ in range(4)] + [one.join("bob"), one.join("eve"), one.join("bob")]
    assert [seat.place for seat in seats] == [0, 3, 5, 6, 1, 2, 4]
    assert served_in_order(seats) == ["ann", "bob", "eve", "ann", "bob", "ann", "ann"]
    assert (one.n_running, one.n_waiting) == (0, 0)


def test_whoever_comes_late_is_not_paid_back_for_the_time_before() -> None:
    one = line()
    first = [one.join("ann") for _ in range(3)]
    first[0].leave()
    first[1].leave()
    seats = [first[2], *(one.join("bob") for _ in range(2)), one.join("ann")]
    assert served_in_order(seats) == ["ann", "bob", "bob", "ann"]


def test_one_person_takes_not_every_place_that_is_free() -> None:
    one = line(3, person_at_once=2)
    ann = [one.join("ann") for _ in range(3)]
    assert [seat.place for seat in ann] == [0, 0, 1]
    assert one.join("bob").is_served
    ann[0].leave()
    assert ann[2].is_served


def test_the_line_and_each_person_s_part_of_it_are_bounded() -> None:
    one = line(1, waiting=3, person_waiting=2)
    seats = [one.join("ann") for _ in range(3)]
    with pytest.raises(BusyError, match="2 of your questions"):
        one.join("ann")
    one.join("bob")
    with pytest.raises(BusyError, match="too many questions are waiting") as raised:
        one.join("eve")
    assert raised.value.retry_after_s > 0
    seats[2].leave()
    one.join("eve")


def test_who_asks_too_fast_is_told_when_to_come_back() -> None:
    now = [0.0]
    rates = Rates(60, what="questions", clock=lambda: now[0])
    for _ in range(60):
        rates.count("ann")
    with pytest.raises(BusyError, match="more than 60 questions a minute; wait 1 s") as raised:
        rates.count("ann")
    assert raised.value.retry_after_s == pytest.approx(1)
    rates.count("bob")
    now[0] += 1
    rates.count("ann")
    with pytest.raises(BusyError):
        rates.count("ann")
    now[0] += 3600
    for _ in range(60):
        rates.count("ann")
    with pytest.raises(BusyError):
        rates.count("ann")


def test_no_limit_means_none_and_people_long_gone_are_forgotten() -> None:
    for _ in range(1000):
        Rates(0, what="questions").count("ann")
    now = [0.0]
    rates = Rates(60, what="questions", clock=lambda: now[0])
    for number in range(30_000):
        now[0] += 1
        rates.count(str(number))
    assert len(rates._full_at) <= 10_001


def test_places_are_told_as_they_change_until_the_turn_has_come() -> None:
    async def body() -> tuple[list[int], list[int], list[int]]:
        one = line()
        first, second, third, fourth = (one.join(who) for who in "abcd")

        async def told(seat: Seat) -> list[int]:
            return [place async for place in seat.places()]

        tasks = [asyncio.create_task(told(seat)) for seat in (second, third, fourth)]
        await asyncio.sleep(0)
        third.leave()
        await asyncio.sleep(0.01)
        first.leave()
        await asyncio.sleep(0.01)
        second.leave()
        second.leave()
        return tuple(await asyncio.wait_for(asyncio.gather(*tasks), 2))  # type: ignore[return-value]

    second, third, fourth = asyncio.run(body())
    assert (second, third, fourth) == ([1], [2], [3, 2, 1])
