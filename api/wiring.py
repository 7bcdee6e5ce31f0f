"""Building the house once from its settings: for the HTTP service and for every command."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from api.answering import Bot
from api.bot_speech import OWN_FILE as OWN_PHRASES
from api.bot_speech import Speech
from api.bundles import SETTINGS_AT_FAULT, check_named, load_bundle
from api.live_replies import LiveReplies
from api.notices import Notifier
from api.secret_files import write_once
from api.shop import load_profile
from knowledge_base.procedure_store import ProcedureStore
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import ArticleStore
from models.errors import BundleError
from replies.rules import RuleCheck
from replies.rules.book import OWN_FILE as OWN_RULES
from replies.rules.book import RuleBook
from replies.store import TemplateStore
from tickets.customers import CustomerStore
from tickets.database import Database
from tickets.errors import DeskhandError, UnavailableError
from tickets.keys import KeyStore
from tickets.notices import NoticeStore
from tickets.orders import OrderStore
from tickets.outbox import Outbox
from tickets.records import Shop
from tickets.store import TicketStore
from tickets.verdicts import AcceptanceStore
from triage.bot_policy import OWN_FILE as OWN_POLICY
from triage.bot_policy import BotPolicy
from triage.parts import Parts
from triage.pipeline import Pipeline
from triage.routing import Router

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from api.settings import Settings
    from knowledge_base.vectors import Progress
    from models.bundle import Bundle

ADMIN_KEY_FILE = "admin.key"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """Whether a part of the house can be used, and what to do where it cannot."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None


