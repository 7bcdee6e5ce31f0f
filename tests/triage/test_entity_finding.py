"""What is found in messages, kind by kind and language by language."""

from __future__ import annotations

import pytest

from triage.entities import FINDERS, find_entities


def found(text: str, kind: str, language: str | None = None, market: str | None = None) -> list[str]:
    return [entity.value for entity in find_entities(text, language=language, market=market) if entity.kind == kind]


def test_offsets_are_code_points_of_the_text() -> None:
    text = "😀😀 Bestellung 114-3941689-8772232 für 1.234,56 €, ok?"
    order, amount = find_entities(text, language="de")
    assert (order.kind, text[order.start : order.end]) == ("order", "114-3941689-8772232")
    assert (amount.value, text[amount.start : amount.end]) == ("1234.56 EUR", "1.234,56 €")


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("where's my order 114-3941689-8772232", "en", "114-3941689-8772232"),
        ("my eBay purchase 12-34567-89012 is late", "en", "12-34567-89012"),
        ("#10482 gelmedi", "tr", "#10482"),
        ("Bestellnr. 4471029 fehlt", "de", "4471029"),
        ("Ma commande n° 55310 svp", "fr", "55310"),
        ("el pedido 2000004481 no llega", "es", "2000004481"),
        ("l'ordine IT-77420-63 dov'è?", "it", "IT-77420-63"),
        ("bestelling 40771852 klopt niet", "nl", "40771852"),
        ("o pedido 88213 sumiu", "pt", "88213"),
        ("nr zamówienia 204418/2026", "pl", "204418/2026"),
        ("TR-2291-88 numaralı sipariş", "tr", "TR-2291-88"),
        ("رقم الطلب W20261103-77", "ar", "W20261103-77"),
        ("رقم الطلب ٥٥٩١٧٢", "ar", "559172"),
        ("注文番号は250-7714309-6620184です", "ja", "250-7714309-6620184"),
        ("订单号JD20261029-3381晚了", "zh", "JD20261029-3381"),
        ("allegro 5f0d2a10-7b1c-11ee-b962-0242ac120002", "pl", "5f0d2a10-7b1c-11ee-b962-0242ac120002"),
        ("HP-100042 please", "en", "HP-100042"),
    ],
)
def test_order_numbers(text: str, language: str, value: str) -> None:
    assert found(text, "order", language) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1Z999AA10123456784", "1Z999AA10123456784"),
        ("RR473124829GB", "RR473124829GB"),
        ("JD0146000123456789", "JD0146000123456789"),
        ("00340434161094021501", "00340434161094021501"),
        ("3SKABA012938471", "3SKABA012938471"),
        ("SF1390274458821", "SF1390274458821"),
        ("YT7428819034561", "YT7428819034561"),
        ("LP00592837461025", "LP00592837461025"),
        ("620011223344556677889900", "620011223344556677889900"),
        ("TBA123456789012", "TBA123456789012"),
        ("9400111202555842332669", "9400111202555842332669"),
        ("tracking number 770219384455", "770219384455"),
        ("お問い合わせ番号 4829-1156-3307", "482911563307"),
        ("le colis 6A21473390412 est perdu", "6A21473390412"),
        ("paczka 0000112233445Q stoi", "0000112233445Q"),
        ("a encomenda, rastreio QB884120337BR", "QB884120337BR"),
    ],
)
def test_tracking_numbers(text: str, value: str) -> None:
    assert found(text, "tracking") == [value]


def test_a_wrong_check_digit_needs_a_word_beside_it() -> None:
    assert found("9400111202555842332668", "tracking") == []
    assert found("USPS tracking 9400111202555842332668", "tracking") == ["9400111202555842332668"]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("das kostet 1.234,56 €", "de", "1234.56 EUR"),
        ("I paid $1,234.56", "en", "1234.56 USD"),
        ("zapłaciłam 1 234,56 zł", "pl", "1234.56 PLN"),
        ("¥12,000", "ja", "12000 JPY"),
        ("¥12,000", "zh", "12000 CNY"),
        ("12.000円", "ja", "12000 JPY"),
        ("500元", "zh", "500 CNY"),
        ("٥٠ ريال", "ar", "50 SAR"),
        ("340 درهماً", "ar", "340 AED"),
        ("64.500 د.ك", "ar", "64.500 KWD"),
        ("R$ 2.899,00", "pt", "2899.00 BRL"),
        ("3.899 TL", "tr", "3899 TRY"),
        ("50 liralık", "tr", "50 TRY"),
        ("€ 1.149", "nl", "1149 EUR"),
        ("quaranta euro", "it", "40 EUR"),
        ("五十块", "zh", "50 CNY"),
        ("八千六百块", "zh", "8600 CNY"),
        ("二十九块九", "zh", "29.9 CNY"),
        ("A$1,140", "en", "1140 AUD"),
        ("$11,499 MXN", "es", "11499 MXN"),
        ("143,70 CHF", "fr", "143.70 CHF"),
        ("146 euro 50", "nl", "146.5 EUR"),
    ],
)
def test_amounts(text: str, language: str, value: str) -> None:
    assert found(text, "amount", language) == [value]


def test_the_market_says_which_dollar() -> None:
    assert found("$142.000", "amount", "es", "CO") == ["142000 COP"]
    assert found("$142.000", "amount", "es") == ["142000"]
    entity = find_entities("$20", language="es", currency="MXN")[0]
    assert entity.value == "20 MXN"


