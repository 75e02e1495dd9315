"""G-305 and the edge rules P1 to P3: one canonical form, whatever the spelling."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.path import CanonicalPath, PathError, PathFlag, allows, canonicalise, decoded_readings

DOT, EMPTY, ENCODED, PARAMETER = PathFlag

_PIECES = [
    b"/", b"/", b"//", b".", b"..", b"%2e", b"%2E%2e", b";x=1", b"..;", b"%2f", b"%2F", b"%5c", b"%25", b"%252e",
    b"%3b", b"%41", b"%7e", b"%c3%a9", b"%20", b"a", b"admin", b"~", b"-", b"%C0%AE", b"%00", b"%zz", b"%", b"\\", b" ",
    b"?", b"#", b"\x80", b"\x7f", b"%0a", b"|",
]  # fmt: skip
spellings = st.lists(st.sampled_from(_PIECES), max_size=12).map(lambda pieces: b"/" + b"".join(pieces))


def _canonical(raw: bytes) -> CanonicalPath | None:
    try:
        return canonicalise(raw)
    except PathError:
        return None


@given(spellings | st.binary(max_size=30).map(lambda tail: b"/" + tail))
def test_p1_a_canonical_path_is_its_own_canonical_form(raw: bytes) -> None:
    first = _canonical(raw)
    if first is not None:
        again = canonicalise(first.path)
        assert again.path == first.path
        assert again.match_key == first.match_key
        assert again.flags == first.flags & ENCODED
        assert canonicalise(first.match_key).path == first.match_key


@given(spellings)
def test_p1_no_dot_segment_and_no_empty_segment_is_left(raw: bytes) -> None:
    canonical = _canonical(raw)
    if canonical is not None:
        segments = canonical.path.split(b"/")
        assert not {b".", b".."} & set(segments)
        assert b"" not in segments[1:-1]
        assert b";" not in canonical.path


@given(spellings)
def test_p1_the_match_key_has_the_length_of_the_path(raw: bytes) -> None:
    canonical = _canonical(raw)
    if canonical is not None:
        assert len(canonical.match_key) == len(canonical.path)
        assert canonical.match_key.lower() == canonical.path.lower()


@pytest.mark.parametrize(
    ("raw", "path", "flags"),
    [
        (b"/", b"/", 0),
        (b"/a/b", b"/a/b", 0),
        (b"/a/b/", b"/a/b/", 0),
        (b"/.well-known/x", b"/.well-known/x", 0),
        (b"/a..b/...", b"/a..b/...", 0),
        (b"/%61%7E%2D", b"/a~-", 0),
        (b"/J%c3%bcrgen", b"/J%c3%bcrgen", 0),
        (b"/a%20b|c", b"/a%20b|c", 0),
        (b"/a/./b", b"/a/b", DOT),
        (b"/a/.", b"/a/", DOT),
        (b"/a/b/..", b"/a/", DOT),
        (b"/a/b/../c", b"/a/c", DOT),
        (b"/../../a", b"/a", DOT),
        (b"/..", b"/", DOT),
        (b"/a/%2e%2E/b", b"/b", DOT),
        (b"/a/.%2e/b", b"/b", DOT),
        (b"//a", b"/a", EMPTY),
        (b"//", b"/", EMPTY),
        (b"/a//b", b"/a/b", EMPTY),
        (b"/a//../b", b"/b", EMPTY | DOT),
        (b"/a;x=1/b;y", b"/a/b", PARAMETER),
        (b"/a/;x", b"/a/", PARAMETER),
        (b"/a/;x/b", b"/a/b", PARAMETER | EMPTY),
        (b"/a/..;x/b", b"/b", PARAMETER | DOT),
        (b"/a/%2e%2e;x/b", b"/b", PARAMETER | DOT),
        (b"/a%2fb", b"/a%2fb", ENCODED),
        (b"/a%5Cb", b"/a%5Cb", ENCODED),
        (b"/a%3bb", b"/a%3bb", ENCODED),
        (b"/a%2541", b"/a%2541", ENCODED),
    ],
)
def test_p1_table_of_spellings(raw: bytes, path: bytes, flags: int) -> None:
    canonical = canonicalise(raw)
    assert (canonical.path, canonical.flags) == (path, flags)


def test_p1_escapes_keep_their_case_in_the_path_and_are_upper_case_in_the_match_key() -> None:
    assert canonicalise(b"/caf%c3%A9")[:2] == (b"/caf%c3%A9", b"/caf%C3%A9")


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"a", b"*", b"http://h/x", b"/a%", b"/a%4", b"/a%zz", b"/%u002e", b"/%%41", b"/a b", b"/a\tb", b"/a\nb",
        b"/\x00", b"/\x7f", b"/\x80", b"/\xc3\xa9", b"/a\\b", b"/a#b", b"/a?b", b"/%00", b"/%0a", b"/%1F", b"/%7f",
        b"/%c0%ae", b"/%C0%AF", b"/%c1%9c", b"/%e0%80%ae", b"/%f0%80%80%ae", b"/..%2fadmin", b"/..%5cadmin",
        b"/a%2f..", b"/a%2F.%2Fb", b"/%2f..%2f", b"/a%252f..%252fb", b"/%252e%252e%252fx", b"/..%3b%2fx",
    ],
)  # fmt: skip
def test_p1_what_no_handling_makes_safe_is_refused(raw: bytes) -> None:
    with pytest.raises(PathError):
        canonicalise(raw)


_DOTS = [
    b"..",
    b"%2e%2e",
    b"%2E.",
    b".%2e",
    b"%252e%252e",
    b"%25252e%25252e",
    b"%c0%ae%c0%ae",
    b"..;",
    b"..;a=b",
    b"..",
]
_SEPARATORS = [b"/", b"//", b"%2f", b"%2F", b"%5c", b"\\", b"%252f", b"%255c", b"/;/", b"/./", b"%c0%af"]
_STARTS = [b"/public", b"/public/x", b"/public;v=1", b"/public//x"]
ATTACKS = [
    start + before + dots + after + b"admin"
    for start, before, dots, after in itertools.product(_STARTS, _SEPARATORS, _DOTS, _SEPARATORS)
]


def test_g305_the_table_of_attacks_is_large() -> None:
    assert len(set(ATTACKS)) >= 300


@pytest.mark.parametrize("start", _STARTS)
def test_g305_no_attack_spelling_passes_a_route_that_refuses_ambiguity(start: bytes) -> None:
    for raw in ATTACKS:
        canonical = _canonical(raw) if raw.startswith(start) else None
        assert canonical is None or not allows("refuse", canonical.flags), raw


def test_g305_normalised_attacks_are_judged_by_where_they_lead() -> None:
    for raw in ATTACKS:
        canonical = _canonical(raw)
        if canonical is not None and allows("normalise", canonical.flags):
            # A parameter swallows what follows it in its segment, so some lead to the directory only.
            directories = (b"/", b"/public", b"/public/", b"/public/x")
            assert canonical.path in (b"/admin", b"/public/admin", *directories), raw


def test_g305_kept_escapes_never_decode_into_a_dot_segment() -> None:
    from urllib.parse import unquote_to_bytes

    for raw in ATTACKS:
        canonical = _canonical(raw)
        decoded = canonical.path if canonical is not None else b""
        for _ in range(4):
            decoded = unquote_to_bytes(decoded)
            assert b".." not in decoded.replace(b"\\", b"/").split(b"/"), raw


def test_p1_a_path_encoded_over_and_over_is_refused_at_a_bounded_cost() -> None:
    with pytest.raises(PathError, match="too many times"):
        canonicalise(b"/%" + b"25" * 4000 + b"2e")


def test_p1_deep_but_harmless_layers_are_kept() -> None:
    assert canonicalise(b"/a%25252525b").flags == ENCODED


@pytest.mark.parametrize(
    ("handling", "allowed"),
    [
        ("refuse", set()),
        ("normalise", {DOT, EMPTY, PARAMETER}),
        ("keep_encoded", {DOT, EMPTY, PARAMETER, ENCODED}),
    ],
)
def test_g305_each_handling_allows_its_flags(handling: str, allowed: set[PathFlag]) -> None:
    assert allows(handling, PathFlag(0))  # type: ignore[arg-type]
    for flag in PathFlag:
        assert allows(handling, flag) == (flag in allowed)  # type: ignore[arg-type]
    assert allows(handling, DOT | ENCODED) == (ENCODED in allowed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "readings"),
    [
        (b"/a/b", []),
        (b"/a%C3%A9", []),
        (b"/a%2fb", [b"/a/b"]),
        (b"/a%5Cb%3Bc/d", [b"/a/b/d"]),
        (b"/a%252Fb", [b"/a%2Fb", b"/a/b"]),
        (b"/100%25-off", []),
    ],
)
def test_p3_a_path_is_read_as_those_read_it_who_decode_its_delimiters(path, readings):
    assert list(decoded_readings(path)) == readings


def test_p3_what_is_refused_in_plain_is_refused_when_decoding_shows_it():
    with pytest.raises(PathError, match="control"):
        list(decoded_readings(b"/a%2500"))
