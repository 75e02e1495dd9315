"""What to do where a request is refused: a sentence, and the page on which it is done."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from gateway_project.rest.codes import Code
from proxy.explain.explanation import Explanation, Step
from proxy.stages import check_permission


class Remedy(NamedTuple):
    """`address` is empty where no page helps, or the person may not open it."""

    text: str
    address: str = ""
    label: str = ""


def remedy(told: Explanation, person: Any, asked: dict[str, Any]) -> Remedy | None:
    """None where nothing is wrong, or nothing is known that helps."""
    if told.outcome != "refused":
        return None
    step = next((one for one in told.steps if one.verdict == "refuses"), None)
    match told.code:
        case Code.NOT_FOUND:
            return _without_route(told, person, asked)
        case Code.UNAUTHENTICATED:
            return Remedy(_("Say above who sends it: a user, a consumer or a token that the route accepts."))
        case Code.FORBIDDEN:
            return _forbidden(step, person, asked)
        case Code.NO_INSTANCE:
            return _of_service(_("Add an instance to the service, or bring one back."), told, person)
        case Code.CIRCUIT_OPEN:
            return _of_service(_("The circuit closes by itself once probes succeed: see its instances."), told, person)
        case Code.BAD_REQUEST if told.path.canonical and told.path.ambiguities:
            return Remedy(_("Send the path as it is matched: %(path)s") % {"path": told.path.canonical})
    return _by_code(told.code)


def _by_code(code: str) -> Remedy | None:
    texts = {
        Code.TOO_MANY_REQUESTS: _("Wait until the limit has room again, or raise it."),
        Code.INTERNAL: _("The row cannot be served as it is: open the route and put right what is said here."),
        Code.LIMITS_UNAVAILABLE: _("Redis does not answer: limits are not counted until it does."),
    }
    return Remedy(texts[Code(code)]) if code in texts else None


def _without_route(told: Explanation, person: Any, asked: dict[str, Any]) -> Remedy:
    text = _("Each route below fails one condition at least. Change the route, or the request; or make a route.")
    if not told.candidates:
        text = _("No route's path is like this one: make a route.")
    if not person.has_perm("routing.add_route"):
        return Remedy(text)
    query = urlencode({"path_pattern": asked["path"].partition("?")[0], "methods": asked.get("method") or "GET"})
    return Remedy(text, f"{reverse('admin:routing_route_add')}?{query}", _("Add a route"))


def _forbidden(step: Step | None, person: Any, asked: dict[str, Any]) -> Remedy:
    if step is None or step.stage != check_permission.NAME:
        return Remedy(_("A plugin of the route refuses this sender: see its stage below."))
    text = _("Grant what is missing to the user, to one of his roles or to his consumer.")
    if not person.has_perm("permissions.add_grant"):
        return Remedy(text)
    query = urlencode({"user": asked["user"]}) if asked.get("user") else ""
    return Remedy(text, f"{reverse('admin:permissions_grant_add')}?{query}".rstrip("?"), _("Add a grant"))


def _of_service(text: str, told: Explanation, person: Any) -> Remedy:
    if told.upstream is None or not told.upstream.service or not person.has_perm("services.view_serviceinstance"):
        return Remedy(text)
    query = urlencode({"q": told.upstream.service})
    return Remedy(text, f"{reverse('admin:services_serviceinstance_changelist')}?{query}", _("Service instances"))
