"""The rules of RFC 9111, section by section, on plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.caching.age import Moment, age_value, current_age, initial_age
from proxy.caching.byte_range import byte_range
from proxy.caching.cache_control import MOST_SECONDS, CacheControl, cache_control, cache_control_of
from proxy.caching.description import Asker, Source, describe
from proxy.caching.freshness import lifetime
from proxy.caching.http_date import http_date
from proxy.caching.invalidation import changes_something, doubtful
from proxy.caching.key import address_key, reply_key
from proxy.caching.reuse import judge, may_rescue
from proxy.caching.storable import audience
from proxy.caching.tags import MOST_TAGS, tags_of
from proxy.caching.validation import freshened, is_not_modified, own_conditions, range_holds
from proxy.caching.vary import MOST_NAMES, selecting_values, variation

TODAY = 1_700_000_000.0
TODAY_TEXT = b"Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"", CacheControl()),
        (b"max-age=60", CacheControl(max_age=60)),
        (b"MaX-aGe=060, PUBLIC", CacheControl(max_age=60, public=True)),
        (b'max-age="60"', CacheControl(max_age=60)),
        (b"max-age='60'", CacheControl(max_age=0)),
        (b"max-age=60.5", CacheControl(max_age=0)),
        (b"max-age=-1", CacheControl(max_age=0)),
        (b"max-age", CacheControl(max_age=0)),
        (b"max-age=99999999999999999999999", CacheControl(max_age=MOST_SECONDS)),
        (b"max-age=60, max-age=5", CacheControl(max_age=5)),
        (b'extension="max-age=3600", max-age=1', CacheControl(max_age=1)),
        (b'max-age=1, extension="max-age=3600, no-store"', CacheControl(max_age=1)),
        (b"max-stale", CacheControl(max_stale=MOST_SECONDS)),
        (b"max-stale=7, min-fresh=3", CacheControl(max_stale=7, min_fresh=3)),
        (b"no-store,no-cache , private", CacheControl(no_store=True, no_cache=True, private=True)),
        (b'no-cache="a, B", private=c', CacheControl(unstored=frozenset((b"a", b"b", b"c")))),
        (b"s-maxage=9,stale-while-revalidate=8,stale-if-error=7",
         CacheControl(s_maxage=9, stale_while_revalidate=8, stale_if_error=7)),
        (b"must-revalidate, proxy-revalidate, must-understand, only-if-cached",
         CacheControl(must_revalidate=True, proxy_revalidate=True, must_understand=True, only_if_cached=True)),
    ],
)  # fmt: skip
def test_5_2_directives(value: bytes, wanted: CacheControl) -> None:
    assert cache_control(value) == wanted


def test_5_2_lines_are_one_list() -> None:
    lines = [(b"cache-control", b"max-age=5"), (b"x", b"no-store"), (b"cache-control", b"public")]
    assert cache_control_of(lines) == CacheControl(max_age=5, public=True)


@given(st.binary(max_size=60))
def test_5_2_no_value_breaks_it(value: bytes) -> None:
    found = cache_control(value)
    assert found.max_age is None or 0 <= found.max_age <= MOST_SECONDS


@pytest.mark.parametrize(
    "text", [TODAY_TEXT, b"Tuesday, 14-Nov-23 22:13:20 GMT", b"Tue Nov 14 22:13:20 2023"]
)  # fmt: skip
def test_dates_have_three_spellings(text: bytes) -> None:
    assert http_date(text) == TODAY


@pytest.mark.parametrize(
    "text",
    [b"", b"0", b"Tue, 14 Nov 2023 22:13:20 UTC", b"Tue, 14 nov 2023 22:13:20 GMT", b"Tue, 31 Feb 2023 22:13:20 GMT",
     b"Tue, 14 Nov 2023 25:13:20 GMT", b"Tue,  14 Nov 2023 22:13:20 GMT", TODAY_TEXT + b" "],
)  # fmt: skip
def test_what_is_not_a_date_is_none(text: bytes) -> None:
    assert http_date(text) is None


def test_a_leap_second_is_a_second() -> None:
    assert http_date(b"Sat, 31 Dec 2016 23:59:60 GMT") == http_date(b"Sun, 01 Jan 2017 00:00:00 GMT")


@pytest.mark.parametrize(
    ("control", "expires", "wanted"),
    [
        ("s-maxage=1, max-age=2", TODAY_TEXT, 1),
        ("max-age=2", TODAY_TEXT, 2),
        ("", b"Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("", b"0", 0),
        ("", b"Mon, 13 Nov 2023 22:14:20 GMT", 0),
        ("", None, None),
    ],
)
def test_4_2_1_how_long_a_reply_is_fresh(control: str, expires: bytes | None, wanted: float | None) -> None:
    lines = [] if expires is None else [expires]
    assert lifetime(cache_control(control.encode()), lines, TODAY, TODAY + 5) == wanted


def test_4_2_1_expires_counts_from_when_it_came_if_there_is_no_date_and_all_lines_must_hold() -> None:
    later = b"Tue, 14 Nov 2023 22:14:20 GMT"
    assert lifetime(CacheControl(), [later], None, TODAY + 10) == 50
    assert lifetime(CacheControl(), [later, b"0"], TODAY, TODAY) == 0


@pytest.mark.parametrize(
    ("status", "cookies", "headers", "wanted"),
    [
        (200, False, [], (9.0, True)),
        (301, False, [], (9.0, True)),
        (404, False, [], None),
        (302, False, [], None),
        (500, False, [], None),
        (404, False, [(b"cache-control", b"max-age=5")], (5.0, False)),
        (200, True, [], None),
        (200, True, [(b"cache-control", b"max-age=5")], (5.0, False)),
        (200, False, [(b"cache-control", b"max-age=0")], None),
        (200, False, [(b"cache-control", b"max-age=0"), (b"etag", b'"a"')], (0.0, False)),
        (200, False, [(b"cache-control", b"max-age=5"), (b"age", b"old")], None),
        (404, False, [(b"cache-control", b"no-cache")], None),
        (404, False, [(b"cache-control", b"no-cache"), (b"etag", b'"a"')], (0.0, False)),
    ],
)
def test_g405_the_routes_time_is_for_good_replies_to_requests_without_cookies(status, cookies, headers, wanted):
    asker = Asker(CacheControl(), False, False, cookies)
    found = describe(Source("r", 9, b"/"), asker, status, b"", headers, TODAY, Moment(TODAY, 0.0))
    assert (found and (found.entry.lifetime, found.entry.by_default)) == wanted


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [([], 0), ([b"7"], 7), ([b"-7"], None), ([b"7.5"], None), ([b"old"], None), ([b"7, 0"], None), ([b"0", b"0"], None),
     ([b"7;x"], None), ([b"9" * 30], 2**31)],
)  # fmt: skip
def test_5_1_an_age_that_is_not_one_number_is_none(lines: list[bytes], wanted: int | None) -> None:
    assert age_value(lines) == wanted


def test_4_2_3_the_age_is_the_greatest_that_anybody_can_have_meant() -> None:
    assert initial_age(0, TODAY, TODAY + 8, TODAY + 10) == 10
    assert initial_age(20, TODAY, TODAY + 8, TODAY + 10) == 22
    assert initial_age(0, TODAY + 100, TODAY, TODAY + 1) == 1
    assert initial_age(5, None, TODAY, TODAY) == 5


@pytest.mark.parametrize("wall", [-3600, 0, 5, 3600])
def test_r15_a_clock_that_is_set_back_makes_nothing_younger(wall: float) -> None:
    """Edge rule T11."""
    stored, now = Moment(TODAY, 100.0), Moment(TODAY + wall, 110.0)
    assert current_age(2, stored, now) == 2 + max(wall, 10)


STORING = [
    ("200", "", "max-age=5", {}, "all"),
    ("206", "", "max-age=5", {}, None),
    ("304", "", "max-age=5", {}, None),
    ("101", "", "max-age=5", {}, None),
    ("500", "", "max-age=5", {}, "all"),
    ("599", "", "max-age=5", {}, "all"),
    ("599", "", "max-age=5, must-understand", {}, None),
    ("200", "", "no-store, must-understand", {}, "all"),
    ("200", "", "no-store", {}, None),
    ("200", "", "private", {}, None),
    ("200", 'private="x"', "max-age=5", {}, "all"),
    ("200", "no-store", "max-age=5", {}, None),
    ("200", "", "max-age=5", {"sets_cookie": True}, None),
    ("200", "", "max-age=5", {"names_caller": True}, None),
    ("200", "", "max-age=5", {"names_caller": True, "caller_is_known": True}, "caller"),
    ("200", "", "public", {"names_caller": True}, "all"),
    ("200", "", "s-maxage=5", {"names_caller": True}, "all"),
    ("200", "", "must-revalidate", {"names_caller": True, "caller_is_known": True}, "all"),
    ("200", "", "public", {"names_caller": True, "caller_is_known": True, "by_caller": True}, "caller"),
    ("200", "", "public", {"by_caller": True}, None),
]


@pytest.mark.parametrize(("status", "asked", "said", "facts", "wanted"), STORING)
def test_3_who_may_be_given_a_reply_again(status: str, asked: str, said: str, facts: dict, wanted: str | None) -> None:
    flags = {"names_caller": False, "caller_is_known": False, "by_caller": False, "sets_cookie": False, **facts}
    found = audience(int(status), cache_control(asked.encode()), cache_control(said.encode()), **flags)
    assert found == wanted


class Limits:
    """A stored reply that is fresh for 10 s."""

    lifetime, stale_while_revalidate, stale_if_error, always_validate, never_stale = 10.0, 0, 0, False, False

    def __init__(self, **fields) -> None:
        self.__dict__.update(fields)


@pytest.mark.parametrize(
    ("fields", "age", "asked", "wanted"),
    [
        ({}, 9.9, "", "fresh"),
        ({}, 10, "", "validate"),
        ({}, 5, "no-cache", "validate"),
        ({}, 5, "max-age=4", "validate"),
        ({}, 5, "max-age=5", "fresh"),
        ({}, 5, "min-fresh=5", "validate"),
        ({}, 5, "min-fresh=4", "fresh"),
        ({}, 15, "max-stale", "stale"),
        ({}, 15, "max-stale=5", "stale"),
        ({}, 15, "max-stale=4", "validate"),
        ({}, 15, "max-stale=9, max-age=14", "validate"),
        ({"never_stale": True}, 15, "max-stale", "validate"),
        ({"always_validate": True}, 1, "", "validate"),
        ({"stale_while_revalidate": 5}, 14.9, "", "refresh"),
        ({"stale_while_revalidate": 5}, 15, "", "validate"),
        ({"stale_while_revalidate": 5}, 12, "min-fresh=1", "validate"),
    ],
)
def test_4_and_5_2_1_what_may_be_done_with_a_stored_reply(fields: dict, age: float, asked: str, wanted: str) -> None:
    assert judge(Limits(**fields), age, cache_control(asked.encode())) == wanted


@pytest.mark.parametrize(
    ("fields", "age", "asked", "wanted"),
    [
        ({"stale_if_error": 5}, 14, "", True),
        ({"stale_if_error": 5}, 15, "", False),
        ({}, 12, "stale-if-error=5", True),
        ({"never_stale": True}, 12, "stale-if-error=5", False),
        ({"always_validate": True, "stale_if_error": 5}, 12, "", False),
        ({}, 12, "", False),
    ],
)
def test_rfc5861_4_when_a_stale_reply_may_stand_in(fields: dict, age: float, asked: str, wanted: bool) -> None:
    assert may_rescue(Limits(**fields), age, cache_control(asked.encode())) is wanted


def test_4_1_what_vary_asks_for() -> None:
    assert variation([b"B, a", b"A"]) == ((b"a", b"b"), False)
    assert variation([]) == ((), False)
    assert variation([b"Host, X-Forwarded-Proto"]) == ((), False)
    assert variation([b"X-User-ID, a"]) == ((b"a",), True)
    for value in (b"*", b"a, *", b", *", b"X-Forwarded-For", b"Forwarded", b"x-real-ip", b"traceparent"):
        assert variation([value]) is None, value
    assert variation([b",".join(b"n%d" % n for n in range(MOST_NAMES + 1))]) is None


def test_4_1_requests_match_whose_fields_mean_the_same() -> None:
    def selected(*values: bytes, name: bytes = b"foo") -> bytes:
        return selecting_values([(name, value) for value in values], (name,))

    assert selected(b"1, 2") == selected(b"1", b"2") == selected(b"1 ,2")
    assert selected(b"1") != selected(b"2")
    assert selected() != selected(b"")
    assert selected(b'"1, 2"') != selected(b'"1,2"')
    assert selected(b"A") != selected(b"a")
    assert selected(b"DE, En", name=b"accept-language") == selected(b"de,en", name=b"accept-language")


@given(st.lists(st.binary(max_size=4), min_size=4, max_size=4), st.lists(st.binary(max_size=4), min_size=4, max_size=4))
def test_c1_two_addresses_never_share_a_key(one: list[bytes], other: list[bytes]) -> None:
    first, second = (address_key(parts[0].hex(), *parts[1:]) for parts in (one, other))
    same = (one[0], one[1].lower(), *one[2:]) == (other[0], other[1].lower(), *other[2:])
    assert (first == second) == same


def test_keys_tell_callers_routes_and_variants_apart() -> None:
    parts = [b"a", b"n", b"r", b"c", b"v"]
    keys = {reply_key(*parts)}
    for place in range(5):
        keys.add(reply_key(*[part + b"2" if at == place else part for at, part in enumerate(parts)]))
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"bytes=0-1", (0, 1)), (b"bytes=1-", (1, 9)), (b"bytes=-3", (7, 9)), (b"bytes=-30", (0, 9)),
        (b"bytes=5-50", (5, 9)), (b"bytes=10-", (10, 9)), (b"bytes=-0", (10, 9)), (b"bytes=3-2", None),
        (b"bytes=0-1,3-4", None), (b"lines=0-1", None), (b"bytes=-", None), (b"bytes=a-b", None),
        (b"bytes=" + b"9" * 5000 + b"-", None),
    ],
)  # fmt: skip
def test_ranges(value: bytes, wanted: tuple[int, int] | None) -> None:
    assert byte_range(value, 10) == wanted


def test_a_range_beyond_the_end_is_empty() -> None:
    found = byte_range(b"bytes=10-", 10)
    assert found is not None
    assert found.is_empty


@pytest.mark.parametrize(
    ("fields", "stored", "wanted"),
    [
        ({b"if-none-match": b'"a"'}, {b"etag": b'"a"'}, True),
        ({b"if-none-match": b'W/"a"'}, {b"etag": b'"a"'}, True),
        ({b"if-none-match": b'"b", "a"'}, {b"etag": b'W/"a"'}, True),
        ({b"if-none-match": b'"b"'}, {b"etag": b'"a"'}, False),
        ({b"if-none-match": b"*"}, {}, True),
        ({b"if-none-match": b'"a"'}, {}, False),
        ({b"if-none-match": b'"b"', b"if-modified-since": TODAY_TEXT},
         {b"etag": b'"a"', b"last-modified": TODAY_TEXT}, False),
        ({b"if-modified-since": TODAY_TEXT}, {b"last-modified": TODAY_TEXT}, True),
        ({b"if-modified-since": TODAY_TEXT}, {b"last-modified": b"Tue, 14 Nov 2023 22:13:21 GMT"}, False),
        ({b"if-modified-since": TODAY_TEXT}, {b"date": TODAY_TEXT}, True),
        ({b"if-modified-since": b"soon"}, {b"date": TODAY_TEXT}, False),
        ({}, {b"etag": b'"a"'}, False),
    ],
)  # fmt: skip
def test_4_3_2_whether_the_client_has_it_already(fields: dict, stored: dict, wanted: bool) -> None:
    assert is_not_modified(fields, stored) is wanted


def test_4_3_1_what_the_cache_asks_with() -> None:
    headers = [(b"etag", b'W/"a"'), (b"last-modified", TODAY_TEXT), (b"x", b"1")]
    assert own_conditions(headers) == [(b"if-none-match", b'W/"a"'), (b"if-modified-since", TODAY_TEXT)]
    assert own_conditions([(b"last-modified", b"soon")]) == []


def test_3_2_a_304_renews_fields_but_not_those_of_the_bytes() -> None:
    stored = [(b"etag", b'"a"'), (b"x", b"1"), (b"y", b"2"), (b"content-encoding", b"gzip"), (b"date", b"old")]
    update = [(b"etag", b'"b"'), (b"x", b"3"), (b"x", b"4"), (b"content-encoding", b"br"), (b"set-cookie", b"a=b")]
    assert freshened(stored, update) == [
        (b"etag", b'"a"'), (b"y", b"2"), (b"content-encoding", b"gzip"), (b"date", b"old"), (b"x", b"3"), (b"x", b"4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [(None, True), (b'"a"', True), (b'W/"a"', False), (b'"b"', False), (TODAY_TEXT, True), (b"soon", False)],
)
def test_if_range_takes_strong_matches_only(condition: bytes | None, wanted: bool) -> None:
    fields = {} if condition is None else {b"if-range": condition}
    assert range_holds(fields, {b"etag": b'"a"', b"last-modified": TODAY_TEXT}) is wanted


def test_4_4_what_a_change_makes_doubtful() -> None:
    def keys(*paths: bytes) -> set[bytes]:
        return {address_key("http", b"h:80", *path.partition(b"?")[::2]) for path in paths}

    def found(*headers: tuple[bytes, bytes]) -> set[bytes]:
        return set(doubtful("http", b"h:80", b"/a/b", b"q=1", list(headers)))

    assert found() == keys(b"/a/b?q=1")
    assert found((b"location", b"/x?y=1")) == keys(b"/a/b?q=1", b"/x?y=1")
    assert found((b"content-location", b"c")) == keys(b"/a/b?q=1", b"/a/c")
    assert found((b"location", b"http://H:80/d")) == keys(b"/a/b?q=1", b"/d")
    for elsewhere in (b"http://other/x", b"https://h:80/x", b"//[", b"/%zz", b"\xff/x", b"mailto:x"):
        assert found((b"location", elsewhere)) == keys(b"/a/b?q=1"), elsewhere
    assert changes_something("POST", 201)
    assert not changes_something("POST", 500)
    assert not changes_something("GET", 200)


def test_tags_are_split_as_their_field_says() -> None:
    headers = [(b"cache-tag", b"a b, c ,"), (b"surrogate-key", b"d  e,c"), (b"x", b"f"), (b"cache-tag", b"z" * 200)]
    assert tags_of(headers) == (b"a b", b"c", b"d", b"e")
    assert len(tags_of([(b"surrogate-key", b" ".join(b"%d" % n for n in range(500)))])) == MOST_TAGS
