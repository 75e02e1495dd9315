from __future__ import annotations

from pathlib import Path

import benchmarks
from benchmarks.scenarios import PLAIN, SCENARIOS, VARIED_PLAIN


def test_a_scenario_without_a_script_asks_for_one_path() -> None:
    assert {PLAIN.example(number) for number in range(3)} == {"/plain/item"}


def test_a_varied_scenario_asks_for_another_path_and_query_each_time() -> None:
    assert VARIED_PLAIN.example(255) == "/plain/varied/000000ff?page=000000ff&of=000000ff"


def test_every_script_a_scenario_names_is_there() -> None:
    folder = Path(benchmarks.__file__).parent
    assert all((folder / each.script).is_file() for each in SCENARIOS if each.script)


def test_no_two_scenarios_share_a_name() -> None:
    assert len({each.name for each in SCENARIOS}) == len(SCENARIOS)


def test_only_the_whole_job_asks_for_a_token() -> None:
    asked = {each.name: each.algorithm for each in SCENARIOS if each.algorithm}
    assert asked == {"whole job": "HS256", "varied whole job": "HS256", "whole job RS256": "RS256"}