@dataclass(slots=True)
class Services:
    """Every part of the house, built once. Without a bundle messages are still stored, untriaged."""

    settings: Settings
    database: Database
    tickets: TicketStore
    orders: OrderStore
    customers: CustomerStore
    keys: KeyStore
    outbox: Outbox
    articles: ArticleStore
    procedures: ProcedureStore
    templates: TemplateStore
    replies: LiveReplies
    rule_check: RuleCheck
    router: Router
    shop: Shop
    bot: Bot
    notifier: Notifier
    notices: NoticeStore
    bundle: Bundle | None = None
    knowledge_base: KnowledgeBase | None = None
    current_pipeline: Pipeline | None = None
    public_pipeline: Pipeline | None = None
    problem: BundleError | None = field(default=None)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline for the shop's own people and systems.

        Raises:
            BundleError: There is no usable bundle.
        """
        return self._usable(self.current_pipeline)

    @property
    def pipeline_for_strangers(self) -> Pipeline:
        """The pipeline that knows no orders.

        Raises:
            BundleError: There is no usable bundle.
        """
        return self._usable(self.public_pipeline)

    def _usable(self, pipeline: Pipeline | None) -> Pipeline:
        if pipeline is not None:
            return pipeline
        raise self.problem or BundleError("There is no bundle", field="DESKHAND_MODEL")

    def today(self) -> date:
        """Return the present day where the shop is: by it articles are valid, reviews due and orders late."""
        return _today(self.router)

    def refresh(self) -> None:
        """Take over articles and templates that another process changed; cheap where none did."""
        self.replies.refresh()
        if self.knowledge_base is not None:
            self.knowledge_base.refresh()

    def check(self) -> list[Part]:
        """Ask every part whether it can be used."""
        return [
            _part("database", self._check_database),
            _part("model", lambda: self.pipeline.parts.bundle.name),
            _part("knowledge_base", self._check_knowledge_base),
            _part("templates", lambda: f"{len(self.replies)} templates"),
        ]

    def close(self) -> None:
        """Close all connections, and stop what runs in the background."""
        if self.knowledge_base is not None:
            self.knowledge_base.close()
        self.database.close()

    def _check_database(self) -> str:
        self.database.check()
        return f"safe mode: {self.database.safe_mode}" if self.database.safe_mode else "ok"

    def _check_knowledge_base(self) -> str:
        if self.knowledge_base is None:
            raise UnavailableError("The index needs a bundle", hint="See model.")
        self.knowledge_base.refresh()
        pending = self.knowledge_base.pending
        late = f", {pending} still to be encoded: until then found by their words alone" if pending else ""
        return f"{self.knowledge_base.size} passages{late}"


def build(settings: Settings, *, serving: bool = False, progress: Progress | None = None) -> Services:
    """Open the database and load models, articles and templates. Works in an empty home.

    A bundle whose files are broken is no reason to lose messages: the service then stores them untriaged, and says
    what is wrong wherever a decision is asked for. A bundle or encoder that was named wrongly is refused at once.

    Args:
        settings: Where everything lies.
        serving: Whether to be ready at once: new passages are then found by their words while a thread encodes them.
        progress: Is told how far the encoding of new passages is, where one waits for it.

    Raises:
        UnavailableError: The home or the database cannot be used.
        InvalidInputError: A file of the operator's cannot be used.
        BundleError: DESKHAND_MODEL or DESKHAND_ENCODER names something that cannot be used together.
    """
    _make_home(settings.home)
    database = Database.open(settings.url, home=settings.home)
    try:
        return _furnish(settings, database, serving=serving, progress=progress)
    except BaseException:
        database.close()
        raise


def check_start(settings: Settings) -> None:
    """Try what a start cannot do without, at little cost: it can be told in a line before any server runs.

    Raises:
        UnavailableError: The home or the database cannot be used.
        InvalidInputError: A file of the operator's cannot be used.
        BundleError: DESKHAND_MODEL or DESKHAND_ENCODER names something that cannot be used together.
    """
    _make_home(settings.home)
    database = Database.open(settings.url, home=settings.home)
    try:
        load_profile(database, settings.home)
        router = _router(settings.home)
        _bot(settings.home, router, _rule_check(settings.home))
        Notifier.load(settings.home, router, Shop())
        check_named(settings)
    finally:
        database.close()


def ensure_admin_key(services: Services) -> Path:
    """Write the first admin key into the home, once: also where several workers start at one moment.

    Raises:
        UnavailableError: The home cannot be written.
    """
    path = services.settings.home / ADMIN_KEY_FILE
    if not path.exists():
        plain, record = services.keys.create("admin", "admin.key")
        if not write_once(path, f"{plain}\n"):
            services.keys.revoke(record.id)
    return path


def _furnish(settings: Settings, database: Database, *, serving: bool, progress: Progress | None) -> Services:
    profile = load_profile(database, settings.home)
    router = _router(settings.home)
    if profile.time_zone is not None:
        router = router.with_time_zone(profile.time_zone)
    if profile.office is not None:
        router = router.with_office(profile.office)
    templates = TemplateStore(database)
    rule_check = _rule_check(settings.home)
    services = Services(
        settings=settings,
        database=database,
        tickets=TicketStore(database, deliver_to=tuple(settings.webhook_urls)),  # nothing is queued for others
        orders=OrderStore(database, today=partial(_today, router)),
        customers=CustomerStore(database),
        keys=KeyStore(database),
        outbox=Outbox(database),
        articles=ArticleStore(database),
        procedures=ProcedureStore(database, today=partial(_today, router)),
        templates=templates,
        replies=LiveReplies(templates, AcceptanceStore(database), rule_check),
        rule_check=rule_check,
        router=router,
        shop=profile.shop,
        bot=_bot(settings.home, router, rule_check),
        notifier=Notifier.load(settings.home, router, profile.shop),
        notices=NoticeStore(database, deliver_to=tuple(settings.webhook_urls)),
    )
    try:
        services.bundle = load_bundle(settings)
    except BundleError as error:
        if error.field in SETTINGS_AT_FAULT:
            raise
        services.problem = error
        logger.error("no bundle", error=error.message, hint=error.hint)
        return services
    own_policy = settings.home / OWN_POLICY
    if own_policy.is_file():
        known = services.replies.ids
        services.bot.policy.check_names(services.bundle.labels, router.rules.teams, str(own_policy), known)
    _connect(services, services.bundle, background=serving, progress=progress)
    return services


def _router(home: Path) -> Router:
    own_rules = home / "routing.yaml"
    return Router.load(own_rules if own_rules.is_file() else None)


def _rule_check(home: Path) -> RuleCheck:
    own = home / OWN_RULES
    return RuleCheck(RuleBook.load(own if own.is_file() else None))


def _bot(home: Path, router: Router, check: RuleCheck) -> Bot:
    policy, phrases = home / OWN_POLICY, home / OWN_PHRASES
    return Bot(
        BotPolicy.load(policy if policy.is_file() else None),
        Speech.load(phrases if phrases.is_file() else None),
        router,
        check,
    )


def _connect(services: Services, bundle: Bundle, *, background: bool, progress: Progress | None) -> None:
    """Put the pipelines together: one that may show orders, one for strangers that may not."""
    services.knowledge_base = KnowledgeBase(
        services.articles,
        bundle.encoder,
        encoder_digest=bundle.digest,
        cache_dir=services.settings.home / "index",
        background=background,
        today=services.today,
        progress=progress,
    )
    parts = partial(
        Parts,
        bundle=bundle,
        knowledge_base=services.knowledge_base,
        replies=services.replies,
        router=services.router,
        shop=services.shop,
    )
    services.current_pipeline = Pipeline(parts(orders=services.orders))
    services.public_pipeline = Pipeline(parts(orders=None))


def _today(router: Router) -> date:
    return router.day(datetime.now(UTC))


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"{home} cannot be made: {error.strerror}", field="DESKHAND_HOME", hint="Set it to a writable folder."
        ) from None


def _part(name: str, ask: Callable[[], str]) -> Part:
    try:
        return Part(name, True, ask())
    except (DeskhandError, BundleError) as error:
        return Part(name, False, error.message, error.hint)


__all__ = ["Part", "Services", "build", "check_start", "ensure_admin_key"]
