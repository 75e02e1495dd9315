"""Every text of a plugin's schema is there to be translated, and has its translation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import override

from services.plugin_forms.catalogue import catalogue
from services.plugin_forms.texts import ABOUT, TEXTS
from services.plugins import known


def described(schema: Any) -> Iterator[str]:
    """The descriptions in a schema; what stands below `properties` are names, whatever they are."""
    if isinstance(schema, list):
        for one in schema:
            yield from described(one)
    elif isinstance(schema, dict):
        for name, value in schema.items():
            if name in ("properties", "patternProperties"):
                yield from (text for one in value.values() for text in described(one))
            elif name == "description":
                yield value
            elif name not in ("default", "enum", "const"):
                yield from described(value)


def test_every_text_of_every_schema_is_collected_and_none_is_left_over() -> None:
    texts = {text for plugin in known().values() for text in described(plugin.schema)}
    assert texts == set(TEXTS)
    assert ABOUT.keys() == known().keys()


def test_the_catalogue_is_in_the_language_of_the_page_and_its_values_are_as_they_are() -> None:
    with override("zh-hant"):
        shown = {one["name"]: one for one in catalogue()}
    for name in known():
        assert shown[name]["about"] != ABOUT[name], name
        assert not set(described(shown[name]["schema"])) & set(TEXTS), name
    parts = shown["aggregate"]["schema"]["properties"]["parts"]["additionalProperties"]["properties"]
    assert parts["default"]["default"] is None
    assert shown["cors"]["schema"]["properties"]["allow_headers"]["default"] == ["*"]


def test_a_consumers_form_offers_the_plugins_that_know_who_is_asking() -> None:
    names = {one["name"] for one in catalogue(for_consumers=True)}
    assert "cors" not in names
    assert "rate_limit" in names
