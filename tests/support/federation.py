"""Jobs of CI systems as tests send them: their claims, their publishers, their exchanges."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.support.api import Api
from tests.support.issuer import Issuer

AUDIENCE = "https://tidegate.example.org"
_numbers = itertools.count(1)

GITHUB: dict[str, Any] = {
    "sub": "repo:port/harbour:ref:refs/heads/main",
    "repository": "port/harbour",
    "repository_id": "764321",
    "repository_owner": "port",
    "repository_owner_id": "4321",
    "ref": "refs/heads/main",
    "environment": "production",
    "workflow_ref": "port/harbour/.github/workflows/release.yml@refs/heads/main",
    "job_workflow_ref": "port/harbour/.github/workflows/release.yml@refs/heads/main",
    "run_id": "991",
    "run_attempt": "1",
    "actor": "ada",
    "sha": "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809",
}
GITLAB: dict[str, Any] = {
    "sub": "project_path:port/harbour:ref_type:branch:ref:main",
    "project_id": "77",
    "project_path": "port/harbour",
    "namespace_id": "7",
    "ref": "main",
    "ref_type": "branch",
    "ref_protected": "true",
    "pipeline_id": "5",
    "job_id": "6",
    "user_login": "ada",
}
PUBLISHER: dict[str, Any] = {
    "name": "harbour-ci",
    "provider": "github",
    "claims": {"repository_id": "764321", "repository_owner_id": "4321"},
    "role": "submitter",
    "component": "harbour",
}


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs of an issuer that ask a server to let them in."""

    api: Api
    issuer: Issuer

    def trust(self, **change: Any) -> TestResponse:
        """Have an administrator trust the publisher, changed so."""
        return self.api.post("/publishers", {**PUBLISHER, "issuer": self.issuer.url, **change})

    def token(self, claims: dict[str, Any] | None = None, **change: Any) -> str:
        """Have the issuer sign a token of a job for this server."""
        usual = self.issuer.claims(self.api.clock.now(), aud=AUDIENCE, jti=f"job-{next(_numbers)}")
        return self.issuer.token({**usual, **(GITHUB if claims is None else claims), **change})

    def exchange(self, token: str | None = None, **more: Any) -> TestResponse:
        """Exchange a token, as a stranger."""
        body = {"token": self.token() if token is None else token, **more}
        return self.api.post("/token-exchange", body, environ_overrides={"HTTP_AUTHORIZATION": ""})

    def refused(self, token: str, **more: Any) -> str:
        """Exchange a token that must be refused, and return the reason that is told."""
        answer = self.exchange(token, **more)
        assert answer.status_code == 401, answer.get_json()
        detail: str = answer.get_json()["detail"]
        return detail
