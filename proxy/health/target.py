"""What the prober asks: one target an instance that has a health check path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.spec import HealthSpec, Scheme, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything a check depends on: while it stays equal, checking goes on undisturbed."""

    instance_id: str
    """UUID of the instance."""
    name: str
    """`service/instance`, for the log."""
    scheme: Scheme
    host: str
    port: int
    path: str
    interval: float
    """Seconds from the begin of one check to that of the next."""
    policy: HealthSpec
    verify_tls: bool
    tls_server_name: str
    tls_ca_pem: str

    @property
    def timeout(self) -> float:
        """Seconds until a check has failed; a check never takes longer than its interval."""
        return min(self.policy.timeout_seconds, self.interval)

    @property
    def url(self) -> str:
        """What is asked for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def pause(self, *, is_healthy: bool, is_in_doubt: bool) -> float:
        """Seconds until the next check begins.

        After a result that contradicts the state the next ones come so fast that the state, if it is to flip, has
        flipped within another interval.
        """
        if not is_in_doubt:
            return self.interval
        return self.interval / (self.policy.unhealthy_after if is_healthy else self.policy.healthy_after)


def targets(services: Iterable[ServiceSpec]) -> dict[str, Target]:
    """By instance id. Draining and unhealthy ones are checked too, so that their state is known when they return."""
    return {
        instance.id: Target(
            instance_id=instance.id,
            name=f"{service.name}/{instance.instance_id}",
            scheme=instance.scheme,
            host=instance.host,
            port=instance.port,
            path=instance.health_check_path,
            interval=float(instance.health_check_interval_seconds),
            policy=service.health,
            verify_tls=service.verify_tls,
            tls_server_name=service.tls_server_name,
            tls_ca_pem=service.tls_ca_pem,
        )
        for service in services
        for instance in service.instances
        if instance.health_check_path
    }
