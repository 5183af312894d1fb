"""A directory to log in at: an OpenID Connect provider of a few lines, with real keys and real signatures."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "gaterhub"
CLIENT_SECRET = "the hub's secret at the directory"


@dataclass
class Directory:
    """Lets everybody in as the person that `claims` describes, at once and without a page."""

    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, Any] = field(default_factory=dict)
    """Claims that a token has in the place of the right ones."""
    signer: rsa.RSAPrivateKey | None = None
    """Who signs in the place of the directory."""
    algorithm: str = "RS256"
    keys: list[rsa.RSAPrivateKey] = field(default_factory=lambda: [rsa.generate_private_key(65537, 2048)])
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self, **claims: Any) -> None:
        self.claims = {"preferred_username": claims["sub"], **claims}
        self.instead, self.signer, self.algorithm = {}, None, "RS256"

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def key_set(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[0].public_key()))
        return {"keys": [{**public, "kid": "key-1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Exchange a code, for the client and the browser that it was given to."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET)
            or challenge.decode().rstrip("=") != asked.get("code_challenge")
        ):
            self.refused.append(str(form))
            return None
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims = {name: value for name, value in {**right, **self.claims, **self.instead}.items() if value is not None}
        key: Any = self.signer or self.keys[0]
        if self.algorithm == "none":
            key = None
        elif self.algorithm == "HS256":
            key = CLIENT_SECRET
        id_token = jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "key-1"})
        return {"access_token": "unused", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}


@contextmanager
def directory() -> Iterator[Directory]:
    """Run a directory on a port of its own."""
    it = Directory()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            if where.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(where.query).items()}
                self.send_response(302)
                self.send_header("Location", it.authorize(asked))
                self.end_headers()
                return
            answers = {"/.well-known/openid-configuration": it.configuration, "/keys": it.key_set}
            self._tell(answers[where.path]() if where.path in answers else None)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._tell(it.token({name: values[0] for name, values in form.items()}))

        def _tell(self, answer: dict[str, Any] | None) -> None:
            body = json.dumps(answer or {"error": "invalid_grant"}).encode()
            self.send_response(400 if answer is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
