r"""The path an upstream is asked for (G-304): the route's target with the matched text in place.

| strip_path | upstream path                                                                             |
|------------|-------------------------------------------------------------------------------------------|
| None       | `target_url`, each `*` replaced by the capture of the same place; fixed if it has no `*`  |
| True       | `target_url` joined with the path without its matched literal prefix                      |
| False      | `target_url` joined with the whole path                                                   |

Afterwards `rewrite` replaces every match of its expression; `$1` and `\1` stand for groups. Of an absolute
`target_url` only the path counts. Text is put together from the path as the client escaped it, and whatever
could then read differently from what was authorised (`//`, dot segments, an escape made across a seam) is
refused, never repaired: repairing it would move the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from routing.captures import Captures
from routing.expression import Expression
from routing.path import PathError, PathFlag, canonicalise
from routing.pattern import PRINTABLE, effective_kind, literal_prefix, match_bytes
from routing.spec import RewriteSpec, RouteSpec

Target = Callable[[bytes, Captures], bytes]

_TARGET_URL = re.compile(r"(?:https?://[^/?#\\\s]+)?(/.*)?", re.DOTALL | re.IGNORECASE)


def compile_target(route: RouteSpec) -> Target:
    """A function from the forwarded path and the captures to the upstream path.

    Raises `ValueError` for a target or rewrite that can never work. What it returns raises `PathError` for a
    request whose path cannot be put in safely.
    """
    path = _target_path(route.target_url)
    if route.strip_path is not None:
        target = _joined(route, path)
    elif b"*" not in path:
        _refuse_unclean(path)
        target = _fixed(path)
    else:
        target = _filled(route, path)
    return target if route.rewrite is None else _rewritten(target, route.rewrite, _flags_allowed(route, path))


@lru_cache(maxsize=1024)
def _target_path(target_url: str) -> bytes:
    parts = _TARGET_URL.fullmatch(target_url)
    if parts is None:
        raise ValueError("target_url is neither a path nor an http or https address")
    return quote(parts[1] or "/", safe=PRINTABLE).encode("ascii")


def _refuse_unclean(path: bytes) -> PathFlag:
    """A configured path must be canonical already; encoded delimiters are the operator's to use."""
    canonical = canonicalise(path)
    if canonical.path != path:
        raise ValueError("target_url is not a canonical path")
    return canonical.flags


def _flags_allowed(route: RouteSpec, path: bytes) -> PathFlag:
    own = _refuse_unclean(path)
    return own | PathFlag.ENCODED_DELIMITER if route.path_handling == "keep_encoded" else own


def _fixed(path: bytes) -> Target:
    return lambda forwarded, captures: path


def _joined(route: RouteSpec, path: bytes) -> Target:
    path = path.removesuffix(b"*")
    if b"*" in path:
        raise ValueError("target_url may hold `*` only at its end when strip_path is set")
    _refuse_unclean(path)
    base = path.rstrip(b"/")
    cut = len(match_bytes(literal_prefix(route) or "/").rstrip(b"/")) if route.strip_path else 0

    def target(forwarded: bytes, captures: Captures) -> bytes:
        rest = forwarded[cut:]
        return base + rest if rest else path

    return target


def _filled(route: RouteSpec, path: bytes) -> Target:
    pieces = path.split(b"*")
    wanted = len(pieces) - 1
    if wanted > _capture_count(route):
        raise ValueError("target_url holds more `*` than path_pattern")
    allowed = _flags_allowed(route, path.replace(b"*", b"x"))
    first, second = pieces[0], pieces[1]
    if wanted == 1 and not second and first.endswith(b"/") and effective_kind(route) == "prefix":
        # The rest of a canonical path after a slash, put after a slash, is canonical.
        return lambda forwarded, captures: first + forwarded[captures[0][0] :]

    def target(forwarded: bytes, captures: Captures) -> bytes:
        parts = [first]
        for (start, end), piece in zip(captures, pieces[1:], strict=False):
            parts.append(forwarded[start:end])
            parts.append(piece)
        return verified(b"".join(parts), allowed)

    return target


def _capture_count(route: RouteSpec) -> int:
    kind = effective_kind(route)
    if kind == "regex":
        try:
            return Expression(route.path_pattern).groups
        except ValueError as error:
            raise ValueError(f"path_pattern: {error}") from error
    if kind == "pattern":
        return route.path_pattern.split("/").count("*")
    return 1 if kind == "prefix" else 0


def _rewritten(target: Target, rewrite: RewriteSpec, allowed: PathFlag) -> Target:
    apply = compile_rewrite(rewrite, allowed)
    return lambda forwarded, captures: apply(target(forwarded, captures))


def compile_rewrite(rewrite: RewriteSpec, allowed: PathFlag) -> Callable[[bytes], bytes]:
    """A function that replaces every match in a path. Raises `ValueError` for an expression that does not compile.

    What it returns raises `PathError` for a result that is not canonical, but for the flags `allowed`.
    """
    try:
        replaced = Expression(rewrite.regex).replacing(rewrite.replacement)
    except ValueError as error:
        raise ValueError(f"rewrite: {error}") from error
    return lambda path: verified(quote(replaced(path), safe=PRINTABLE).encode("ascii"), allowed)


def verified(path: bytes, allowed: PathFlag) -> bytes:
    """The path, if it is canonical but for the flags `allowed`; raises `PathError` for any other."""
    canonical = canonicalise(path)
    if canonical.path != path or canonical.flags & ~allowed:
        raise PathError("the path cannot be put into the route's target")
    return path
