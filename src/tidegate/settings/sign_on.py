"""Single sign-on: the providers of identities, who may come through them, and into which groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.domain.sign_on import EVERYBODY, GroupMapping
from tidegate.environment import VariableReader, variable

GROUP = "Single sign-on"


@dataclass(frozen=True, kw_only=True)
class SignOnSettings:
    """An OpenID Connect provider, GitHub, or both."""

    oidc_issuer: str = variable(
        "",
        "OIDC_ISSUER",
        "The issuer of an OpenID Connect provider, exactly as its discovery document says it, such as "
        "`https://login.example.org/realms/main`.",
        group=GROUP,
        shown_default="none",
    )
    oidc_client_id: str = variable(
        "", "OIDC_CLIENT_ID", "What the provider calls Tidegate.", group=GROUP, shown_default="none"
    )
    oidc_client_secret: str = variable(
        "",
        "OIDC_CLIENT_SECRET",
        "The secret by which the provider knows Tidegate; best given as OIDC_CLIENT_SECRET_FILE.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    oidc_name: str = variable(
        "single sign-on",
        "OIDC_NAME",
        "What the button says after “Sign in with”, such as `Keycloak`.",
        group=GROUP,
    )
    oidc_scopes: tuple[str, ...] = variable(
        ("openid", "profile"),
        "OIDC_SCOPES",
        "The scopes that are asked for, separated by commas; `openid` is one of them.",
        group=GROUP,
    )
    oidc_name_claim: str = variable(
        "preferred_username",
        "OIDC_NAME_CLAIM",
        "The claim after which a person is named at the first sign-in. Later it changes nothing: people are "
        "known by issuer and subject.",
        group=GROUP,
    )
    oidc_groups_claim: str = variable(
        "groups",
        "OIDC_GROUPS_CLAIM",
        "The claim that lists the groups of a person, in the ID token or else at the userinfo endpoint; one "
        "text is one group.",
        group=GROUP,
    )
    oidc_groups: tuple[str, ...] = variable(
        (),
        "OIDC_GROUPS",
        "The groups of the provider whose people may sign in, separated by commas, each with the group of "
        "Tidegate that they get: `tidegate-admins=administrators,developers=developers`. Without `=` they "
        "get none; `*` stands for everybody whom the provider lets in.",
        group=GROUP,
        shown_default="none",
    )
    oauth_client_id: str = variable(
        "",
        "OAUTH_CLIENT_ID",
        "The client id of an OAuth app of GitHub, through which people sign in.",
        group=GROUP,
        shown_default="none",
    )
    oauth_client_secret: str = variable(
        "",
        "OAUTH_CLIENT_SECRET",
        "The secret of the OAuth app of GitHub; best given as OAUTH_CLIENT_SECRET_FILE.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    oauth_groups: tuple[str, ...] = variable(
        (),
        "OAUTH_GROUPS",
        "The organisations and teams of GitHub whose people may sign in, separated by commas, each with the "
        "group of Tidegate that they get: `acme=viewers,acme/platform=developers`. Without `=` they get "
        "none.",
        group=GROUP,
        shown_default="none",
    )
    oauth_url: str = variable(
        "https://github.com", "OAUTH_URL", "GitHub, or an own GitHub Enterprise Server.", group=GROUP
    )
    oauth_api_url: str = variable(
        "https://api.github.com",
        "OAUTH_API_URL",
        "The API of that GitHub; an Enterprise Server's is `https://HOST/api/v3`.",
        group=GROUP,
    )
    password_sign_in: bool = variable(
        True,
        "PASSWORD_SIGN_IN",
        "Let people sign in with passwords. Switching it off takes a provider to sign in with instead.",
        group=GROUP,
    )

    @property
    def has_oidc(self) -> bool:
        """Whether people can sign in through an OpenID Connect provider."""
        return bool(self.oidc_issuer)

    @property
    def has_github(self) -> bool:
        """Whether people can sign in through GitHub."""
        return bool(self.oauth_client_id)


_OIDC = ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_groups")
_GITHUB = ("oauth_client_id", "oauth_client_secret", "oauth_groups")


def check_sign_on(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse a provider of which something is missing, and a server that nobody could sign in to."""
    some = False
    for names in (_OIDC, _GITHUB):
        given = [name for name in names if values[name]]
        some = some or bool(given)
        missing = [name.upper() for name in names if not values[name]] if given else []
        if given and not values["public_url"]:
            missing.append("PUBLIC_URL")
        if missing:
            environment.faults.append(
                f"{given[0].upper()}: single sign-on needs {' and '.join(missing)} as well: see "
                "docs/single-sign-on.md."
            )
    for name in ("oidc_groups", "oauth_groups"):
        _check_groups(environment, name, values[name])
    if "openid" not in values["oidc_scopes"]:
        environment.faults.append("OIDC_SCOPES: without the scope openid no provider says who somebody is.")
    for name in ("oidc_issuer", "oauth_url", "oauth_api_url"):
        if values[name] and not values[name].startswith(("https://", "http://")):
            environment.faults.append(f"{name.upper()}: {values[name]!r} is not an address (https://…).")
    if not values["password_sign_in"] and not some:
        environment.faults.append(
            "PASSWORD_SIGN_IN: without passwords and without a provider nobody could sign in. Set "
            "OIDC_ISSUER or OAUTH_CLIENT_ID and what goes with it, or leave PASSWORD_SIGN_IN on."
        )


def _check_groups(environment: VariableReader, name: str, written: tuple[str, ...]) -> None:
    for one in written:
        try:
            mapping = GroupMapping.from_entries((one,))
        except ValueError:
            environment.faults.append(f"{name.upper()}: {one!r} is not written as THEIRS or THEIRS=OURS.")
            continue
        if name == "oauth_groups" and EVERYBODY in mapping.names:
            environment.faults.append(
                "OAUTH_GROUPS: * would let everybody in who is on GitHub. Name organisations or teams."
            )
