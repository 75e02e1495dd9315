"""Every operation that reads JSON against the published suite of JSON documents (R-20, G-014).

The short form sends each document to a few operations, the long form (`make hostile`) to all of them.
"""

from __future__ import annotations

import json
from functools import cache

import jsonschema
import pytest

from permissions.api.auth_views import MAX_BODY_BYTES
from tests.common.corpora import documents
from tests.common.every_write import BODIES, Operation, taken_back
from tests.common.long_form import LONG, some
from tests.common.openapi_document import openapi_document

pytestmark = [pytest.mark.django_db, pytest.mark.alike, pytest.mark.timeout(3600 if LONG else 300)]

ONE_IN = 20
REPLIES = {"n": (400,), "y": (200, 400, 401, 404, 409, 503), "i": (200, 400, 401, 404, 409, 503)}
NOT_HERE = "not-a-field"
ITEM_BY_ITEM = ("/admin/batch/routes", "/admin/batch/services")
"""What answers 200, and tells of each item what was wrong with it."""
KEY_TWICE = ("y_object_duplicated_key", "y_object_duplicated_key_and_value")
"""Documents that are refused for a key of their own, before any field is looked at."""


def post(client, writes, operation, body):
    path = writes.path(operation)
    return getattr(client, operation[0])(path, body, content_type="application/json")


def beside(body, field, document):
    """The operation's own body as JSON, with the document as the value of one more field."""
    others = {} if field == "checks" else body  # which are questions of their own
    own = json.dumps({name: value for name, value in others.items() if name != field})[1:-1]
    return b"{" + json.dumps(field).encode() + b": " + document + (b", " + own.encode() if own else b"") + b"}"


OPEN_TO_STRANGERS = ("/admin/auth/refresh", "/admin/auth/token")
"""They take short bodies only."""


@cache
def properties_of(operation: Operation) -> dict:
    """Schemas of the fields of a body, each with the components that it may refer to."""
    document = openapi_document()
    content = document["paths"][operation[1]][operation[0]].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    schemas = document["components"]["schemas"]
    schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return {name: {**one, "components": {"schemas": schemas}} for name, one in schema.get("properties", {}).items()}


@pytest.mark.parametrize("number", range(len(BODIES)), ids=[" ".join(one) for one in BODIES])
def test_r20_what_is_not_json_is_f40000(every_write, admin, number):
    operation, writes = list(BODIES)[number], every_write
    field = next(iter(writes.body(operation)), NOT_HERE)
    for name, document in some(list(documents("n").items()), number, ONE_IN):
        for body in (document, beside(writes.body(operation), field, document)):
            if body or operation[1] != "/admin/changesets/{id}/publish":  # whose body may be left out
                response = post(admin, writes, operation, body)
                is_too_long = operation[1] in OPEN_TO_STRANGERS and len(body) > MAX_BODY_BYTES
                refusal = (413, "F41300") if is_too_long else (400, "F40000")
                assert (response.status_code, response.json()["code"]) == refusal, (name, body[:100])


@pytest.mark.parametrize("number", range(len(BODIES)), ids=[" ".join(one) for one in BODIES])
def test_r20_json_of_another_shape_is_refused_by_the_name_of_its_field(every_write, admin, number):
    operation, writes = list(BODIES)[number], every_write
    taken = [*documents("y").items(), *documents("i").items()]
    extensible = operation[1] == "/admin/config/openapi"  # OpenAPI 3.1 section 4.9: extensions
    for index, field in enumerate([*properties_of(operation), *([] if extensible else [NOT_HERE])]):
        for name, document in some(taken, number + index, ONE_IN * 4):
            with taken_back():
                response = post(admin, writes, operation, beside(writes.body(operation), field, document))
            said = (field, name, response.content.decode()[:300])
            assert response.status_code in REPLIES[name[0]], said
            if name[0] == "y" and not fits(operation, field, json.loads(document)):
                assert is_refused(operation, response), said
                assert field in said[-1] or name in KEY_TWICE or operation[1] in ITEM_BY_ITEM, said


def fits(operation, field, value):
    """Whether the document of the API allows the value for this field."""
    schema = properties_of(operation).get(field, False)
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def is_refused(operation, response):
    content = response.json()["content"]
    if response.status_code == 200 and operation[1] in ITEM_BY_ITEM:
        return bool(content["failed"])
    return response.status_code == 400 and bool(content["errors"])
