from __future__ import annotations

from tests.common.node_stand_ins import run_control

if __name__ == "__main__":
    raise SystemExit(run_control())
