"""Reply templates: those that ship, and the shop's own in front of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.auth import Caller
from api.errors import ForbiddenError
from api.permissions import Permission, roles_with
from api.rendering import JsonObject, json_response
from api.routes.common import State, allowed, body, gives, takes
from api.schemas.templates import (
    ApprovalIn,
    TemplateContent,
    TemplateHistory,
    TemplateList,
    TemplateOut,
    TemplateQuery,
)
from replies.matter import Matter
from replies.stored import TemplateKey, TemplateState
from replies.templates import template_of
from tickets.errors import InvalidInputError, NotFoundError
from tickets.verdicts import AcceptanceStore

if TYPE_CHECKING:
    from api.wiring import Services
    from replies.stored import TemplateRecord, TemplateVersion
    from replies.templates import Template

router = APIRouter(tags=["templates"])

TemplateId = Annotated[
    str, Path(description="<intent>.<variant>", pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){1,4}$", max_length=128)
]
TemplateLanguage = Annotated[str, Path(description="ISO 639-1, as en.", pattern=r"^[a-z]{2,3}$")]
Brand = Annotated[str | None, Query(max_length=200, description="Left out: the template for all brands.")]


@router.get(
    "/v1/templates",
    summary="List templates",
    responses={200: {"model": TemplateList}, **gives(401, 403, 422)},
)
async def list_templates(
    state: State, _: Annotated[Caller, allowed(Permission.TEMPLATES_READ)], query: Annotated[TemplateQuery, Query()]
) -> Response:
    """Return one page of the active templates and the shop's drafts, by id and language."""
    start = _read_cursor(query.cursor)
    rows = await state.storage.run(_listed, state.services, query)
    rest = rows[start : start + query.limit]
    more = start + query.limit < len(rows)
    return json_response({"items": rest, "next": str(start + query.limit) if more else None})


@router.get(
    "/v1/templates/{template_id}/{language}",
    summary="Read a template",
    responses={200: {"model": TemplateOut}, **gives(401, 403, 404, 422)},
)
async def read_template(
    state: State,
    _: Annotated[Caller, allowed(Permission.TEMPLATES_READ)],
    template_id: TemplateId,
    language: TemplateLanguage,
    brand: Brand = None,
) -> Response:
    """Return the shop's own template, else the one that ships."""
    rows = await state.storage.run(_listed, state.services, TemplateQuery(language=language))
    for row in rows:
        if row["id"] == template_id and row["brand"] == brand:
            use = await state.storage.run(AcceptanceStore(state.services.database).use, template_id, language)
            return json_response({**row, "use": asdict(use)})
    raise NotFoundError(f"There is no template {template_id} ({language})", field="template_id")


