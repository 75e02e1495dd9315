"""What the documentation promises to list, it lists; what it links to is there."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gateway_project.rest.codes import HTTP_STATUS
from proxy.access_log import AccessRecord
from proxy.options import GatewayOptions
from proxy.pipeline import STAGES
from proxy.plugins import PLUGINS
from routing.api.serializers import RouteSerializer
from routing.matcher import RouteTable
from routing.rules.paths import path_kind_of
from routing.spec import RewriteSpec, RouteSpec
from routing.target import compile_target
from tests.common.openapi_document import openapi_document

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
READ = re.compile(r"(?:env\.[a-z_]+\(|secret\(env, )\"([A-Z_]+)\"")
CHECK_ID = re.compile(r"gateway\.[EW]\d{3}")


def settings_page() -> str:
    return (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_variable_is_in_the_settings_page_and_none_that_is_not_read() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway_project").glob("*.py"))
    read = set(READ.findall(source)) | {"GATEWAY_ENV_FILE"}
    read |= {f"GATEWAY_{field.name.upper()}" for field in dataclasses.fields(GatewayOptions)}
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", settings_page(), flags=re.MULTILINE))
    assert listed == read


def test_every_system_check_is_in_the_settings_page() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway_project").glob("*.py"))
    assert set(CHECK_ID.findall(settings_page())) == set(CHECK_ID.findall(source))


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_column(text: str) -> list[str]:
    """What stands in backticks in the first column of a page's tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_stage_is_in_the_architecture_page_in_its_order() -> None:
    text = page("docs/architecture.md")
    places = [text.index(f"`{stage.NAME}`") for stage in STAGES]
    assert places == sorted(places)


def test_every_plugin_is_in_the_index_with_its_page_in_the_order_of_the_request_path():
    table = page("docs/plugins.md").partition("## Every plugin")[2].partition("\n## ")[0]
    assert re.findall(r"^\| \[([a-z_]+)\]\(plugins/\1\.md\) \|", table, flags=re.MULTILINE) == list(PLUGINS)


@pytest.mark.parametrize("name", PLUGINS)
def test_every_plugin_has_a_schema_a_page_and_a_test(name: str):
    schema = PLUGINS[name].SCHEMA
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all("description" in attribute for attribute in schema["properties"].values())
    assert set(schema["properties"]) <= set(first_column(page(f"docs/plugins/{name}.md")))
    assert list((ROOT / "tests").glob(f"**/test_*{name}*.py"))


def test_every_error_code_is_in_the_api_page_with_its_status() -> None:
    text = page("docs/api.md")
    assert [code for code, status in HTTP_STATUS.items() if f"| `{code}` | {status} |" not in text] == []


def test_the_routes_page_lists_the_fields_of_a_route_and_no_others() -> None:
    table = page("docs/routes.md").partition("## Paths")[0]
    assert set(first_column(table)) == set(RouteSerializer.Meta.fields)


def test_every_endpoint_is_in_the_api_page() -> None:
    text = page("docs/api.md")
    paths = openapi_document()["paths"]
    wanted = [f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods]
    assert [one for one in wanted if one not in text] == []


RULES = [
    f"{group}{number}"
    for group, last in zip("HFPATC", (12, 17, 8, 6, 11, 5), strict=True)
    for number in range(1, last + 1)
]


def ids_of_tests() -> set[str]:
    """What tests say they prove: the words of their names, and of `Edge rule …` in what they say of themselves."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                found |= {word.upper() for word in node.name.split("_")}
                found |= set(re.findall(r"Edge rule ([A-Z][0-9]*)", ast.get_docstring(node) or ""))
    return found


def test_every_rule_of_the_edge_is_in_its_page_and_has_a_test_that_names_it() -> None:
    listed = re.findall(r"^\| ([HFPATCWB][0-9]*) \|", page("docs/edge.md"), flags=re.MULTILINE)
    assert listed == [*RULES, "W", "B"]
    assert sorted(set(listed) - ids_of_tests()) == []


def test_every_field_of_the_access_log_is_in_the_operations_page() -> None:
    table = page("docs/operations.md").partition("## The access log")[2].partition("## ")[0]
    assert first_column(table) == list(AccessRecord.__struct_fields__)


def test_every_dependency_has_its_reason() -> None:
    pinned = re.findall(r"^([^#\s=]+)==", page("requirements.txt"), flags=re.MULTILINE)
    assert first_column(page("docs/decisions/dependencies.md")) == pinned


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/development.md", "README.md"])
def test_every_file_a_page_names_exists(name: str) -> None:
    named = re.findall(r"`([a-z_.]+(?:/[a-z_A-Z]+)*/[A-Za-z_]+\.(?:py|md|po|toml))`", page(name))
    assert [file for file in named if not (ROOT / file).exists() and not list(ROOT.glob(f"*/{file}"))] == []


def test_both_readmes_have_the_same_headings_pictures_and_commands() -> None:
    english, chinese = page("README.md"), page("README.zh-TW.md")
    for shape in (r"^#+ ", r"!\[[^]]*\]\(([^)]+)\)", r"^(?:make|git|curl) .*$", r"^\| "):
        found = [re.findall(shape, text, flags=re.MULTILINE) for text in (english, chinese)]
        assert len(found[0]) == len(found[1]), shape


def rows_of(name: str, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading, without its two head rows."""
    table = page(name).partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize("cells", rows_of("docs/routes.md", "Targets"), ids=lambda cells: cells[0])
def test_g304_the_targets_of_the_routes_page_are_what_the_code_makes(cells: list[str]) -> None:
    pattern, options = re.match(r"`([^`]+)`(?:, `(.+)`)?$", cells[0]).groups()
    name, _, value = (options or "").partition(": ")
    given = {name: json.loads(value)} if name else {}
    if "rewrite" in given:
        given["rewrite"] = RewriteSpec(**given["rewrite"])
    target, request, wanted = (re.match(r"`([^`]+)`", cell)[1].partition("?")[0] for cell in cells[1:])
    spec = RouteSpec(
        id="r", service_id="s", service_name="s", path_pattern=pattern, target_url=target,
        path_kind=path_kind_of(pattern), **given,
    )  # fmt: skip
    found = RouteTable([(spec, spec)]).match("GET", "", request.encode(), None, b"", "")
    assert found is not None
    assert compile_target(spec)(request.encode(), found[1]).decode() == wanted


def test_the_security_page_walks_every_class_and_the_tests_it_names_are_there() -> None:
    table = page("docs/security.md").partition("## What is promised")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-N]) [^|]+\|[^|]+\|([^|]+)\|$", table, flags=re.MULTILINE)
    assert [name for name, _tests in rows] == list("ABCDEFGHIJKLMN")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("**/test_*.py"))
    named = [test for _name, tests in rows for test in re.findall(r"`(test_[a-z0-9_]+)`", tests)]
    assert len(named) >= len(rows)
    assert [test for test in named if f"def {test}(" not in source] == []
