"""The shape of the house: what lies where, how long it may be, what it may import.

Import layers and purity are import-linter's (pyproject.toml); what is here is what it cannot say.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "gateway_project",
    "gateway_client",
    "configuration",
    "revisions",
    "services",
    "routing",
    "permissions",
    "proxy",
)
TOP_LEVEL = {
    *APPS, "templates", "tests", "manage.py", "requirements.txt",
    "docs", "benchmarks", "deploy", ".ci",
    "README.md", "README.zh-TW.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml",
    "requirements-dev.txt", "requirements-bench.txt", "requirements-otel.txt", "constraints.txt", ".gitignore",
    ".editorconfig",
    "AGENTS.md", "CLAUDE.md", "LICENSE", ".dockerignore", ".gitattributes",
}  # fmt: skip
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 35
MAX_DECISION_LINES = 60
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "lib", "base_utils"}
CONTROL_SIDE = re.compile(
    r"proxy\.(apps|consumers|admin|models|migrations(\..+)?|management(\..+)?|demo\.seed|rollup(\..+)?|snapshot\.(loader|reloader)|explain\.rows|node\.control.*)"
)
"""The modules of proxy/ that may import Django; the same list stands in pyproject.toml, as import-linter needs it."""


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return tuple(path for name in listed if (path := ROOT / name).is_file())


def python_files(*, tests: bool) -> list[Path]:
    found = [path for path in tracked_files() if path.suffix == ".py" and "migrations" not in path.parts]
    return [path for path in found if tests or "tests" not in path.relative_to(ROOT).parts]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_top_level_holds_the_given_house_and_nothing_else() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} <= TOP_LEVEL


def test_no_python_file_is_longer_than_400_lines() -> None:
    long = {shown(path): lines_of(path) for path in python_files(tests=True) if lines_of(path) > MAX_FILE_LINES}
    assert not long


def test_no_function_is_longer_than_35_lines_without_its_docstring() -> None:
    long = {}
    for path in python_files(tests=False):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = function_lines(node)
                if length > MAX_FUNCTION_LINES:
                    long[f"{shown(path)}:{node.lineno} {node.name}"] = length
    assert not long


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
    documented = docstring.end_lineno - docstring.lineno + 1 if docstring and docstring.end_lineno else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - documented


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [shown(path) for path in python_files(tests=False) if VAGUE_NAMES & {path.stem, path.parent.name}]
    assert not vague


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work/|root/|home/[a-z]|Users/[a-zA-Z])")
    found = []
    for path in tracked_files():
        if path.suffix in {".png", ".mo", ".ico", ".woff2"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{shown(path)}:{number} {line.strip()[:100]}")
    assert not found


def test_every_decision_record_fits_on_a_page() -> None:
    records = [path for path in tracked_files() if path.parent == ROOT / "docs" / "decisions"]
    assert not [shown(path) for path in records if lines_of(path) > MAX_DECISION_LINES]


def test_every_requirement_is_pinned_to_what_the_constraints_say() -> None:
    constraints = set(pins("constraints.txt"))
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-otel.txt"):
        assert set(pins(name)) <= constraints, name


def pins(name: str) -> list[tuple[str, str]]:
    found = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text and not text.startswith("-r"):
            match = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", text)
            assert match, f"{name}: {text} is not pinned with =="
            found.append((match[1].lower().replace("_", "-"), match[2]))
    return found


def data_plane_modules() -> list[str]:
    names = []
    for path in (ROOT / "proxy").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not CONTROL_SIDE.fullmatch(name) and not name.endswith("__main__"):
            names.append(name)
    return sorted(names)


def test_a_fresh_interpreter_imports_the_whole_data_plane_without_django() -> None:
    script = (
        "import importlib, json, sys\n"
        "found = {}\n"
        "for name in json.load(sys.stdin):\n"
        "    importlib.import_module(name)\n"
        "    if 'django' in sys.modules: found[name] = True; break\n"
        "json.dump(sorted(found), sys.stdout)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(data_plane_modules()), cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [], "the first module whose import brought Django in"


def test_every_module_of_the_project_package_stands_in_the_layers() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    top = pyproject["tool"]["importlinter"]["contracts"][0]["layers"][0]
    listed = set(re.findall(r"gateway_project\.(\w+)", top))
    present = {path.stem for path in (ROOT / "gateway_project").glob("*.py")} | {
        path.parent.name for path in (ROOT / "gateway_project").glob("*/__init__.py")
    }
    assert present - {"__init__", "rest"} == listed


@pytest.mark.parametrize("marker", ["```sh", "```json", "```text"])
def test_both_readmes_show_the_same_commands(marker: str) -> None:
    english, chinese = (
        re.findall(re.escape(marker) + r"\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        for name in ("README.md", "README.zh-TW.md")
    )
    assert english == chinese
