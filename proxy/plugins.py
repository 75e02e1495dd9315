"""Plugins: stages that are switched on and configured by name, and which configuration is in force where.

A plugin is a stage (`proxy/stages/`) that also has a `SCHEMA`, the JSON Schema of its configuration, and, where a
schema cannot say all, a `check(config)` that raises `ValueError`. It may be bound to everything, a service, a route, a
consumer; the most specific binding's configuration is in force as a whole.
"""

from __future__ import annotations

from types import ModuleType

from proxy.pipeline import STAGES

PLUGINS: dict[str, ModuleType] = {stage.NAME: stage for stage in STAGES if hasattr(stage, "SCHEMA")}
"""Every plugin by name, in the order of the request path."""
