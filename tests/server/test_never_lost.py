"""Whatever happens to tabs and servers: afterwards page and database agree, once.

Against `manage.py serve` in a process of its own, with the shipped model.
"""

import socket as sockets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.browser.server import Server
from tests.server.conftest import Person, Tab

Make = Callable[..., Person]
NOT_SIGNED_IN = 4401


def test_two_tabs_show_the_same(server: Server, person: Make) -> None:
    somebody = person()
    with somebody.tab() as one, somebody.tab() as two:
        this, other = Tab(one), Tab(two)
        message = somebody.question()
        this.send(**message)
        here = this.until("answers", final=True)
        there = other.until("answers", final=True)
    assert here["id"] == there["id"] == message["id"]
    assert here["html"] == there["html"]
    assert statuses(somebody) == {message["id"]: "closed"}
    assert somebody.reviews() == 1


def statuses(person: Person) -> dict[str, str]:
    """Return of each question, in the order asked, whether it is closed."""
    words = {"pending": "pending", "answered": "closed", "no_answer": "closed"}
    return {key: words[status] for key, status, _ in person.saved()}


def test_a_doubled_send_is_one_question(server: Server, person: Make) -> None:
    somebody = person()
    with somebody.tab() as one, somebody.tab() as two:
        this, other = Tab(one), Tab(two)
        message = somebody.question()
        for _ in range(3):
            this.send(**message)
            other.send(**message)
        this.until("answers", final=True)
        other.until("answers", final=True)
    assert statuses(somebody) == {message["id"]: "closed"}
    assert somebody.reviews() == 1


def test_a_server_killed_in_mid_answer_answers_after_its_restart(
    server: Server, person: Make
) -> None:
    somebody = person(passages=8, repeat=60)
    message = somebody.question()
    with somebody.tab() as wire:
        tab = Tab(wire)
        tab.send(**message)
        tab.until("answers", final=False)
        server.kill()
        seq = tab.seq
    assert statuses(somebody) == {message["id"]: "pending"}
    server.start()
    with somebody.tab() as wire:
        tab = Tab(wire)
        tab.send(type="resume", after=seq)
        tab.until("asked", id=message["id"])
        tab.until("answers", id=message["id"], final=True)
    assert statuses(somebody) == {message["id"]: "closed"}
    assert somebody.reviews() == 1


def test_twenty_lines_survive_a_kill_in_their_middle(
    server: Server, person: Make
) -> None:
    somebody = person(repeat=8)
    message = somebody.lines(20)
    ids = [question["id"] for question in message["questions"]]
    with somebody.tab() as wire:
        tab = Tab(wire)
        tab.send(**message)
        tab.until("answers", id=ids[4], final=True)
        server.kill()
        seq = tab.seq
    before = somebody.saved()
    assert [key for key, *_ in before] == ids
    assert 0 < sum(status == "pending" for _, status, _ in before) <= 15
    server.start()
    with somebody.tab() as wire:
        again = Tab(wire)
        again.send(type="resume", after=seq)
        again.until("answers", id=ids[-1], final=True)
    after = somebody.saved()
    assert list(statuses(somebody).items()) == [(key, "closed") for key in ids]
    ends = [end for *_, end in after]
    assert ends == sorted(ends)  # one after the other, as they were asked
    kept = [row for row in before if row[1] != "pending"]
    assert after[: len(kept)] == kept  # and none of them twice
    assert somebody.reviews() == 20
    shown = list(dict.fromkeys(tab.finished() + again.finished()))
    assert sorted(shown) == sorted(ids)
    waiting = [key for key, status, _ in before if status == "pending"]
    assert [key for key in again.finished() if key in waiting] == waiting


def test_a_tab_that_does_not_read_holds_nobody_up(server: Server, person: Make) -> None:
    somebody = person()
    small = sockets.create_connection(("127.0.0.1", server.port))
    small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    with somebody.tab(small) as wire, somebody.tab() as other:
        slow, quick = Tab(wire), Tab(other)
        before = memory(server)
        for _ in range(8):
            message = somebody.question()
            quick.send(**message)
            quick.until("answers", id=message["id"], final=True)
            with suppress(ConnectionClosed):  # who answers no ping is left after 40 s
                slow.send(type="resume", after=1)
        assert memory(server) - before < 60_000  # kB
        with suppress(ConnectionClosed):
            while set(slow.finished()) != set(quick.finished()):
                slow.frame()
    with somebody.tab() as wire:  # what it has not read by then comes at the next visit
        again = Tab(wire)
        again.send(type="resume", after=slow.seq)
        while {*slow.finished(), *again.finished()} != set(quick.finished()):
            again.frame()
    for tab in (slow, again):
        seqs = [frame["seq"] for frame in tab.frames]
        assert seqs == sorted(set(seqs))
    assert list(statuses(somebody)) == quick.finished()


def memory(server: Server) -> int:
    """Return the server's memory in kB."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_signing_out_in_another_process_closes_the_socket(
    server: Server, person: Make
) -> None:
    somebody = person()
    with somebody.tab() as wire:
        server.write(
            "DELETE FROM django_session WHERE session_key = ?", somebody.session
        )
        tab = Tab(wire)
        tab.send(**somebody.question())
        with pytest.raises(ConnectionClosed):
            tab.until("answers", final=True)
        assert wire.close_code == NOT_SIGNED_IN
    assert somebody.saved() == []


def test_the_longest_pasted_text_goes_through(server: Server, person: Make) -> None:
    somebody = person()
    text = ("Tea is brewed for seven minutes, said the old man. " * 2000)[:100_000]
    with somebody.tab() as wire:
        tab = Tab(wire)
        message = somebody.question() | {"pasted": text}
        del message["library"]
        tab.send(**message)
        asked = tab.until("asked")
        tab.until("answers", final=True)
    assert asked["pasted"] is not None
