"""`services`: the instances of a service as the traffic sees them, and the service itself."""

from __future__ import annotations

import argparse
from urllib.parse import quote

from gateway_client.errors import DONE
from gateway_client.objects import Objects
from gateway_client.session import Session

INSTANCES = Objects(
    path="/admin/services",
    key="instances",
    name="instance",
    columns=("id", "instance_id", "endpoint", "weight", "status", "last_health_check", "registered_at"),
    filters=("status",),
    identity=lambda _session, text: text,  # the API takes the textual id too
)
STATE = ("instance_id", "endpoint", "status", "status_reason", "weight", "priority", "load", "breaker")


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = INSTANCES.arguments(parser)
    actions.choices["list"].add_argument("service_name", metavar="SERVICE", help="whose instances")
    actions.choices["list"].set_defaults(act=_list)
    state = actions.add_parser("state", help="health, load and circuit breakers of a service at this moment")
    state.add_argument("service_name", metavar="SERVICE")
    state.set_defaults(act=_state)


def run(session: Session, options: argparse.Namespace) -> int:
    status: int = options.act(session, options)
    return status


def _list(session: Session, options: argparse.Namespace) -> int:
    asked = {"service_name": options.service_name, "status": options.status}
    with session.screen.progress("instances") as told:
        found = [*session.api.listed(INSTANCES.path, INSTANCES.key, asked, told)]
    session.screen.rows(found, INSTANCES.columns)
    return DONE


def _state(session: Session, options: argparse.Namespace) -> int:
    content = session.api.call("GET", f"/admin/services/{quote(options.service_name, safe='')}/state").content
    if session.screen.as_json:
        session.screen.document(content)
        return DONE
    instances = [{**one, "breaker": one["breaker"]["state"]} for one in content["instances"]]
    session.screen.rows(instances, STATE, f"{content['service_name']}: circuit {content['breaker']['state']}")
    return DONE
