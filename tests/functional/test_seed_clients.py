"""The clients of the interface description work unchanged: its Python, its curl lines, its JavaScript."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from typing import Any

import pytest
import requests

from tests.common import access_tokens

pytestmark = pytest.mark.django_db(transaction=True)


class APIGatewayClient:
    """As the interface description has it."""

    def __init__(self, base_url="http://localhost:8080", token=None):
        self.base_url = base_url
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def create_route(self, route_config):
        response = requests.post(f"{self.base_url}/admin/routes", headers=self.headers, json=route_config, timeout=30)
        return response.json()

    def register_service(self, service_config):
        response = requests.post(
            f"{self.base_url}/admin/services", headers=self.headers, json=service_config, timeout=30
        )
        return response.json()

    def health_check(self):
        response = requests.get(f"{self.base_url}/health", timeout=30)
        return response.json()


JAVASCRIPT = """
class APIGatewayClient {
  constructor(baseUrl = 'http://localhost:8080', token = null) {
    this.baseUrl = baseUrl;
    this.headers = {
      'Content-Type': 'application/json'
    };
    if (token) {
      this.headers['Authorization'] = `Bearer ${token}`;
    }
  }

  async createRoute(routeConfig) {
    const response = await fetch(`${this.baseUrl}/admin/routes`, {
      method: 'POST',
      headers: this.headers,
      body: JSON.stringify(routeConfig)
    });
    return await response.json();
  }

  async registerService(serviceConfig) {
    const response = await fetch(`${this.baseUrl}/admin/services`, {
      method: 'POST',
      headers: this.headers,
      body: JSON.stringify(serviceConfig)
    });
    return await response.json();
  }

  async healthCheck() {
    const response = await fetch(`${this.baseUrl}/health`);
    return await response.json();
  }

  async getMetrics() {
    const response = await fetch(`${this.baseUrl}/metrics`);
    return await response.json();
  }
}

(async () => {
  const client = new APIGatewayClient(process.argv[1], process.argv[2]);
  console.log(JSON.stringify([
    await client.createRoute({
      service_name: 'user-service',
      path_pattern: '/api/v1/users/*',
      target_url: '/users/*',
      method: 'GET',
      requires_auth: true,
      rate_limit_rpm: 500
    }),
    await client.registerService({
      service_name: 'user-service', instance_id: 'user-001', host: 'localhost', port: 3001
    }),
    await client.healthCheck(),
    await client.getMetrics(),
  ]));
})();
"""

ROUTE = '{"service_name": "user-service", "path_pattern": "/api/v1/users/*", "target_url": "/users/*", "method": "GET",\
 "requires_auth": true, "rate_limit_rpm": 500}'
INSTANCE = '{"service_name": "user-service", "instance_id": "user-service-001", "host": "192.168.1.100", "port": 3001,\
 "protocol": "http", "weight": 100}'


@pytest.fixture
def token() -> str:
    return access_tokens.access("root", permissions=["gateway.admin"])


def check(route: dict[str, Any], instance: dict[str, Any], health: dict[str, Any]) -> None:
    """The three replies every client asks for."""
    assert (route["code"], route["msg"]) == ("S10000", "創建路由配置成功")
    assert uuid.UUID(route["content"]["route_id"])
    assert (instance["code"], instance["msg"]) == ("S10000", "註冊服務實例成功")
    assert health["content"]["status"] == "healthy"


def test_the_python_client(live_server, token):
    client = APIGatewayClient(live_server.url, token)
    route = client.create_route(
        {
            "service_name": "user-service",
            "path_pattern": "/api/v1/users/*",
            "target_url": "/users/*",
            "method": "GET",
            "requires_auth": True,
        }
    )
    instance = client.register_service(
        {"service_name": "user-service", "instance_id": "user-001", "host": "localhost", "port": 3001}
    )
    check(route, instance, client.health_check())


def curl(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(["curl", "-s", "-m", "30", *arguments], capture_output=True, text=True, check=True)
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="curl is not installed")
def test_the_curl_lines(live_server, token):
    json_body = ("-H", "Content-Type: application/json", "-H", f"Authorization: Bearer {token}", "-d")
    route = curl("-X", "POST", f"{live_server.url}/admin/routes", *json_body, ROUTE)
    instance = curl("-X", "POST", f"{live_server.url}/admin/services", *json_body, INSTANCE)
    check(route, instance, curl("-X", "GET", f"{live_server.url}/health"))
    metrics = curl("-X", "GET", f"{live_server.url}/metrics")
    assert "gateway_active_routes 1" in metrics["content"]["metrics"]


@pytest.mark.skipif(shutil.which("node") is None and "CI" not in os.environ, reason="node is not installed")
def test_the_javascript_client(live_server, token):
    done = subprocess.run(
        ["node", "-e", JAVASCRIPT, live_server.url, token], capture_output=True, text=True, check=True, timeout=120
    )
    route, instance, health, metrics = json.loads(done.stdout)
    check(route, instance, health)
    assert "gateway_healthy_instances 1" in metrics["content"]["metrics"]
