"""What every answer tells the browser not to do."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: `data:`: the design system draws its small marks as masks. Nothing inline, nothing foreign.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'{form_action}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "browsing-topics=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), hid=(), "
        "microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), "
        "serial=(), usb=(), xr-spatial-tracking=()"
    ),
    "cross-origin-embedder-policy": "require-corp",
    "x-permitted-cross-domain-policies": "none",
    "origin-agent-cluster": "?1",
    # What an answer says of a person is nobody's to keep, unless the answer itself allows it.
    "cache-control": "no-store",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"


class SecurityHeaders:
    """Adds the headers an answer does not set itself.

    Args:
        app: what answers.
        form_action: further origins a form's answer may redirect to (an identity provider's).
        encrypted: readers are behind TLS, be it that a proxy takes it off.
    """

    def __init__(
        self, app: ASGIApp, form_action: Iterable[str] = (), *, encrypted: bool = False
    ) -> None:
        self.app = app
        self._encrypted = encrypted
        origins = "".join(f" {origin}" for origin in form_action)
        policy = CONTENT_SECURITY_POLICY.format(form_action=origins)
        self._headers = ALWAYS | {"content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        encrypted = self._encrypted or scope.get("scheme") == "https"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if encrypted:
                    headers.setdefault("strict-transport-security", TWO_YEARS)
            await send(message)

        await self.app(scope, receive, send_with_headers)
