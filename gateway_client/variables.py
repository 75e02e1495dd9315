"""`${NAME}` and `${NAME:-default}` in a configuration file, from the environment of whoever sends it.

The gateway lets nobody at its own environment; it does read defaults, as a number where a field takes one. So a
reference goes on its way with the value as its default, and stays as it is where the variable is not set: the gateway
then says so, or keeps the secret it has. Keys are left alone, and a text that is no YAML for the gateway to judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import yaml

REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}")
TEXT_OF_JSON = re.compile(r'"(?:[^"\\]|\\.)*"(?P<is_key>\s*:)?')


def filled_in(text: str, environment: Mapping[str, str]) -> str:
    """The document with what the environment has; all else stays to the byte."""
    if "${" not in text:
        return text
    found, place = "", 0
    for start, end, value in _of_json(text) if text.lstrip().startswith("{") else _of_yaml(text):
        new = REFERENCE.sub(lambda match: _filled(match, environment), value)
        if new != value:
            found += text[place:start] + json.dumps(new, ensure_ascii=False)
            place = end
    return found + text[place:]


def _filled(match: re.Match[str], environment: Mapping[str, str]) -> str:
    value = environment.get(match["name"] or "")
    if not value:
        return match[0]
    return value.replace("${", "$${") if "}" in value else f"${{{match['name']}:-{value}}}"


def _of_json(text: str) -> Iterator[tuple[int, int, str]]:
    """Beginning, end and value of each text that is no key."""
    for match in TEXT_OF_JSON.finditer(text):
        if not match["is_key"] and "${" in match[0]:
            try:
                yield match.start(), match.end(), json.loads(match[0])
            except ValueError:
                return


def _of_yaml(text: str) -> Iterator[tuple[int, int, str]]:
    """Beginning, end and value of each scalar that is no key; of a block, without the line feed that ends it."""
    is_key = False
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.ScalarToken) and not is_key and "${" in token.value:
                start, end = token.start_mark.index, token.end_mark.index
                yield start, len(text[:end].rstrip("\n")) if token.style in {"|", ">"} else end, token.value
            is_key = isinstance(token, yaml.KeyToken)
    except yaml.YAMLError:
        return
