"""How feeds and badges are put together."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.modules.feeds.service import FeedService
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register how the service is built."""

    def service(work: Work) -> FeedService:
        return FeedService(verdicts=work.use(VerdictService), badges=container.settings.badges)

    container.provide(FeedService, service)
