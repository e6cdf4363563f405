"""Addresses of our own that a reader may be sent on to."""

from typing import Final

from fastapi import Request

from app.frame import home_of
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

#: Where pages sign in and out, and the parameter that says where to go then.
SIGN_IN_PAGE: Final = "/logg-inn"
SIGN_OUT_PAGE: Final = "/logg-ut"
ONWARD: Final = "videre"


def is_ours(address: str) -> bool:
    """A path of ours, and no other host's however it is written."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


def inside(address: str, role: Role, country: Country) -> str:
    """A page of ours to go on to; the role's home where it is none."""
    page = is_ours(address) and address != "/" and not address.startswith(SIGN_IN_PAGE)
    return address if page else home_of(role, country)


def here(request: Request) -> str:
    """The page that is read: its path with what it was asked with."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def came_from(request: Request) -> str:
    """The page the form stood on; the first where it is not known."""
    referer = request.headers.get("referer", "")
    base = str(request.base_url)
    path = "/" + referer.removeprefix(base)
    return path if referer.startswith(base) and is_ours(path) else "/"
