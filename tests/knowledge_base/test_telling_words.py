from __future__ import annotations

from knowledge_base.telling_words import TellingWords, terms


def test_words_of_the_group_that_others_lack_are_the_title() -> None:
    group = ["Do you have a shop in Berlin?", "Is there a shop in Berlin", "shop Berlin opening hours"]
    others = ["Where is my order in Berlin?", "Do you have my order?", "Is there an order number"] * 3
    assert TellingWords([*group, *others], "en").title(group) == "Shop berlin"


def test_what_one_customer_alone_wrote_is_not_shown() -> None:
    group = ["gift wrapping for Esmeralda", "gift wrapping please", "gift wrapping"]
    assert "esmeralda" not in TellingWords(group, "en").title(group).lower()


def test_german_nouns_keep_their_capitals() -> None:
    group = ["Kann man die Geschenkverpackung wählen?", "Geschenkverpackung möglich?"]
    assert TellingWords(group, "de").title(group).startswith("Geschenkverpackung")


def test_dutch_words_of_address_tell_nothing() -> None:
    group = ["Kunnen jullie het geld terug storten", "Willen jullie mijn geld graag terug geven"]
    assert TellingWords([], "nl").title(group) == "Geld terug"


def test_chinese_and_japanese_titles_are_whole_pieces() -> None:
    group = ["可以礼品包装吗", "礼品包装多少钱", "有没有礼品包装"]
    assert TellingWords([*group, "我的包裹在哪里", "可以退货吗"], "zh").title(group).startswith("礼品包装")


def test_masks_are_no_words() -> None:
    assert "order" not in terms("please find [order] for [person]", "en")


def test_texts_that_share_nothing_have_no_title() -> None:
    assert TellingWords([], "en").title(["alpha", "beta"]) == ""
