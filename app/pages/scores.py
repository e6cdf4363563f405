"""Outcome scores from outside: where they come from, and bringing in a file of them."""

from io import BytesIO
from typing import Final

from fastapi import APIRouter, Response
from starlette.datastructures import UploadFile

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.kernel.actor import READS_ALL_CASES, Role
from workflow.kernel.errors import DomainError
from workflow.redistribution import scores

router = APIRouter(route_class=InOneThread)

LONGEST_NAME: Final = 200


@router.get("/skar")
def imports(reader: Reader) -> Response:
    reader.only(*READS_ALL_CASES)
    return _page(reader)


@router.post("/skar")
def bring_in(reader: Reader) -> Response:
    """Keep the scores of a file, or of what is pasted; they settle nothing by themselves."""
    actor = reader.only(Role.LEAD)
    source = reader.form.text("source", required=True)
    sent = reader.form.data.get("text")
    name, content = "", b""
    if isinstance(sent, UploadFile):
        with sent.file as file:
            name, content = sent.filename or "", file.read()
    else:
        content = (reader.form.text("text") or "").encode()
    if not content:
        reader.form.fault("text", "missing", "score_file")
    if source is None or reader.form.errors:
        return _page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            done = scores.import_scores(
                session,
                BytesIO(content),
                source=source,
                file_name=name[:LONGEST_NAME] or "–",
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    rejected = len(done.rejected)
    return reader.done(
        "/skar", "scores_imported", pairs=done.pairs, cases=done.cases, rejected=rejected
    )


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "what_if/scores.html",
        status_code=status_code,
        imports=scores.imports(reader.session, actor=reader.actor),
        may=reader.actor.role is Role.LEAD,
    )
