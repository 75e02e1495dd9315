"""The final field lists: the request's for the upstream, the response's and its trailers for the client.

One pass decides each field of the client by one look-up of its lower-case name; the rules stand in `_fate_of` and
are applied once a name. Everything the gateway adds comes after everything the client may remove.
"""

from __future__ import annotations

from proxy.forwarding.hop_by_hop import HOP_BY_HOP, HeaderList, end_to_end, named_by_connection
from proxy.forwarding.identity import IDENTITY_FIELDS, IDENTITY_PREFIXES

KEEP, DROP, CONNECTION, VOUCHED = range(4)

UNTRUSTED_REQUEST_FIELDS = frozenset(
    (
        *HOP_BY_HOP,
        *IDENTITY_FIELDS,
        b"content-length",  # the sender frames the body anew (edge rule F8)
        b"expect",  # answered by our own edge (edge rule F14)
        b"forwarded",
        b"host",
        b"http2-settings",
        b"proxy",
        b"traceparent",
        b"x-forwarded",
        b"x-http-method",
        b"x-http-method-override",
        b"x-method-override",
        b"x-original-host",
        b"x-original-uri",
        b"x-original-url",
        b"x-override-url",
        b"x-real-ip",
        b"x-request-id",
        b"x-rewrite-url",
    )
)
"""Request fields that are never the client's to set: dropped, and added again by us where they have a meaning."""

VOUCHED_FIELDS = frozenset(
    (
        b"cf-connecting-ip",
        b"cf-connecting-ipv6",
        b"client-cert",
        b"client-cert-chain",
        b"client-ip",
        b"fastly-client-ip",
        b"front-end-https",
        b"remote-addr",
        b"remote-groups",
        b"remote-user",
        b"true-client-ip",
        b"x-azure-clientip",
        b"x-azure-socketip",
        b"x-client-cert",
        b"x-client-ip",
        b"x-client-verify",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-envoy-internal",
        b"x-envoy-original-path",
        b"x-goog-iap-jwt-assertion",
        b"x-middleware-subrequest",
        b"x-original-forwarded-for",
        b"x-originating-ip",
        b"x-proxyuser-ip",
        b"x-remote-addr",
        b"x-remote-group",
        b"x-remote-ip",
        b"x-remote-user",
        b"x-scheme",
        b"x-ssl-cert",
        b"x-url-scheme",
    )
)
VOUCHED_PREFIXES = (
    b"cf-access-",
    b"x-amzn-oidc-",
    b"x-auth-request-",
    b"x-authenticated-",
    b"x-goog-authenticated-user-",
    b"x-ms-client-principal",
    b"x-ms-token-",
    b"x-remote-extra-",
    b"x-ssl-client-",
    b"x-webauth-",
)
"""How other proxies say who asks: they count from a trusted peer alone (RFC 9440 section 4; CVE-2025-29927).

`Proxy` is among the dropped ones whoever sends it: CGI would make it `HTTP_PROXY` (CVE-2016-5385).
"""

FORBIDDEN_TRAILERS = frozenset(
    (
        *HOP_BY_HOP,
        b"authorization",
        b"cache-control",
        b"content-encoding",
        b"content-length",
        b"content-range",
        b"content-type",
        b"cookie",
        b"expect",
        b"host",
        b"location",
        b"range",
        b"set-cookie",
        b"trailer",
        b"www-authenticate",
    )
)
"""RFC 9110 section 6.5.1."""

_CONNECTION_AND_FRAMING = HOP_BY_HOP | {b"content-length"}

_UNMISTAKABLE = b"abcdefghijklmnopqrstuvwxyz0123456789-"
"""Characters of a name that every reader takes for themselves; nginx passes on no other names either."""

UNTRUSTED_REQUEST_PREFIXES = (*IDENTITY_PREFIXES, b"x-forwarded-")


class _Fates(dict[bytes, int]):
    """Field name to what becomes of it, bounded against clients that invent names, long ones above all."""

    LIMIT = 2048
    LONGEST = 64

    def __missing__(self, name: bytes) -> int:
        fate = _fate_of(name)
        if len(name) <= self.LONGEST:
            if len(self) >= self.LIMIT:
                self.clear()
            self[name] = fate
        return fate


def _fate_of(name: bytes) -> int:
    if name == b"connection":
        return CONNECTION
    plain = name.strip().lower()
    if plain.translate(None, _UNMISTAKABLE):
        return DROP  # CGI and its heirs cannot tell `x_user_id` or `x.user.id` from `x-user-id` (edge rule H6)
    if plain in UNTRUSTED_REQUEST_FIELDS or plain.startswith(UNTRUSTED_REQUEST_PREFIXES):
        return DROP
    return VOUCHED if plain in VOUCHED_FIELDS or plain.startswith(VOUCHED_PREFIXES) else KEEP


_fates = _Fates()


def is_clients_to_set(name: bytes) -> bool:
    """Whether a request field (lower case) is not the gateway's own, so that it may be changed on the way."""
    return _fate_of(name) in (KEEP, VOUCHED) and name not in (b"trailer", b"via")


def client_fields(headers: HeaderList, *, is_vouched_for: bool = False) -> HeaderList:
    """The client's own fields that travel on; `headers` have lower-case names.

    `is_vouched_for`: they came from a trusted peer, who may say what `VOUCHED_FIELDS` say.

    The sender adds what is ours: Host, framing, how the request came (`forwarded.py`), who asked (`identity.py`). An
    incoming `Via` stays and ours follows it; `tracestate` stays, `traceparent` is ours.
    """
    kept: HeaderList = []
    keep = kept.append
    fates = _fates
    named: frozenset[bytes] | None = None
    for field in headers:
        fate = fates[field[0]]
        if fate == KEEP:
            keep(field)
        elif fate == CONNECTION:
            options = named_by_connection(field[1])
            if options:
                named = options if named is None else named | options
        elif fate == VOUCHED and is_vouched_for:
            keep(field)
    return kept if named is None else [field for field in kept if field[0] not in named]


def response_headers(headers: HeaderList) -> HeaderList:
    """The upstream's fields for the client, in their order, each Set-Cookie on its own; a list of its own.

    Content-Length is left out with the rest of the framing: whoever sends the answer says how long it is.
    """
    return end_to_end(headers, _CONNECTION_AND_FRAMING)


def response_trailers(trailers: HeaderList) -> HeaderList:
    """The trailers that may follow a body: nothing that frames, routes, authenticates or sets state (edge rule F13)."""
    return [field for field in trailers if field[0] not in FORBIDDEN_TRAILERS]
