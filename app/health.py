"""Whether the process lives, and whether it can do its work; neither needs a token."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from app import migrate
from app.db import Sessions, reading

router = APIRouter(prefix="/health", tags=["health"], include_in_schema=False)


class Health(BaseModel):
    status: str


@router.get("/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready")
async def ready(request: Request) -> Response:
    """The database answers and has the schema of this code."""
    fault = await run_in_threadpool(_fault, request.app.state.sessions)
    if fault is None:
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "not ready", "reason": fault}, 503, {"retry-after": "2"})


def _fault(sessions: Sessions) -> str | None:
    try:
        with reading(sessions) as session:
            found = migrate.current(session.connection())
    except SQLAlchemyError:
        return "the database does not answer"
    if found != migrate.head():
        return f"the database is at {found}, this code needs {migrate.head()}"
    return None
