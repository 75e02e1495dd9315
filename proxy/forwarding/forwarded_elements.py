"""Reading and writing the `Forwarded` field (RFC 7239 sections 4 to 6)."""

from __future__ import annotations

import re

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t \x21-\x7e])*"'
_PAIR = rf"{_WORD}=(?:{_WORD}|{_QUOTED})"
_ELEMENT = rf"{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*"
_FIELD = re.compile(rf"{_ELEMENT}(?:[ \t]*,[ \t]*{_ELEMENT})*")
_ONE_ELEMENT = re.compile(_ELEMENT)
_FOR = re.compile(rf"(?:^|;)[ \t]*for=({_WORD}|{_QUOTED})", re.IGNORECASE)
_IS_WORD = re.compile(_WORD)


def parse_forwarded(value: str) -> list[str] | None:
    """The elements of a field value, each as written; None when the value breaks the grammar."""
    if _FIELD.fullmatch(value) is None:
        return None
    return _ONE_ELEMENT.findall(value)


def node_of(element: str) -> str:
    """The `for` node of an element without its quotes; empty when it names none."""
    found = _FOR.search(element)
    return found[1].strip('"') if found is not None else ""


def forwarded_element(address: str, host: str, scheme: str) -> str:
    """One element of our own: `for=192.0.2.1;host=example.com;proto=https`, quoted where it must be."""
    node = f"[{address}]" if ":" in address else address or "unknown"
    return f"for={_quoted(node)};host={_quoted(host)};proto={scheme}" if host else f"for={_quoted(node)};proto={scheme}"


def _quoted(text: str) -> str:
    if _IS_WORD.fullmatch(text) is not None:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
