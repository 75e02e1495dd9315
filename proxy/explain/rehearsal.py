"""The chain of a route, gone through without consequences.

Each stage's own decision is made, on stores that keep nothing (`proxy/state/unchanged.py`); the few that would do more
than decide are in `TELLING`: they say what they would do. So an explanation cannot drift from what traffic meets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from proxy.consumer_chains import ConsumerChains
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.explain.describing import DESCRIBING
from proxy.explain.explanation import Step
from proxy.explain.scene import Forwarded, Look, Scene, Untold
from proxy.explain.telling import TELLING
from proxy.pipeline import KNOWS_CALLER, STAGES, bound, named
from proxy.reply import Reply
from proxy.snapshot.snapshot import CompiledRoute, Decision

Ended = Reply | GatewayError | Forwarded | Untold


class Rehearsal:
    """`steps` so far, and what it ended with."""

    def __init__(self, exchange: Exchange, route: CompiledRoute, look: Look) -> None:
        self.steps: list[Step] = []
        self.ended: Ended = Forwarded()
        self._exchange = exchange
        self._route = route
        parts = exchange.snapshot.parts
        self.scene = Scene(exchange, bound(route.spec, parts), parts, look)

    async def run(self) -> None:
        """Goes through the stages in their order until one of them ends the request."""
        scene, parts = self.scene, self.scene.parts
        if not await self._through(named(STAGES[:KNOWS_CALLER], scene.spec, parts)):
            return
        try:
            scene.spec = bound(self._route.spec, parts, self._own_consumer())
        except GatewayError as error:  # the plugins of a consumer cannot be used
            self.ended = error
            return
        await self._through(named(STAGES[KNOWS_CALLER:], scene.spec, parts))

    def _own_consumer(self) -> str:
        """The caller's name where he has a chain of his own. Raises `GatewayError` where that cannot be folded."""
        for decision in self._route.chain:
            if isinstance(decision, ConsumerChains):
                decision.chain(self._exchange)
                return decision.own_consumer(self._exchange)
        return ""

    async def _through(self, stages: list[tuple[str, Decision]]) -> bool:
        """Whether the request came past all of them."""
        scene = self.scene
        for place, (name, decision) in enumerate(stages):
            scene.details = {}
            ended = await _outcome(name, decision, scene)
            self.steps.append(_step(name, ended, scene))
            if ended is not None and not (isinstance(ended, Untold) and not ended.ends):
                self.ended = ended
                self.steps += [Step(stage=later, verdict="not_reached") for later, _ in stages[place + 1 :]]
                return False
        return True


async def _outcome(name: str, decision: Decision, scene: Scene) -> Ended | None:
    """What a stage says: nothing, or what the request ends with."""
    tell: Callable[[Scene, Decision], Awaitable[None] | None] | None = TELLING.get(name)
    try:
        waiting = tell(scene, decision) if tell is not None else decision(scene.exchange)
        if waiting is not None:
            await waiting
    except (Reply, GatewayError, Forwarded, Untold) as ended:
        return ended
    return None


def _step(name: str, ended: Ended | None, scene: Scene) -> Step:
    describe = DESCRIBING.get(name)
    details = {**(describe(scene) if describe is not None else {}), **scene.details}
    match ended:
        case Reply():
            return Step(stage=name, verdict="answers", status=ended.status, details=details)
        case GatewayError():
            return Step(
                stage=name,
                verdict="refuses",
                status=ended.status,
                code=str(ended.code),
                reason=ended.reason,
                details=details,
            )
        case Untold():
            return Step(stage=name, verdict="unknown", reason=str(ended), details=details)
        case _:
            return Step(stage=name, verdict="passes", details=details)
