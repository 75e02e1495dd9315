"""The control plane on a listener of its own, and no way to it through the traffic (A5, R-22)."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.common.node_process import ROOT, NodeProcess, until
from tests.common.watched_node import MANAGE, WatchedNode

pytestmark = pytest.mark.slow

CONTROL_MARK = "x-gateway-revision"
"""Every reply of Django's has it, and none of the data plane's."""
ROWS = ["/admin/routes", "/admin/services", "/admin/auth/revocations", "/admin/auth/revoke", "/admin/audit"]
PAGES = ["/console/", "/console/login/", "/static/gateway/favicon.svg", "/swagger-ui", "/openapi.json", "/metrics"]
TRICKS = [
    "//admin/routes", "/./admin/routes", "/x/../admin/routes", "/%61dmin/routes", "/admin%2Froutes", "/admin;a/routes",
    "/health/../admin/routes", "/health%2F..%2Fadmin/routes", "/admin/auth/token/../../routes", "/ADMIN/routes",
    "/admin/auth/token/x", "/admin/auth/token;/../../routes", "/health/live/../../console/",
    "/admin/auth/token%2f..%2f..%2froutes",
]  # fmt: skip


class ApartNode(WatchedNode):
    """Two listeners, as in production."""

    def start(self, workers: int) -> None:
        """The node; its API is asked on the second listener."""
        self.environment |= {"GATEWAY_ADMIN_BIND": "127.0.0.1:0", "GATEWAY_JWKS_PRIVATE_NETWORKS": "127.0.0.0/8"}
        super().start(workers)
        self.traffic, self.port = self.process.ports


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApartNode]:
    node = ApartNode(tmp_path_factory.mktemp("apart"))
    try:
        node.start(1)
        yield node
    finally:
        node.process.__exit__()


def ask(port: int, target: str, token: str = "", method: str = "GET", body: bytes = b"", **fields: str):
    """Status, fields and body; the target and Host are sent as they stand."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.putrequest(method, target, skip_host="host" in fields, skip_accept_encoding=True)
        named = fields | ({"Authorization": f"Bearer {token}"} if token else {}) | {"Content-Length": str(len(body))}
        for name, value in named.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


@pytest.mark.parametrize("path", ROWS + PAGES + TRICKS)
def test_a5_nothing_of_the_control_plane_answers_where_the_traffic_is(node: ApartNode, path: str) -> None:
    for host in (f"127.0.0.1:{node.port}", "localhost", "127.0.0.1"):
        status, fields, _body = ask(node.traffic, path, node.token, host=host, X_Forwarded_Host=host)
        assert status in (400, 404)
        assert CONTROL_MARK not in fields


@pytest.mark.parametrize("path", ["/admin/routes", "/console/"])
def test_a5_a_target_with_a_host_does_not_choose_the_listener(node: ApartNode, path: str) -> None:
    for authority in (f"127.0.0.1:{node.port}", "localhost"):
        status, fields, _body = ask(node.traffic, f"http://{authority}{path}", node.token, host=authority)
        assert (status, CONTROL_MARK in fields) == (404, False)
    status, _fields, _body = ask(node.traffic, f"127.0.0.1:{node.port}", method="CONNECT")
    assert status in (400, 405)


def test_a5_health_and_logins_are_there_for_balancers_and_clients(node: ApartNode) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        assert ask(node.traffic, path)[0] == 200
    for path in ("/admin/auth/token", "/admin/auth/refresh"):
        status, fields, _body = ask(node.traffic, path, method="POST", body=b"{}", Content_Type="application/json")
        assert (status, CONTROL_MARK in fields) == (400, True)


