"""Procedures for the shop's own people, and what is due for review."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api import reviews
from api.auth import Caller
from api.permissions import Permission
from api.procedure_labels import refuse_unknown_intents
from api.rendering import json_response
from api.rendering_procedures import procedure_body
from api.routes.common import State, allowed, body, gives, stored_language, takes
from api.schemas.procedures import (
    ProcedureContent,
    ProcedureList,
    ProcedureOut,
    ProcedureQuery,
    ReviewList,
    ReviewQuery,
    TouchedList,
)
from knowledge_base.errors import RefusalError
from knowledge_base.fields import language_code
from knowledge_base.procedure import Procedure, parse_steps
from tickets.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from knowledge_base.procedure_store import ProcedureStore, StoredProcedure

router = APIRouter(tags=["procedures"])

ProcedureId = Annotated[str, Path(description="The procedure's id.", pattern=r"^\w[\w.:-]{0,127}$")]
ProcedureLanguage = Annotated[str, Path(description="ISO 639-1, as en.", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]


@router.get(
    "/v1/procedures",
    summary="List procedures",
    responses={200: {"model": ProcedureList}, **gives(401, 403, 422)},
)
async def list_procedures(
    state: State, _: Annotated[Caller, allowed(Permission.ARTICLES_INTERNAL)], query: Annotated[ProcedureQuery, Query()]
) -> Response:
    """Return every procedure, or those for one intent or in one language."""
    everything = await state.storage.run(state.services.procedures.all)
    items = [procedure_body(stored) for stored in everything if _wanted(stored, query)]
    return json_response({"items": items, "next": None})


@router.get(
    "/v1/procedures/{procedure_id}/{language}",
    summary="Read a procedure",
    responses={200: {"model": ProcedureOut}, **gives(401, 403, 404, 422)},
)
async def read_procedure(
    state: State,
    _: Annotated[Caller, allowed(Permission.ARTICLES_INTERNAL)],
    procedure_id: ProcedureId,
    language: ProcedureLanguage,
) -> Response:
    """Return a procedure as it stands."""
    return json_response(
        procedure_body(await state.storage.run(_get, state.services.procedures, procedure_id, language))
    )


@router.put(
    "/v1/procedures/{procedure_id}/{language}",
    summary="Replace a procedure, or add it",
    responses={200: {"model": ProcedureOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(ProcedureContent),
)
async def put_procedure(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_WRITE)],
    procedure_id: ProcedureId,
    language: ProcedureLanguage,
    given: Annotated[ProcedureContent, Depends(body(ProcedureContent))],
) -> Response:
    """Store a new version; the earlier ones are kept."""
    refuse_unknown_intents(state.services, given.intents)
    procedure = _procedure(procedure_id, stored_language(language), given)
    stored = await state.storage.run(_put, state.services.procedures, procedure, language, caller.name)
    return json_response(procedure_body(stored))


@router.delete(
    "/v1/procedures/{procedure_id}/{language}",
    status_code=204,
    summary="Remove a procedure; its versions are kept",
    responses=gives(401, 403, 404, 422),
    response_class=Response,
)
async def delete_procedure(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_WRITE)],
    procedure_id: ProcedureId,
    language: ProcedureLanguage,
) -> Response:
    """Take a procedure out of use."""
    await state.storage.run(_delete, state.services.procedures, procedure_id, language, caller.name)
    return Response(status_code=204)


@router.get(
    "/v1/reviews",
    summary="List what is due for review",
    responses={200: {"model": ReviewList}, **gives(401, 403, 422)},
)
async def list_due(
    state: State, _: Annotated[Caller, allowed(Permission.ARTICLES_INTERNAL)], query: Annotated[ReviewQuery, Query()]
) -> Response:
    """Return articles, procedures and the shop's own templates whose review date has come."""
    today = state.services.today()
    found = await state.storage.run(reviews.due, state.services, query.before or today)
    return json_response({"items": [reviews.due_body(entry, today) for entry in found], "next": None})


@router.get(
    "/v1/reviews/{article_id}",
    summary="List what a change of an article touches",
    responses={200: {"model": TouchedList}, **gives(401, 403, 404, 422)},
)
async def list_touched(
    state: State,
    _: Annotated[Caller, allowed(Permission.ARTICLES_INTERNAL)],
    article_id: Annotated[str, Path(description="The article that changes.", max_length=128)],
) -> Response:
    """Return its translations, and articles, procedures and templates that link to it or are about the same."""
    found = await state.storage.run(reviews.touched, state.services, article_id)
    return json_response({"items": [reviews.touched_body(entry) for entry in found], "next": None})


def _wanted(stored: StoredProcedure, query: ProcedureQuery) -> bool:
    procedure = stored.procedure
    return (query.language is None or procedure.language == query.language) and (
        query.intent is None or procedure.serves(query.intent)
    )


def _get(store: ProcedureStore, procedure_id: str, language: str) -> StoredProcedure:
    """Read a procedure by the language as it is named, which earlier releases stored, else by the code of that."""
    try:
        return store.get(procedure_id, language)
    except NotFoundError:
        return store.get(procedure_id, language_code(language) or language)


def _put(store: ProcedureStore, procedure: Procedure, named: str, actor: str) -> StoredProcedure:
    stored = store.put(procedure, actor=actor)
    if named != procedure.language:  # earlier releases stored pt-BR as such
        with suppress(NotFoundError):
            store.delete(procedure.id, named, actor=actor)
    return stored


def _delete(store: ProcedureStore, procedure_id: str, language: str, actor: str) -> None:
    store.delete(procedure_id, _get(store, procedure_id, language).procedure.language, actor=actor)


def _procedure(procedure_id: str, language: str, given: ProcedureContent) -> Procedure:
    try:
        intro, steps = parse_steps(given.body)
    except RefusalError as error:
        raise InvalidInputError(error.message, field="body") from None
    return Procedure(
        id=procedure_id,
        language=language,
        title=given.title,
        steps=steps,
        intro=intro,
        intents=tuple(dict.fromkeys(given.intents)),
        articles=tuple(dict.fromkeys(given.articles)),
        brand=given.brand,
        owner=given.owner,
        review_date=given.review_date,
    )
