"""The head of a part's request, put together and then read like any other."""

from __future__ import annotations

from proxy.batch.document import Part
from proxy.batch.part_fields import inherited_fields
from proxy.http1.request_head import RequestHead, parse_request_head
from proxy.options import GatewayOptions
from proxy.request import Request


def part_head(part: Part, outer: Request, options: GatewayOptions) -> RequestHead:
    """What an edge would have read had the part come alone; raises `MalformedMessage` as it would."""
    headers = [*inherited_fields(outer.headers, part.headers), *part.headers]
    if all(name != b"host" for name, _value in headers):
        headers.append((b"host", outer.authority))
    if part.body:
        headers.append((b"content-length", b"%d" % len(part.body)))
    lines = [b"%b %b HTTP/1.1" % (part.method.encode("ascii"), part.target)]
    lines += [b"%b: %b" % field for field in headers]
    block = b"\r\n".join(lines)
    return parse_request_head(block, max_line=options.max_request_line_bytes, max_fields=options.max_header_count)