@pytest.mark.parametrize(
    "text",
    ["the 2nd of 3 boxes", "iPhone 15", "24/7 support", "10/10 would buy", "3 Tage", "50 ml", "20%", "um 14:30 Uhr"],
)
def test_plain_numbers_are_nothing(text: str) -> None:
    assert find_entities(text, language="en") == ()


@pytest.mark.parametrize(
    ("text", "language", "market", "value"),
    [
        ("2026-11-03", None, None, "2026-11-03"),
        ("am 12.06.2026", "de", None, "2026-06-12"),
        ("am 12.06. da", "de", None, "--06-12"),
        ("on 11/03/2026", "en", "US", "2026-11-03"),
        ("on 11/03/2026", "en", "GB", "2026-03-11"),
        ("on 08/11", "en", None, "08/11"),
        ("no dia 20/10 e", "pt", None, "--10-20"),
        ("3 November 2026", "en", None, "2026-11-03"),
        ("November 3, 2026", "en", None, "2026-11-03"),
        ("3. November", "de", None, "--11-03"),
        ("el 14 de septiembre.", "es", None, "--09-14"),
        ("le 1er novembre", "fr", None, "--11-01"),
        ("il 2 ottobre", "it", None, "--10-02"),
        ("op 12 oktober", "nl", None, "--10-12"),
        ("14 sierpnia 2026", "pl", None, "2026-08-14"),
        ("19 Mart", "tr", None, "--03-19"),
        ("3 نوفمبر", "ar", None, "--11-03"),
        ("15 تشرين الثاني", "ar", None, "--11-15"),
        ("3月5日", "ja", None, "--03-05"),
        ("2026年3月5日", "zh", None, "2026-03-05"),
        ("9/14に", "ja", None, "--09-14"),
        ("12号到", "zh", None, "---12"),
    ],
)
def test_dates(text: str, language: str | None, market: str | None, value: str) -> None:
    assert found(text, "date", language, market) == [value]


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert found("31.02.2026", "date", "de") == []


@pytest.mark.parametrize(
    ("text", "language", "market", "value"),
    [
        ("+44 7700 900142", "en", None, "+447700900142"),
        ("ruf mich an: 0171 5550148", "de", None, "+491715550148"),
        ("appelez le 06 12 34 56 78", "fr", None, "+33612345678"),
        ("bel 06-12345678", "nl", None, "+31612345678"),
        ("手机13900001122。", "zh", None, "+8613900001122"),
        ("携帯電話090-1234-5678に", "ja", None, "+819012345678"),
        ("اتصل 0501234098", "ar", None, "+966501234098"),
        ("my mobile is 0412 000 733", "en", "AU", "+61412000733"),
        ("tel. 601 000 221", "pl", None, "+48601000221"),
    ],
)
def test_phones(text: str, language: str, market: str | None, value: str) -> None:
    assert found(text, "phone", language, market) == [value]


def test_a_customer_number_is_no_phone() -> None:
    assert found("Meine Kundennummer: 0171 5550148", "phone", "de") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("schreib an Jutta.W@Example.ORG!", "Jutta.W@example.org"),
        ("邮箱是linxiao88@example.com，谢谢", "linxiao88@example.com"),
        ("a+b@sub.example.co.uk.", "a+b@sub.example.co.uk"),
    ],
)
def test_emails(text: str, value: str) -> None:
    assert found(text, "email") == [value]


@pytest.mark.parametrize("text", ["@handle", "a@b", "a@@example.com", "me@ example.com"])
def test_no_emails(text: str) -> None:
    assert found(text, "email") == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("voucher code AUTUMN15 fails", "code", "AUTUMN15"),
        ("the coupon SHIPFREE is refused", "code", "SHIPFREE"),
        ("Geschenkkarte GK-7H2P-99QX", "code", "GK-7H2P-99QX"),
        ("Artikel TH-4021-B passt nicht", "sku", "TH-4021-B"),
        ("numéro de série SN-44X0917Z", "sku", "SN-44X0917Z"),
        ("Rechnung RE-2026-50188", "invoice", "RE-2026-50188"),
        ("faktura FV/2026/09/1187", "invoice", "FV/2026/09/1187"),
    ],
)
def test_codes_articles_and_invoices(text: str, kind: str, value: str) -> None:
    assert found(text, kind) == [value]


def test_capitals_in_a_shouted_sentence_are_no_voucher() -> None:
    assert found("THE CODE DOES NOT WORK AT ALL", "code") == []


def test_numbers_in_web_addresses_are_left_alone() -> None:
    assert found("see https://shop.example/order/4471029/track", "order") == []


def test_the_nearer_word_decides() -> None:
    text = "order 4471029 has tracking number 770219384455"
    assert [(entity.kind, entity.value) for entity in find_entities(text, language="en")] == [
        ("order", "4471029"),
        ("tracking", "770219384455"),
    ]


def test_a_sentence_ends_the_reach_of_a_word() -> None:
    assert found("I have an order. Anyway, 40771 people know that!", "order", "en") == []


def test_every_kind_of_the_table_is_one_of_the_contract() -> None:
    known = {
        "order",
        "tracking",
        "email",
        "phone",
        "amount",
        "product",
        "sku",
        "date",
        "person",
        "place",
        "code",
        "invoice",
    }
    assert {kind for finder in FINDERS for kind in finder.kinds} <= known