@router.put(
    "/v1/templates/{template_id}/{language}",
    summary="Store a template of the shop's own",
    responses={200: {"model": TemplateOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(TemplateContent),
)
async def put_template(
    state: State,
    caller: Annotated[Caller, allowed(Permission.TEMPLATES_WRITE)],
    template_id: TemplateId,
    language: TemplateLanguage,
    given: Annotated[TemplateContent, Depends(body(TemplateContent))],
) -> Response:
    """Compile a template and refuse it with line and reason where that fails; an approved one is offered at once."""
    state_of_text = _state_for(caller, given)
    matter = Matter(
        id=template_id,
        intent=template_id.rpartition(".")[0],
        language=language,
        title=given.title,
        channels=tuple(given.channels),
        when=given.when,
        version=given.version,
        brand=given.brand,
        owner=given.owner,
        review_date=given.review_date,
        draft=state_of_text is TemplateState.DRAFT,
        lines={"when": 1},
    )
    stored = await state.storage.run(_put, state.services, matter, given.body, caller.name)
    return json_response(_stored_body(stored))


@router.post(
    "/v1/templates/{template_id}/{language}/approve",
    summary="Offer a version of a template from now on",
    responses={200: {"model": TemplateOut}, **gives(400, 401, 403, 404, 413, 415, 422)},
    openapi_extra=takes(ApprovalIn),
)
async def approve_template(
    state: State,
    caller: Annotated[Caller, allowed(Permission.TEMPLATES_APPROVE)],
    template_id: TemplateId,
    language: TemplateLanguage,
    given: Annotated[ApprovalIn, Depends(body(ApprovalIn))],
) -> Response:
    """Approve the newest text, or an earlier version to go back to; who and when stay on record."""
    key = TemplateKey(template_id, language, given.brand)
    stored = await state.storage.run(_approve, state.services, key, given.version, caller.name)
    return json_response(_stored_body(stored))


@router.get(
    "/v1/templates/{template_id}/{language}/history",
    summary="List the versions of a template of the shop's own",
    responses={200: {"model": TemplateHistory}, **gives(401, 403, 404, 422)},
)
async def template_history(
    state: State,
    _: Annotated[Caller, allowed(Permission.TEMPLATES_READ)],
    template_id: TemplateId,
    language: TemplateLanguage,
    brand: Brand = None,
) -> Response:
    """Return what it said in each version, the newest first, who wrote and who approved it; also of a retired one."""
    key = TemplateKey(template_id, language, brand)
    versions = await state.storage.run(state.services.templates.history, key)
    return json_response({"items": [_version_body(version) for version in versions], "next": None})


@router.delete(
    "/v1/templates/{template_id}/{language}",
    status_code=204,
    summary="Retire a template of the shop's own",
    responses=gives(401, 403, 404, 422),
    response_class=Response,
)
async def retire_template(
    state: State,
    caller: Annotated[Caller, allowed(Permission.TEMPLATES_APPROVE)],
    template_id: TemplateId,
    language: TemplateLanguage,
    brand: Brand = None,
) -> Response:
    """Take a template out of use; the one that ships under its id is offered again."""
    await state.storage.run(state.services.templates.retire, template_id, language, brand, actor=caller.name)
    await state.storage.run(state.services.replies.refresh)
    return Response(status_code=204)


def _state_for(caller: Caller, given: TemplateContent) -> TemplateState:
    """Return the state that a text is stored in: only some roles may let it go out to customers."""
    may_approve = caller.may(Permission.TEMPLATES_APPROVE)
    if given.state == TemplateState.APPROVED.value and not may_approve:
        raise ForbiddenError(
            f"role {caller.role} may store drafts, not approve them",
            field="state",
            hint=f"Leave state out; one of {', '.join(roles_with(Permission.TEMPLATES_APPROVE))} approves it.",
        )
    return TemplateState(given.state or (TemplateState.APPROVED if may_approve else TemplateState.DRAFT))


def _put(services: Services, matter: Matter, text: str, actor: str) -> TemplateRecord:
    template = template_of(matter, text, f"{matter.id} ({matter.language})")
    state = TemplateState.DRAFT if matter.draft else TemplateState.APPROVED
    stored = services.templates.put(template, actor=actor, state=state)
    services.replies.refresh()
    return stored


def _approve(services: Services, key: TemplateKey, version: int | None, actor: str) -> TemplateRecord:
    stored = services.templates.approve(key, actor=actor, version=version)
    services.replies.refresh()
    return stored


def _listed(services: Services, query: TemplateQuery) -> list[JsonObject]:
    """List the shop's own templates and those that ship and are not replaced, in a fixed order."""
    services.replies.refresh()
    own = {(entry.id, entry.language, entry.brand): _stored_body(entry) for entry in services.templates.records()}
    shipped = {
        (entry.id, entry.language, entry.brand): _shipped_body(entry)
        for entry in services.replies.templates
        if (entry.id, entry.language, entry.brand) not in own
    }
    rows = sorted([*own.values(), *shipped.values()], key=lambda row: (row["id"], row["language"], row["brand"] or ""))
    return [
        row
        for row in rows
        if (query.language is None or row["language"] == query.language)
        and (query.intent is None or row["intent"] == query.intent)
        and (query.own is None or row["own"] is query.own)
        and (query.state is None or row["state"] == query.state)
    ]


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise InvalidInputError(
            "The cursor cannot be read", field="cursor", hint="Take `next` of the page before, or leave it out."
        )
    return int(cursor)


def _shipped_body(template: Template) -> JsonObject:
    return {
        "id": template.id,
        "language": template.language,
        "brand": template.brand,
        "title": template.title,
        "intent": template.intent,
        "channels": [channel.value for channel in template.channels],
        "when": template.when,
        "version": template.version,
        "body": template.body,
        "state": TemplateState.APPROVED.value,
        "owner": template.owner,
        "review_date": template.review_date,
        "own": False,
        "approved_version": template.version,
        "approved_by": None,
        "approved_at": None,
    }


def _stored_body(record: TemplateRecord) -> JsonObject:
    return {
        "id": record.id,
        "language": record.language,
        "brand": record.brand,
        "title": record.title,
        "intent": record.intent,
        "channels": [channel.value for channel in record.channels],
        "when": record.when,
        "version": record.version,
        "body": record.body,
        "state": record.state.value,
        "owner": record.owner,
        "review_date": record.review_date,
        "own": True,
        "approved_version": record.approval.version if record.approval else None,
        "approved_by": record.approval.by if record.approval else None,
        "approved_at": record.approval.at if record.approval else None,
    }


def _version_body(version: TemplateVersion) -> JsonObject:
    record = version.record
    return {
        "version": record.version,
        "title": record.title,
        "intent": record.intent,
        "channels": [channel.value for channel in record.channels],
        "when": record.when,
        "body": record.body,
        "owner": record.owner,
        "review_date": record.review_date,
        "state": record.state.value,
        "stored_by": version.actor,
        "stored_at": record.updated_at,
        "approved_by": version.approved_by,
        "approved_at": version.approved_at,
    }
