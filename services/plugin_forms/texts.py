"""What plugins do and what their schemas say of each value, named here so that the texts are collected for translation.

The data plane knows no translations; `tests/unit/test_plugin_texts.py` holds that nothing is missing here or left over.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ABOUT = {
    "request_id": _("Chooses the field and form of the request's id."),
    "cors": _("Lets pages of other origins call; answers preflights."),
    "redirect": _("Answers with a redirect."),
    "ip_restriction": _("Lets only some addresses call."),
    "key_auth": _("Lets consumers in by an API key."),
    "basic_auth": _("Lets consumers in by a user name and a password."),
    "consumer_restriction": _("Lets only some consumers call."),
    "rate_limit": _("Limits callers, routes, services and consumers in windows of any length."),
    "request_size_limit": _("Limits the request body."),
    "request_validation": _("Holds body, query and fields to JSON Schemas."),
    "fault_injection": _("Aborts or delays a share of the requests."),
    "change_headers": _("Sets, adds, removes and renames fields both ways."),
    "path_rewrite": _("Changes the path at the instance."),
    "traffic_split": _("Sends a share, or requests with a mark, to another service."),
    "mirror": _("Copies requests to another service."),
    "aggregate": _("Makes one answer of several calls."),
}
"""By plugin."""

TEXTS = (
    _("Field that carries the id to the instance and back. The instance gets X-Request-ID too."),
    _("How an id of ours looks: 32 hexadecimal digits, or a random UUID."),
    _("Whether answers tell the id."),
    _("Whether an id that the client sent in the field is kept, if it is 1 to 64 letters, digits and hyphens."),
    _(
        "Origins whose pages may call: `https://app.example.com`, `https://*.example.com` for every "
        "name below, or `*` for any. Lower case, as browsers send them."
    ),
    _("Methods that pages may use; left out: those of the route."),
    _("Request fields that pages may set; `*` allows whichever the page asks for."),
    _("Fields of the answer that pages may read beside the few that they always may."),
    _("Whether pages may send cookies; not together with `*` among the origins."),
    _("How long a browser may remember a preflight's answer; null leaves it to the browser."),
    _("301 and 308 may be remembered for ever; 303 makes a GET of every method, 307 and 308 keep the method."),
    _(
        "Where to: a path, or an http or https URL. `$path` is the request's path, `$query` its query "
        "with the question mark, `$host` its host, which the route's `hosts` must name."
    ),
    _(
        "Sends requests that came over http to the same host, path and query over https; others go on. "
        "The route must name its `hosts`."
    ),
    _("The only networks, in CIDR form, or addresses that may call; an empty list lets nobody in."),
    _("Networks or addresses that may not call, even where they are allowed."),
    _("403, or 404 as if there were no such route."),
    _("Header fields that may hold the key; the first that is there counts."),
    _("Query parameters that may hold the key, looked at when no header does."),
    _("Whether these headers and parameters are kept from the instance."),
    _("What a browser shows beside its question for a password."),
    _("Whether Authorization is kept from the instance."),
    _("Names of the only consumers that may call; an empty list lets nobody in."),
    _("Names of consumers that may not call, even where they are allowed."),
    _("Limits that all apply, beside those of the wider and narrower bindings."),
    _(
        "Whose requests are counted together, within what the rule is bound to. `caller` is the user, "
        "or the address where none is known."
    ),
    _("Requests in any window."),
    _("Length of the window."),
    _("Largest request body in bytes, for routes that name none themselves."),
    _("JSON Schema of the body, which must then be JSON."),
    _("JSON Schema of the query as an object: name → text, or what the schema's `type` of that name asks for."),
    _("JSON Schema of the fields as an object: name in lower case → text."),
    _("Largest body that is judged; a larger one gets F41300."),
    _("An answer of the gateway's own instead of the instance's."),
    _("Its status."),
    _("Its body: application/json if it is JSON, else text/plain."),
    _("Share of the requests, 0 to 100."),
    _("A wait before the request goes on; it counts against the route's `timeout_seconds`."),
    _("How long."),
    _("Changes of what the instance gets."),
    _("Names of fields to leave out."),
    _("Old name → new name; what the message has under the new name gives way."),
    _("Name → value, in place of what the message has."),
    _("Name → value, beside what the message has."),
    _("Changes of every answer from here on, also the gateway's own."),
    _("Regular expression; every match in the path is replaced."),
    _("What takes the place of a match; `$1` stands for the first group."),
    _(
        "Whole segments taken from the beginning of the path, and others put there; a path that does "
        "not begin with `strip` is left alone."
    ),
    _("Path to take away, such as `/api/v1`."),
    _("Path to put in front, such as `/internal`."),
    _("The first rule that matches decides; where none does, the route's own service answers."),
    _("All of it must hold; left out: every request."),
    _("Conditions on fields of the request."),
    _("Of the field, cookie or parameter."),
    _("What must hold; `matches` is a regular expression for the whole value."),
    _("What it is compared with."),
    _("Conditions on cookies."),
    _("Conditions on query parameters."),
    _("The services that share these requests."),
    _("Name of a service; left out: the route's own."),
    _("Its share among the weights of this split."),
    _(
        "Keeps a caller at one service: by `consumer`, `user`, `address`, `cookie:NAME`, `header:NAME` "
        "or `query:NAME`. Shares are then as even as the callers. Left out: exact shares."
    ),
    _("Name of the service that gets the copies."),
    _("Share of the requests that is copied, 0 to 100."),
    _("After which a copy is given up, its answer included."),
    _("Requests with a larger body are not copied."),
    _("The calls, side by side, by the names their answers get."),
    _("Name of the service; the route's."),
    _("Path at the service; each * is filled in as in target_url."),
    _("Method of the call."),
    _("Whether its failure leaves the answer whole."),
    _("What stands for an optional part that failed."),
    _("After which the part has failed; the route's time holds too."),
)
"""Descriptions of values."""
