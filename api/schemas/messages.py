"""Messages as callers send them, for triage and for storing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    ConfigDict,
    EncodedBytes,
    EncoderProtocol,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from api.schemas.base import (
    NOTHING_THERE,
    Currency,
    Identifier,
    LanguageCode,
    Market,
    Moment,
    Name,
    Schema,
    Words,
    is_blank,
    refuse_nul,
    replace_nul,
)
from tickets.records import Attachment, Channel, Customer, Message
from triage.notices import Header

MAX_BATCH = 1_000
MAX_STORED_BYTES = 10 * 1024 * 1024

MESSAGE_EXAMPLE: dict[str, Any] = {
    "id": "m1",
    "text": "Hallo, wo bleibt meine Bestellung HP-100017? Ich warte seit zwei Wochen!",
    "subject": "Lieferung",
    "channel": "email",
    "market": "DE",
    "customer": {"id": "c9", "name": "Anna Vogel", "level": "vip"},
}


class CustomerIn(Schema):
    """Who wrote, as far as the caller knows."""

    id: Identifier | None = Field(default=None, description="The caller's own number of the customer.")
    name: Name | None = None
    email: Name | None = None
    phone: Name | None = None
    level: Name | None = Field(default=None, description="The shop's own level, as vip.")
    language: LanguageCode | None = None

    def record(self) -> Customer:
        """Return the domain record."""
        return Customer(self.id, self.name, self.email, self.phone, self.level, self.language)


class OrderRef(Schema):
    """The order that the message is known to be about."""

    id: Identifier


class AttachmentIn(Schema):
    """A file that came with a message, by name only."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(refuse_nul)]
    type: Name = "application/octet-stream"
    size: int = Field(default=0, ge=0, le=2**53, description="Bytes.")

    def record(self) -> Attachment:
        """Return the domain record."""
        return Attachment(self.name, self.type, self.size)


class _StrictBase64(EncoderProtocol):
    """Base64 that is refused where it holds anything else: half a file must not pass for the whole."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise ValueError(
                f"is not base64: {error}|Encode the file's bytes with padding, without line breaks."
            ) from None

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> Literal["base64"]:
        return "base64"


class StoredAttachmentIn(AttachmentIn):
    """A file that came with a message, with its content where the caller has it."""

    data: Annotated[bytes, EncodedBytes(encoder=_StrictBase64)] | None = Field(
        default=None, description="The content in base64; it is stored with the message."
    )

    def record(self) -> Attachment:
        """Return the domain record."""
        size = len(self.data) if self.data is not None and not self.size else self.size
        return Attachment(self.name, self.type, size, self.data)


class _MessageFields(Schema):
    """What both kinds of message have."""

    id: Identifier | None = Field(default=None, description="Comes back in the decision; unique in a batch.")
    html: bool = Field(default=False, description="Whether the text is HTML.")
    channel: Channel | None = None
    marketplace: Name | None = Field(default=None, description="As amazon, ebay; rules of that marketplace apply.")
    brand: Name | None = None
    market: Market | None = Field(default=None, description="Country of the shop, ISO 3166-1, as DE.")
    currency: Currency | None = Field(default=None, description="ISO 4217, as EUR.")
    language: LanguageCode | None = Field(default=None, description="Where the sender's system knows it.")
    customer: CustomerIn | None = None
    order: OrderRef | None = None
    sent_at: Moment | None = Field(default=None, description="ISO 8601; without an offset it is read as UTC.")
    agent: Name | None = Field(
        default=None, description="Who will answer, as named under `agents` in shop.yaml: suggestions are signed so."
    )


class TriageMessage(_MessageFields):
    """A message to decide on; only `text` is needed."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE_EXAMPLE]})

    text: Words = Field(description="The customer's message, at most 50,000 characters.")
    subject: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(refuse_nul)] | None = None
    attachments: list[AttachmentIn] = Field(default_factory=list, max_length=100)

    @field_validator("text")
    @classmethod
    def _more_than_markup(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("html") and is_blank(value, html=True):
            raise ValueError(f"{NOTHING_THERE}|Send the words that the customer wrote.")
        return value

    def record(self) -> Message:
        """Return the domain record."""
        return _record(self, self.text, self.subject, tuple(file.record() for file in self.attachments))


class TriageRequest(Schema):
    """Up to a thousand messages to decide on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"messages": [MESSAGE_EXAMPLE], "answers": 3, "suggestions": 3}]}
    )

    messages: list[TriageMessage] = Field(min_length=1, max_length=MAX_BATCH)
    answers: int = Field(default=3, ge=0, le=20, description="Passages per message.")
    suggestions: int = Field(default=3, ge=0, le=20, description="Filled-in replies per message.")


HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(refuse_nul)]
HeaderValue = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(replace_nul)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=200)]
# The names in `triage.notices.Header`.
TELLING_HEADERS = frozenset(get_args(Header))
_KEPT_OF_A_HEADER = 200


def telling(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep the headers that tell whether a program wrote a mail: the others are personal data that nobody needs."""
    return {
        name.lower(): value[:_KEPT_OF_A_HEADER] for name, value in headers.items() if name.lower() in TELLING_HEADERS
    }


class IncomingMessage(_MessageFields):
    """A message to store and decide on: nothing of it is lost, whatever its size up to 10 MiB."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**MESSAGE_EXAMPLE, "external_id": "4711", "connector": "shop-form"}]}
    )

    text: Annotated[str, AfterValidator(replace_nul)] = Field(
        default="",
        description="Up to 10 MiB are stored, the first 50,000 characters of the cleaned text are read; "
        "may be empty where there is an attachment. NUL becomes U+FFFD.",
    )
    subject: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(replace_nul)] | None = None
    attachments: list[StoredAttachmentIn] = Field(default_factory=list, max_length=100)
    external_id: Identifier | None = Field(
        default=None,
        description="The sender's number of the message, unique per connector: a repeat is not stored twice.",
    )
    connector: Name | None = Field(default=None, description="Where the message comes from.")
    thread: Identifier | None = Field(default=None, description="Messages of one thread become one ticket.")
    headers: Headers = Field(
        default_factory=dict,
        description="Headers of a mail; of them those are kept that tell whether a program wrote it, such as "
        "Auto-Submitted: such a mail gets no receipt.",
    )

    @model_validator(mode="after")
    def _something_there(self) -> IncomingMessage:
        if not self.attachments and is_blank(self.text, html=self.html):
            raise ValueError("needs a text or an attachment|Send the words that the customer wrote.")
        return self

    def record(self) -> Message:
        """Return the domain record."""
        return _record(
            self,
            self.text,
            self.subject,
            tuple(file.record() for file in self.attachments),
            external_id=self.external_id,
            connector=self.connector,
            thread=self.thread,
            headers=telling(self.headers),
        )


def _record(
    schema: _MessageFields,
    text: str,
    subject: str | None,
    attachments: tuple[Attachment, ...],
    headers: Mapping[str, str] | None = None,
    **origin: str | None,
) -> Message:
    return Message(
        text=text,
        id=schema.id,
        subject=subject,
        html=schema.html,
        channel=schema.channel,
        marketplace=schema.marketplace.lower() if schema.marketplace else None,
        brand=schema.brand,
        market=schema.market,
        currency=schema.currency,
        language=schema.language,
        customer=schema.customer.record() if schema.customer else None,
        order_id=schema.order.id if schema.order else None,
        sent_at=schema.sent_at,
        agent=schema.agent,
        attachments=attachments,
        headers=headers or {},
        **origin,
    )