def test_a5_everything_is_where_operators_are_and_no_traffic(node: ApartNode) -> None:
    for path in ("/admin/routes", "/openapi.json", "/metrics", "/health"):
        assert ask(node.port, path, node.token)[0] == 200
    assert ask(node.port, "/anything", node.token)[0] == 404


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        (b"FOO /admin/routes", 405, "F40500"),
        (b"get /health", 405, "F40500"),
        (b"GET /health/live?\xe9", 400, "F40000"),
        (b"GET /admin/routes?search=\xff\xfe", 400, "F40000"),
    ],
)
def test_g001_what_the_server_of_the_control_plane_would_not_read_is_answered_like_all_else(
    node: ApartNode, start: bytes, status: int, code: str
) -> None:
    with closing(socket.create_connection(("127.0.0.1", node.port), timeout=10)) as connection:
        connection.sendall(start + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with closing(http.client.HTTPResponse(connection)) as response:
            response.begin()
            document = json.loads(response.read())
    assert (response.status, document["code"]) == (status, code)
    assert document.keys() == {"code", "msg", "content"}
    assert ("allow" in {name.lower() for name in response.headers}) == (status == 405)


def test_a5_no_part_of_a_batch_reaches_it(node: ApartNode) -> None:
    paths = [
        *ROWS,
        "/health",
        "/admin/auth/token",
        "http://127.0.0.1/admin/routes",
        "//admin/routes",
        "/x/../admin/routes",
    ]
    for path in paths:
        batch = json.dumps({"requests": [{"id": "a", "method": "GET", "path": path}]}).encode()
        status, fields, body = ask(
            node.traffic, "/gateway/batch", node.token, method="POST", body=batch, Content_Type="application/json"
        )
        assert CONTROL_MARK not in fields
        assert status == 400 or json.loads(body)["content"]["responses"][0]["status"] in (400, 404), body


@pytest.mark.parametrize(
    ("name", "host"),
    [("v4", "127.0.0.1"), ("name", "localhost"), ("mapped", "::ffff:127.0.0.1"), ("hexadecimal", "0x7f000001")],
)
def test_a5_no_instance_is_the_control_listener(node: ApartNode, name: str, host: str) -> None:
    body = {"service_name": name, "instance_id": "one", "host": host, "port": node.port}
    node.call("POST", "/admin/services", body)
    node.route(name, target_url="/openapi.json")
    status, fields, answer = ask(node.traffic, f"/{name}", node.token)
    assert (status, CONTROL_MARK in fields) == (502, False), answer
    assert str(node.port).encode() not in answer


def test_a5_no_instance_is_the_socket_of_the_control_process(node: ApartNode) -> None:
    """Only the built-in route goes there; a row has no field for a path."""
    refused = {"service_name": "sock", "instance_id": "one", "host": "/run/control.sock", "port": 80}
    headers = {"Authorization": f"Bearer {node.token}", "Content-Type": "application/json"}
    assert node.process.request("POST", "/admin/services", json.dumps(refused).encode(), headers, node.port)[0] == 400


def test_r22_no_health_check_and_no_key_address_is_the_control_listener(node: ApartNode) -> None:
    body = {
        "service_name": "probed", "instance_id": "one", "host": "127.0.0.1", "port": node.port,
        "health_check_url": "/health/live", "health_check_interval_seconds": 1,
    }  # fmt: skip
    node.call("POST", "/admin/services", body)
    until(lambda: "probed/one is unhealthy: TargetDenied" in node.process.log, 60)
    issuer = {
        "name": "loop", "issuer": "loop", "algorithms": ["RS256"],
        "jwks_url": f"http://127.0.0.1:{node.port}/openapi.json",
    }  # fmt: skip
    made = node.call("POST", "/admin/issuers", issuer)
    told = node.call("POST", f"/admin/issuers/{made['issuer_id']}/test")
    assert "must not be connected to" in json.dumps(told)


def test_a5_in_production_the_default_is_loopback_and_shared_must_be_said(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.GATEWAY_ADMIN_BIND)"
    for variables, bind in (
        ({}, "('127.0.0.1:8081',)"),
        ({"GATEWAY_DEBUG": "true"}, "('shared',)"),
        ({"GATEWAY_ADMIN_BIND": "10.0.0.1:9000,[::1]:9000"}, "('10.0.0.1:9000', '[::1]:9000')"),
    ):
        environment = {name: text for name, text in os.environ.items() if name != "GATEWAY_ADMIN_BIND"} | variables
        command = [*MANAGE, "shell", "--no-imports", "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=150)
        assert done.stdout.strip() == bind


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GATEWAY_SECRET_KEY", "", "GATEWAY_SECRET_KEY is not set"),
        ("GATEWAY_JWT_SECRET", "", "GATEWAY_JWT_SECRET is not set"),
        ("GATEWAY_SECRET_KEY", "for-development-only-gateway_secret_key-0123", "development stand-in"),
        ("GATEWAY_JWT_SECRET", "for-development-only-gateway_jwt_secret-0123", "development stand-in"),
        ("GATEWAY_SECRET_KEY", "too-short", "gateway.E001"),
        ("GATEWAY_JWT_SECRET", "too-short", "gateway.E002"),
        ("GATEWAY_JWT_SECRET", os.environ["GATEWAY_SECRET_KEY"], "gateway.E003"),
        ("GATEWAY_ADMIN_BIND", "", "GATEWAY_ADMIN_BIND: name an address"),
    ],
)  # fmt: skip
def test_a5_a_node_does_not_start_with_default_secrets(tmp_path: Path, name: str, value: str, message: str) -> None:
    environment = os.environ | {"GATEWAY_STATE_DIR": str(tmp_path), name: value}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "gateway", "--bind", "127.0.0.1:0"],
        env=environment, capture_output=True, text=True, check=False, timeout=150,
    )  # fmt: skip
    assert done.returncode != 0
    assert message in done.stderr


def test_a5_two_nodes_cannot_share_the_control_address(node: ApartNode, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = WatchedNode(tmp_path)
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [*MANAGE, "gateway", "--bind", "127.0.0.1:0", "--admin-bind", address]
        with NodeProcess(command, tmp_path, other.environment) as process:
            assert process.end(150) == 1
            assert f"{address}: the address is in use by another program" in process.log
