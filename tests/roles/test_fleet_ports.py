"""Ports of the loopback: free, in use, and by whom."""

from __future__ import annotations

import os
import socket

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.ports import LOOPBACK, holder, require_free

PORT = 43990


def listen(address: str = LOOPBACK) -> socket.socket:
    server = socket.create_server((address, PORT))
    server.listen()
    return server


def test_free_ports_are_fine() -> None:
    require_free([PORT, PORT + 1])


@pytest.mark.parametrize("address", [LOOPBACK, "0.0.0.0"])  # noqa: S104 - the very point
def test_a_port_in_use_names_its_holder(address: str) -> None:
    with listen(address), pytest.raises(FleetError) as told:
        require_free([PORT + 1, PORT])
    assert str(told.value).startswith(
        f"port {PORT} on 127.0.0.1 is in use by process {os.getpid()}"
    )
    assert "fleet_ssh_port_base" in told.value.hint


def test_a_client_may_hold_a_port_too() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind((LOOPBACK, 0))
        server.listen()
        client.bind((LOOPBACK, PORT))
        client.connect(server.getsockname())
        with pytest.raises(FleetError, match=f"in use by process {os.getpid()}"):
            require_free([PORT])


def test_nobody_is_named_for_a_free_port() -> None:
    assert holder(PORT) == "a process of another user"


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(FleetError, match="there is no port 65536"):
        require_free([65536])
