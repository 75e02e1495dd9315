"""Rule W of docs/edge.md, as far as test_websocket.py and test_websocket_end.py do not have it (RFC 6455)."""

from __future__ import annotations

import h11
import pytest

from tests.common.raw_client import get
from tests.common.scripted_upstream import Connection
from tests.common.through_the_edge import through
from tests.common.websocket import OFFER, SWITCH

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-other"


@pytest.mark.parametrize(
    ("offered", "agreed", "status"),
    [
        ((DEFLATE,), b"permessage-deflate; server_no_context_takeover", 101), ((DEFLATE,), b"X-Other", 101),
        ((), b"permessage-deflate", 502), (("Sec-WebSocket-Extensions: x-other",), b"x-other, permessage-deflate", 502),
        ((DEFLATE,), b"permessage-deflate, x-third", 502), ((), b"", 101),
    ],
)  # fmt: skip
async def test_w_no_extension_is_agreed_to_that_was_not_offered(offered, agreed, status):
    """Frames would be compressed towards a client that cannot tell (CVE-2026-59881)."""

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: " + agreed + b"\r\n\r\n"))
        await connection.until_closed()

    passed = await told(script, *offered)
    assert passed == status


async def told(script, *fields: str) -> int:
    """The status a handshake with these fields is answered with; h11, which was not told of it, takes no 101."""
    try:
        return (await through(get("/", *OFFER, *fields), script=script)).status
    except h11.RemoteProtocolError:
        return 101


@pytest.mark.parametrize("protocol", ["\xff\xfe", "chat\x85", "\xe4\xb8\xad", "a" * 5000])
async def test_w_a_subprotocol_of_any_bytes_ends_nothing_but_itself(protocol):
    """Another server's worker died of it."""

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n")

    passed = await through(get("/", *OFFER, f"Sec-WebSocket-Protocol: {protocol}"), get("/"), script=script)
    assert passed.status == 400
    assert passed.sent(b"sec-websocket-protocol") == [protocol.encode("latin-1")]


@pytest.mark.parametrize("fields", [("Content-Length: 3",), ("Transfer-Encoding: chunked",)])
async def test_w_a_handshake_with_a_body_is_no_handshake(fields):
    """Where the body ends and the frames begin, two readers could see differently."""
    passed = await through(get("/", *OFFER, *fields) + b"0\r\n\r\n")
    assert not passed.sent(b"upgrade")
