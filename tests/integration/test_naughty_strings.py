"""A text comes back from the API as it was sent, or is refused by the name of its field (R-20).

The short form gives each field a few of the published naughty strings, the long form (`make hostile`) all of them.
"""

from __future__ import annotations

from functools import cache

import pytest

from configuration.files.schema import configuration_schema
from tests.common.corpora import naughty_strings
from tests.common.every_write import BODIES, Operation, taken_back
from tests.common.long_form import LONG, some
from tests.common.openapi_document import openapi_document
from tests.common.string_fields import Place, places, text_at, with_text

pytestmark = [pytest.mark.django_db, pytest.mark.alike, pytest.mark.timeout(3600 if LONG else 300)]

AT_THE_EDGES = (" a", "a ", " ", "a\u0000b", "e\u0301", "a\nb")
"""What a form trims, a database cannot hold, a normal form changes, a log line cannot show."""
ONE_IN = 300
OTHER_FIELD = {
    "public_key_pem": "secret",  # beside the secret of the body
    "jwks_url": "secret",
    "tag": "request",  # beside the path of the body
    "route_id": "request",
    "token": "jti",
    "select_labels": "permissions",  # those of the body, which have none
}
"""Fields of which a body has one only: which one the refusal names."""
CHANGED_BY_RULE = {
    "username": "e\u0301",  # NFC (RFC 8265 section 3.3)
}
NOT_WHAT_WAS_SENT = {("post", "/admin/services", "instance_id"), ("post", "/admin/auth/revoke", "token")}
"""Fields whose name means another thing in the answer."""


@cache
def fields_of(operation: Operation) -> list[Place]:
    """Where the body of an operation has room for a text."""
    document = openapi_document()
    content = document["paths"][operation[1]][operation[0]].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if operation[1] == "/admin/config":
        schema = configuration_schema()
    return list(places(schema, document["components"]["schemas"]))


def read_back(client, writes, operation, response, place):
    """What the API shows of the text that it took; None where it shows nothing."""
    method, path = operation
    content = response.json()["content"]
    identity = next((value for value in content.values() if isinstance(value, str)), "")
    where = writes.path(operation) if method == "put" else f"{writes.path(operation)}/{identity}"
    shown = client.get(where) if (method == "put" or "{" not in path) and identity else None
    if shown is not None and shown.status_code == 200:
        content = shown.json()["content"]
    return text_at(content, place)


def problem(client, writes, operation, place, text):
    """What is wrong with the answer to a body that has the text in this place."""
    body = writes.body(operation)
    body = {"checks": [body]} if place[0] == "checks" else body
    with taken_back():
        response = writes.send(client, operation, with_text(body, place, text))
        if response.status_code == 400:
            named = response.json()["content"].get("errors", {})
            allowed = (str(place[0]), OTHER_FIELD.get(str(place[0]), str(place[0])))
            return "" if any(name.startswith(allowed) for name in named) else f"refused for {list(named)}"
        if response.status_code != 200:
            return "" if response.status_code in (401, 404, 409, 429, 503) else f"answered {response.status_code}"
        found = read_back(client, writes, operation, response, place)
        if found in (None, text) or (*operation, place[-1]) in NOT_WHAT_WAS_SENT:
            return ""
        return "" if CHANGED_BY_RULE.get(str(place[-1])) == text else f"became {found!r}"


@pytest.mark.parametrize("operation", BODIES, ids=" ".join)
def test_r20_a_text_comes_back_as_it_was_sent_or_is_refused_by_name(every_write, admin, operation):
    wrong = {
        (place, text): told
        for number, place in enumerate(fields_of(operation))
        for text in (*some(naughty_strings(), number, ONE_IN), *some(AT_THE_EDGES, number, len(AT_THE_EDGES)))
        if (told := problem(admin, every_write, operation, place, text))
    }
    assert wrong == {}
