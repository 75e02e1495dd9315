"""`python -m benchmarks.reliability [TRIAL…] [--quick] [--write FILE]`: one table; exit code 1 when a trial failed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.reliability.parity import table as parity
from benchmarks.reliability.table import write
from benchmarks.reliability.trial import Result
from benchmarks.reliability.trials import TRIALS


def main() -> int:
    """Runs and reports; each row is written as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability", description="Trials of a whole node.")
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"of {', '.join(TRIALS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of each trial")
    parser.add_argument("--peers", action="store_true", help="instead: R-03 to R-06 against other gateways too (R-25)")
    parser.add_argument("--write", type=Path, help="a Markdown file whose table gets the rows")
    options = parser.parse_args()
    if unknown := set(options.trials) - set(TRIALS):
        parser.error(f"there is no trial {', '.join(sorted(unknown))}; there are {', '.join(TRIALS)}")
    if options.peers:
        return 0 if parity.run(0.1 if options.quick else 1.0, options.write) else 1
    results: list[Result] = []
    for name in options.trials or TRIALS:
        results.append(result := TRIALS[name](0.1 if options.quick else 1.0))
        print(f"{'pass' if result.passed else 'FAIL'}  {result.name}: {result.seen}", flush=True)
        if options.write:
            write(options.write, result)
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
