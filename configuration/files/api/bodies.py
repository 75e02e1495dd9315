"""What /admin/config reads and answers beside JSON: YAML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from configuration.files.problem import DocumentError
from configuration.files.reading import read_document
from gateway_project.rest.errors import TooLarge, field_errors
from gateway_project.rest.parser import StrictJSONParser

YAML = "application/yaml"
YAML_TYPES = (YAML, "application/x-yaml", "text/yaml")


class YamlParser(BaseParser):
    """YAML by the rules of configuration files, within the limit of JSON bodies."""

    media_type = YAML

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The document. Raises `BadRequest` or `TooLarge`."""
        limit = settings.GATEWAY_OPTIONS.max_control_body_bytes
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge
        with told_as_fields():
            return read_document(content)


PARSERS = [StrictJSONParser, YamlParser]


def wants_yaml(request: Request) -> bool:
    """Whether `Accept` names YAML."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("Accept", "").split(",")]
    return any(one in YAML_TYPES for one in accepted)


@contextmanager
def told_as_fields() -> Iterator[None]:
    """What is wrong with a document is F40000, each mistake under its place."""
    try:
        yield
    except DocumentError as error:
        raise field_errors(error.by_field(), _("The document cannot be used; nothing was stored.")) from error
