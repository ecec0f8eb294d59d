"""Where the access token comes from: a fixed one, or client credentials good for 24 hours.

How a token is used is in `client.py`; how one is asked for, in `grant.py`.
"""

import json
import logging
import os
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.files import locked, replacing, writing
from nerdx_pipelines.shopify.transport.address import base_url
from nerdx_pipelines.shopify.transport.grant import ATTEMPTS, CHECK, Grant, ask

log = logging.getLogger(__name__)

PATIENCE = 300.0  # seconds to wait while another process asks


class TokenSource(Protocol):
    """Gives the token to send; may be used by several threads at once."""

    @property
    def advice(self) -> str:
        """What is wrong, and to be done, when the shop refuses what this source gives."""
        ...

    def token(self) -> SecretStr:
        """The token to send now. Raises ShopifyError or DiskError if there is none to be had."""
        ...

    def renew(self, refused: SecretStr) -> bool:
        """Whether `token` gives another one from now on, `refused` having met a 401."""
        ...


@dataclass(frozen=True)
class StaticToken:
    """The token of an app made in the shop's admin: one, for ever."""

    value: SecretStr
    advice = "the shop refused the access token; set SHOPIFY_ACCESS_TOKEN to one valid for it"

    def token(self) -> SecretStr:
        """That token."""
        return self.value

    def renew(self, refused: SecretStr) -> bool:
        """There is no other."""
        return False


@dataclass
class ClientCredentials:
    """Tokens for an app's id and secret, kept in `file` for the other runs and processes.

    The file is encrypted with a key derived from the secret, for this shop and this app only: what
    cannot be read with it is replaced, and so is a token that is about to end.
    """

    shop_url: str
    client_id: str
    client_secret: SecretStr
    file: Path
    clock: Callable[[], float] = field(default=time.time, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    attempts: int = ATTEMPTS
    _grant: Grant | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def advice(self) -> str:
        """The app is at fault, or its place in the shop."""
        return f"the shop refused an access token that it has just given; {CHECK}"

    def token(self) -> SecretStr:
        """A token that is good for some time yet, asked for if there is none."""
        return SecretStr(self._usable(self._grant) or self._replace(refused=None))

    def renew(self, refused: SecretStr) -> bool:
        """Forget `refused` and get another; False if the shop has just given the same one."""
        known = refused.get_secret_value()
        return self._replace(known) != known

    def _usable(self, grant: Grant | None, refused: str | None = None) -> str | None:
        if grant is None or grant.access_token == refused or grant.renew_at <= self.clock():
            return None
        return grant.access_token

    def _replace(self, refused: str | None) -> str:
        """A token other than `refused`: another thread's, another process's, or a new one."""
        busy = ShopifyError(
            f"Another process has been asking {self.shop_url} for a token for {PATIENCE:.0f} s. "
            f"Run it again; if no other is running, remove {self._lock_file}."
        )
        with self._lock:
            if token := self._usable(self._grant, refused):
                return token
            with locked(self._lock_file, PATIENCE, busy):
                self._grant = self._kept()
                if token := self._usable(self._grant, refused):
                    return token
                self._grant = ask(
                    self.shop_url,
                    self.client_id,
                    self.client_secret,
                    clock=self.clock,
                    sleep=self.sleep,
                    attempts=self.attempts,
                )
                self._keep(self._grant)
                return self._grant.access_token

    @property
    def _lock_file(self) -> Path:
        return self.file.with_name(self.file.name + ".lock")

    def _cipher(self) -> Fernet:
        about = f"shopify token\0{base_url(self.shop_url)}\0{self.client_id}".encode()
        key = HKDF(SHA256(), 32, salt=None, info=about)
        return Fernet(urlsafe_b64encode(key.derive(self.client_secret.get_secret_value().encode())))

    def _kept(self) -> Grant | None:
        try:
            return Grant(**json.loads(self._cipher().decrypt(self.file.read_bytes())))
        except FileNotFoundError:
            return None
        except (OSError, InvalidToken, ValueError, TypeError) as error:
            log.info("%s is of no use (%s); it is replaced", self.file, type(error).__name__)
            return None

    def _keep(self, grant: Grant) -> None:
        content = self._cipher().encrypt(json.dumps(asdict(grant)).encode())
        with writing(self.file), replacing(self.file) as fresh:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor)
                file.write(content)


def token_source(
    shop_url: str,
    access_token: SecretStr | None,
    client_id: str | None,
    client_secret: SecretStr | None,
    file: Path,
    attempts: int = ATTEMPTS,
) -> TokenSource:
    """Where tokens for the shop come from; `file` keeps those that client credentials get.

    Empty values count as None. Raises ConfigError unless exactly one kind of credentials is given.
    """
    token, secret = _given(access_token), _given(client_secret)
    if token and (client_id or secret):
        raise ConfigError(
            "SHOPIFY_ACCESS_TOKEN and SHOPIFY_CLIENT_ID or SHOPIFY_CLIENT_SECRET are both set: "
            "keep the token, or the id and the secret of an app, and remove the other."
        )
    if token:
        return StaticToken(token)
    if client_id and secret:
        return ClientCredentials(shop_url, client_id, secret, file, attempts=attempts)
    if client_id or secret:
        unset = "SHOPIFY_CLIENT_SECRET" if client_id else "SHOPIFY_CLIENT_ID"
        raise ConfigError(f"{unset} is not set: client credentials are an id and a secret.")
    raise ConfigError(
        "SHOPIFY_ACCESS_TOKEN is not set, nor are SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: put "
        "the shop's into .env (see .env.example), or try `nerdx demo`, which brings a store of its "
        "own."
    )


def _given(secret: SecretStr | None) -> SecretStr | None:
    return secret if secret and secret.get_secret_value() else None
