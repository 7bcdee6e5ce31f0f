"""The knowledge base: articles in their languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.auth import Caller
from api.permissions import Permission
from api.rendering import JsonObject, json_response, moment
from api.routes.common import State, allowed, body, gives, stored_language, takes
from api.schemas.knowledge import ArticleContent, ArticleIn, ArticleList, ArticleOut, ArticleQuery
from knowledge_base.errors import RefusalError
from knowledge_base.fields import in_both, language_code
from knowledge_base.markdown import has_text, open_comment, without_comments
from knowledge_base.records import Article, Visibility
from knowledge_base.sizes import check_size
from knowledge_base.store import ArticleFilter
from tickets.errors import ConflictError, InvalidInputError, NotFoundError
from tickets.stored import Page

if TYPE_CHECKING:
    from knowledge_base.records import StoredArticle
    from knowledge_base.store import ArticleStore

router = APIRouter(tags=["articles"])

ArticleId = Annotated[str, Path(description="The article's id.", max_length=128)]
ArticleLanguage = Annotated[str, Path(description="ISO 639-1, as en.", max_length=35)]


@router.get(
    "/v1/articles",
    summary="List articles",
    responses={200: {"model": ArticleList}, **gives(401, 403, 422)},
)
async def list_articles(
    state: State, caller: Annotated[Caller, allowed(Permission.ARTICLES_READ)], query: Annotated[ArticleQuery, Query()]
) -> Response:
    """Return one page of articles; internal ones only to those who may see them."""
    internal = caller.may(Permission.ARTICLES_INTERNAL)
    if not internal and query.visibility is Visibility.INTERNAL:
        page: Page[StoredArticle] = Page((), None)
    else:
        visibility = query.visibility if internal else Visibility.PUBLIC
        filters = ArticleFilter(
            query.language,
            visibility,
            query.brand,
            query.source,
            market=query.market,
            translation_of=query.translation_of,
        )
        page = await state.storage.run(state.services.articles.list, filters, cursor=query.cursor, limit=query.limit)
    return json_response({"items": [article_body(entry) for entry in page.items], "next": page.next})


@router.post(
    "/v1/articles",
    status_code=201,
    summary="Add an article",
    responses={201: {"model": ArticleOut}, **gives(400, 401, 403, 409, 413, 415, 422)},
    openapi_extra=takes(ArticleIn),
)
async def add_article(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_WRITE)],
    given: Annotated[ArticleIn, Depends(body(ArticleIn))],
) -> Response:
    """Add an article that does not exist yet; it is found by the next search."""
    article = await state.compute.run(_article, given.id, given.language, given)
    stored = await state.storage.run(_add, state.services.articles, article, caller.name)
    location = f"/v1/articles/{quote(article.id)}/{article.language}"
    return json_response(article_body(stored), 201, {"location": location})


@router.get(
    "/v1/articles/{article_id}/{language}",
    summary="Read an article",
    responses={200: {"model": ArticleOut}, **gives(401, 403, 404, 422)},
)
async def read_article(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_READ)],
    article_id: ArticleId,
    language: ArticleLanguage,
) -> Response:
    """Return an article as it stands."""
    stored = await state.storage.run(_get, state.services.articles, article_id, language)
    if stored.article.visibility is Visibility.INTERNAL and not caller.may(Permission.ARTICLES_INTERNAL):
        raise NotFoundError(f"there is no article {article_id} ({language})", field="id")
    return json_response(article_body(stored))


@router.put(
    "/v1/articles/{article_id}/{language}",
    summary="Replace an article, or add it",
    responses={200: {"model": ArticleOut}, **gives(400, 401, 403, 413, 415, 422)},
    openapi_extra=takes(ArticleContent),
)
async def put_article(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_WRITE)],
    article_id: Annotated[str, Path(description="Letters, digits and . : _ -", pattern=r"^\w[\w.:-]{0,127}$")],
    language: Annotated[str, Path(description="ISO 639-1, as en.", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")],
    given: Annotated[ArticleContent, Depends(body(ArticleContent))],
) -> Response:
    """Store a new version; the earlier ones are kept."""
    article = await state.compute.run(_article, article_id, language, given)
    stored = await state.storage.run(_put, state.services.articles, article, language, caller.name)
    return json_response(article_body(stored))


@router.delete(
    "/v1/articles/{article_id}/{language}",
    status_code=204,
    summary="Remove an article; its versions are kept",
    responses=gives(401, 403, 404, 422),
    response_class=Response,
)
async def delete_article(
    state: State,
    caller: Annotated[Caller, allowed(Permission.ARTICLES_WRITE)],
    article_id: ArticleId,
    language: ArticleLanguage,
) -> Response:
    """Take an article out of search and lists."""
    await state.storage.run(_delete, state.services.articles, article_id, language, caller.name)
    return Response(status_code=204)


def article_body(stored: StoredArticle) -> JsonObject:
    """Return an article as it stands."""
    article = stored.article
    return {
        "id": article.id,
        "language": article.language,
        "title": article.title,
        "body": article.body,
        "visibility": article.visibility.value,
        "tags": article.tags,
        "brand": article.brand,
        "valid_from": article.valid_from,
        "valid_until": article.valid_until,
        "market": article.market,
        "translation_of": article.translation_of,
        "original_language": article.original_language,
        "source_url": article.source_url,
        "owner": article.owner,
        "review_date": article.review_date,
        "questions": article.questions,
        "negative_questions": article.negative_questions,
        "version": stored.version,
        "updated_at": moment(stored.updated_at),
        "source": stored.source,
    }


def _article(article_id: str, language: str, given: ArticleContent) -> Article:
    # One that names itself is an original, as in a file that is imported.
    original = None if given.translation_of == article_id else given.translation_of
    code = stored_language(language)
    written = None if given.original_language is None else stored_language(given.original_language, "original_language")
    if given.valid_from and given.valid_until and given.valid_until < given.valid_from:
        raise InvalidInputError(
            f"valid_until {given.valid_until} lies before valid_from {given.valid_from}",
            field="valid_until",
            hint="Send a later day, or leave one of the two out.",
        )
    if both := in_both(given.questions, given.negative_questions):
        raise InvalidInputError(
            f"negative_questions holds {both[:60]!r}, which is in questions too",
            field="negative_questions",
            hint="Take it out of one of the two.",
        )
    return Article(
        id=article_id,
        language=code,
        title=given.title,
        body=_body(given.body),
        visibility=given.visibility,
        tags=tuple(given.tags),
        brand=given.brand,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        market=given.market,
        translation_of=original,
        original_language=None if original is None and written == code else written,
        source_url=given.source_url,
        owner=given.owner,
        review_date=given.review_date,
        questions=tuple(given.questions),
        negative_questions=tuple(given.negative_questions),
    )


def _body(markdown: str) -> str:
    """Return the text without comments, as an import keeps it."""
    if (before := open_comment(markdown)) is not None:
        raise InvalidInputError(
            f"body opens a comment by `<!--` in its line {before + 1} and never closes it",
            field="body",
            hint="Add `-->` after it, or put it in `code`.",
        )
    try:
        check_size(markdown, 1)
    except RefusalError as error:
        raise InvalidInputError(f"body, line {error.line}: {error.message}", field="body") from error
    left = without_comments(markdown)
    if not has_text(left):
        raise InvalidInputError(
            f"body {markdown[:40]!r} holds no text that could answer a question",
            field="body",
            hint="Write some beside headings, pictures, rules and comments, or DELETE the article.",
        )
    return left


def _stored_as(store: ArticleStore, article_id: str, language: str) -> str:
    """Return the language under which an article is stored: as it is named, or the code of that."""
    return language if language in store.languages(article_id) else language_code(language) or language


def _get(store: ArticleStore, article_id: str, language: str) -> StoredArticle:
    return store.get(article_id, _stored_as(store, article_id, language))


def _delete(store: ArticleStore, article_id: str, language: str, actor: str) -> None:
    store.delete(article_id, _stored_as(store, article_id, language), actor=actor)


def _put(store: ArticleStore, article: Article, named: str, actor: str) -> StoredArticle:
    stored = store.put(article, actor=actor)
    # Earlier versions stored pt-BR as such, where no search in Portuguese took it for its own.
    if named != article.language and named in store.languages(article.id):
        store.delete(article.id, named, actor=actor)
    return stored


def _add(store: ArticleStore, article: Article, actor: str) -> StoredArticle:
    if article.language in store.languages(article.id):
        raise ConflictError(
            f"the article {article.id} ({article.language}) exists already",
            field="id",
            hint=f"PUT /v1/articles/{article.id}/{article.language} replaces it.",
        )
    return store.put(article, actor=actor)
