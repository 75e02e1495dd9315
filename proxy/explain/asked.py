"""A request that somebody asks about, made into what the edge would have read."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.errors import malformed
from proxy.http1.errors import MalformedMessage
from proxy.http1.request_head import RequestHead, parse_request_head
from proxy.options import GatewayOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`target` is the path, with the query if there is one, as a client would write it; `token` a bearer token."""

    method: str = "GET"
    target: str
    host: str = "localhost"
    headers: tuple[tuple[str, str], ...] = ()
    address: str = "127.0.0.1"
    scheme: str = "http"
    token: str = ""

    def head(self, options: GatewayOptions) -> RequestHead:
        """The head as it would be read from a connection. Raises `GatewayError` as the edge does."""
        fields = [("host", self.host), *self.headers]
        if self.token:
            fields.append(("authorization", f"Bearer {self.token}"))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        if any("\r" in line or "\n" in line for line in lines):
            raise malformed("the head holds a control character or a line not ended by CR LF")
        try:
            block = "\r\n".join(lines).encode("latin-1")
            return parse_request_head(
                block, max_line=options.max_request_line_bytes, max_fields=options.max_header_count
            )
        except UnicodeEncodeError:
            raise malformed("the head holds a character outside Latin-1") from None
        except MalformedMessage as error:
            raise malformed(str(error), error.status) from None
