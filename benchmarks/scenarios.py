"""What is asked of every gateway, and with which token."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.tokens import Algorithm

ALGORITHMS: dict[str, Algorithm] = {"whole": "HS256", "rs256": "RS256"}
"""The tokens that are demanded, with one permission, below the first segments of paths; the others are open to all."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One path of the load; its first segment says which route serves it."""

    name: str
    path: str
    describes: str
    script: str | None = None
    """The wrk script beside this file that makes the requests."""
    answer_bytes: int = 0
    """Of the answer's body; 0 is an answer of about a hundred bytes."""
    upload_bytes: int = 0
    """Of the request's body; 0 is a GET."""
    connections: int | None = None
    """How many at once; None is as many as the command line says."""
    keep_alive: bool = True
    """Whether a connection carries more than one request."""

    @property
    def method(self) -> str:
        """POST with a body, GET without."""
        return "POST" if self.upload_bytes else "GET"

    @property
    def upload(self) -> bytes | None:
        """The body of each request."""
        return b"u" * self.upload_bytes if self.upload_bytes else None

    @property
    def moved_bytes(self) -> int:
        """What a request and its answer carry beside their heads; 0 where the size is not the point."""
        return self.answer_bytes or self.upload_bytes

    @property
    def route(self) -> str:
        """The first segment of the path: `plain`, `whole`, `rs256` or `cached`."""
        return self.path.split("/")[1]

    @property
    def algorithm(self) -> Algorithm | None:
        """How the token is signed; None where none is asked for."""
        return ALGORITHMS.get(self.route)

    def example(self, number: int) -> str:
        """A path of this load; a varied one is continued by a number."""
        varied = self.script == "varied.lua"
        return f"{self.path}{number:08x}?page={number:08x}&of={number:08x}" if varied else self.path


PLAIN = Scenario("plain", "/plain/item", "forward, round robin over two")
WHOLE_JOB = Scenario("whole job", "/whole/item", "JWT HS256, one permission, forward, round robin over two")
VARIED = "each request and answer unlike those before: another path, query, traceparent and ETag"
VARIED_PLAIN = Scenario("varied plain", "/plain/varied/", f"plain, {VARIED}", script="varied.lua")
VARIED_WHOLE_JOB = Scenario("varied whole job", "/whole/varied/", f"whole job, {VARIED}", script="varied.lua")
WHOLE_JOB_RS256 = Scenario("whole job RS256", "/rs256/item", "as the whole job, the token signed with RSA of 2048 bits")
CACHED = Scenario("cached", "/cached/item", "an answer that may be kept for an hour, from the gateway's cache")
SIZES = {"1 KiB": 1 << 10, "64 KiB": 1 << 16, "1 MiB": 1 << 20}
ANSWERS = tuple(
    Scenario(f"answer {name}", f"/plain/answer/{size}", "plain, a longer answer", answer_bytes=size)
    for name, size in SIZES.items()
)
UPLOADS = tuple(
    Scenario(f"upload {name}", "/plain/upload", "plain, a POST", script="upload.lua", upload_bytes=SIZES[name])
    for name in ("64 KiB", "1 MiB")
)
CROWDS = tuple(
    Scenario(f"{count} connections", "/plain/item", "plain, another number of connections", connections=count)
    for count in (16, 512)
)
NO_KEEP_ALIVE = Scenario("no keep-alive", "/plain/item", "plain, a connection for each request", keep_alive=False)
SCENARIOS = (
    *(PLAIN, WHOLE_JOB, VARIED_PLAIN, VARIED_WHOLE_JOB, WHOLE_JOB_RS256, CACHED),
    *(*ANSWERS, *UPLOADS, *CROWDS, NO_KEEP_ALIVE),
)
