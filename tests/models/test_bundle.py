"""Bundles: what they say, and that a broken one is refused with its file's name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.errors import BundleError
from models.manifest import Manifest

GREETINGS = {
    "ar": "أين طلبي؟ لم يصل حتى الآن",
    "de": "Wo bleibt mein Paket? Es sollte gestern kommen.",
    "en": "Where is my parcel? It should have come yesterday.",
    "es": "¿Dónde está mi paquete? Debía llegar ayer.",
    "fr": "Où est mon colis ? Il devait arriver hier.",
    "it": "Dov'è il mio pacco? Doveva arrivare ieri.",
    "ja": "荷物がまだ届きません。昨日届くはずでした。",
    "nl": "Waar is mijn pakket? Het zou gisteren komen.",
    "pl": "Gdzie jest moja paczka? Miała przyjść wczoraj.",
    "pt": "Onde está a minha encomenda? Devia ter chegado ontem.",
    "tr": "Kargom nerede? Dün gelmesi gerekiyordu.",
    "zh": "我的包裹到哪了？昨天就该到了。",
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(Bundle.default_path())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Bundle.default_path(), tmp_path / "bundle"))


def test_the_shipped_bundle_knows_fifty_intents_and_twelve_languages(bundle: Bundle) -> None:
    assert len(bundle.labels) == 50
    assert bundle.languages == tuple(sorted(GREETINGS))
    assert bundle.name.startswith("default-")


def test_the_shipped_bundle_is_small_enough_and_has_its_card() -> None:
    files = list(Bundle.default_path().iterdir())
    assert sum(file.stat().st_size for file in files) <= 64 * 2**20
    assert {"MODEL_CARD.md", "bundle.json", "heads.safetensors"} <= {file.name for file in files}


@pytest.mark.parametrize("language", sorted(GREETINGS))
def test_each_language_is_named_and_a_late_parcel_is_about_delivery(bundle: Bundle, language: str) -> None:
    prediction = bundle.predict([GREETINGS[language]])[0]
    assert prediction.language.code == language
    assert prediction.language.probability > 0.5
    ranked = [name for name, _ in prediction.intents[:3]]
    assert {"delivery.delay", "delivery.not_received", "order.status"} & set(ranked), ranked


@pytest.mark.parametrize("text", ["", "   ", "12345", "!!!", "😀😀", "да", "Ο"])
def test_what_cannot_be_known_is_und(bundle: Bundle, text: str) -> None:
    assert bundle.predict([text])[0].language.code == "und"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Где мой заказ? Верните деньги", "ru"),
        ("내 주문은 어디에 있나요? 아직 안 왔어요", "ko"),
        ("Πού είναι η παραγγελία μου;", "el"),
    ],
)
def test_a_language_outside_the_bundles_own_is_named_where_its_clear(bundle: Bundle, text: str, code: str) -> None:
    first, second = bundle.predict([text, text])
    assert first.language.code == second.language.code == code


def test_a_word_that_may_stand_in_several_languages_is_und_rather_than_guessed(bundle: Bundle) -> None:
    for text in ("hello", "ok", "super"):
        language = bundle.predict([text])[0].language
        assert language.code == "und" or language.probability >= 0.9, text


def test_probabilities_are_probabilities(bundle: Bundle) -> None:
    for prediction in bundle.predict([*GREETINGS.values(), "", "x" * 50_000, "\ufffd"]):
        shares = [share for _, share in prediction.intents]
        assert len(shares) == 50
        assert sum(shares) == pytest.approx(1.0, abs=1e-3)
        assert shares == sorted(shares, reverse=True)
        assert 0.0 <= prediction.escalation <= 1.0
        assert -1.0 <= prediction.sentiment.score <= 1.0
        assert prediction.intent in {None, prediction.intents[0][0]}


def test_the_head_abstains_below_its_threshold(bundle: Bundle) -> None:
    threshold = bundle.manifest.heads.intent.threshold
    for prediction in bundle.predict([*GREETINGS.values(), "hm", "ok"]):
        assert (prediction.intent is not None) == (prediction.intents[0][1] >= threshold)


def test_a_batch_says_what_single_messages_say(bundle: Bundle) -> None:
    texts = list(GREETINGS.values()) * 25
    together = bundle.predict(texts)
    for text, prediction in zip(texts[:12], together[-12:], strict=True):
        alone = bundle.predict([text])[0]
        assert alone.intents[0][0] == prediction.intents[0][0]
        assert alone.intents[0][1] == pytest.approx(prediction.intents[0][1], abs=1e-4)


def test_mood_and_escalation_follow_the_words(bundle: Bundle) -> None:
    angry, happy = bundle.predict(
        [
            "This is a disgrace! Third time I write, I will sue you and go to the press, you thieves!",
            "Just wanted to say thank you, the lamp is wonderful and arrived so quickly, I love it!",
        ]
    )
    assert angry.sentiment.score < 0 < happy.sentiment.score
    assert angry.escalation > 0.5 > happy.escalation


def test_vectors_meet_across_languages(bundle: Bundle) -> None:
    vectors = bundle.encoder.encode(
        ["I want my money back", "Ich möchte mein Geld zurück", "The weather is nice today", "返金してください"]
    )
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert vectors[0] @ vectors[3] > vectors[2] @ vectors[3]


@pytest.mark.parametrize("name", ["heads.safetensors", "encoder.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "tampered"])
def test_a_broken_file_is_named(copy: Path, name: str, damage: str) -> None:
    path = copy / name
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        Bundle.load(copy)
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"format": 2}', b"[" * 100_000])
def test_a_broken_manifest_is_named(copy: Path, content: bytes) -> None:
    (copy / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match="bundle"):
        Bundle.load(copy)


def test_a_folder_without_a_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model bundle") as caught:
        Bundle.load(tmp_path)
    assert str(tmp_path) in caught.value.message


def test_a_manifest_cannot_point_outside_its_folder(copy: Path) -> None:
    raw = json.loads((copy / "bundle.json").read_text())
    raw["files"]["../secret"] = raw["files"]["tokenizer.json"]
    (copy / "bundle.json").write_text(json.dumps(raw))
    with pytest.raises(BundleError, match="no plain file name"):
        Bundle.load(copy)


def test_another_encoder_is_refused_with_the_command_that_helps(copy: Path) -> None:
    manifest = Manifest.model_validate_json((copy / "bundle.json").read_bytes())
    other = manifest.model_copy(update={"encoder_digest": "0" * 64})
    (copy / "bundle.json").write_text(other.model_dump_json())
    with pytest.raises(BundleError, match="belongs to the encoder") as caught:
        Bundle.load(copy)
    assert "deskhand train" in (caught.value.hint or "")


def test_no_model_file_is_a_pickle() -> None:
    for file in Bundle.default_path().iterdir():
        assert file.suffix in {".json", ".safetensors", ".md", ".onnx", ".html"}, file
        assert not file.read_bytes().startswith(b"\x80\x04"), file


def test_vectors_come_with_the_prediction(bundle: Bundle) -> None:
    text = GREETINGS["en"]
    assert np.allclose(bundle.predict([text])[0].vector, bundle.encoder.encode([text])[0], atol=1e-5)
