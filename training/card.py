"""Write a bundle's model card (Mitchell et al. 2019, arXiv 1810.03993) from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.manifest import Heads

_FIGURES = (
    ("intent_top1", "intent, first guess"),
    ("intent_top3", "intent, among the first three"),
    ("intent_ece", "intent, expected calibration error"),
    ("coverage", "share of messages that the intent head decides"),
    ("precision", "share of these that are right"),
    ("coverage_at_95", "share that could be decided at 95 % precision"),
    ("language", "language"),
    ("sentiment_macro_f1_3", "sentiment, three classes, macro-F1"),
    ("escalation_auroc", "escalation, AUROC"),
    ("escalation_recall_at_20", "escalation, recall when a fifth is flagged"),
    ("also_f1", "further intents, F1"),
)


_OTHER_MANNER = "development"


def model_card(
    name: str,
    corpus: Mapping[str, str | int],
    metrics: Mapping[str, Any],
    heads: Heads,
    sources: Sequence[str],
) -> str:
    """Return the card as Markdown.

    Args:
        name: The bundle's name.
        corpus: Size and digest of the training messages.
        metrics: Figures by test set, measured by the same recipe with these messages held out.
        heads: The heads' descriptions.
        sources: Lines on data, licences and digests.

    """
    lines = [
        f"# Model card: {name}",
        "",
        f"Intents ({len(heads.intent.labels)}), language ({', '.join(heads.language.labels)}),",
        "sentiment in five levels and escalation, from linear heads over hashed character and word n-grams and over",
        "an encoder's sentence vector; reasons of an escalation and further intents where the corpus named them.",
        "",
        f"- Trained on {corpus['messages']} labelled messages (SHA-256 {corpus['sha256']}).",
        f"- {corpus['language_messages']} further messages teach the language head alone (`other`: no label of it).",
        *(f"- {source}" for source in sources),
        f"- The intent head abstains below a probability of {heads.intent.threshold:.3f}.",
        "",
        "## Measured",
        "",
        *_how_measured(metrics),
        "",
        *_figure_table(metrics),
        "",
        *_language_table(metrics),
        "## Limits",
        "",
        "- Written for shops: messages about other matters get the nearest intent or an abstention.",
        "- The training messages are invented; a shop's own messages differ in their mix and manner. Check with",
        "  `deskhand evaluate` or `deskhand replay` before relying on it, and retrain with `deskhand train`.",
        "- Probabilities are calibrated for an even mix of intents.",
        "- Escalation is a warning for people, not a ground for automatic decisions about them.",
        "",
    ]
    return "\n".join(lines)


def _how_measured(metrics: Mapping[str, Any]) -> list[str]:
    if _OTHER_MANNER in metrics:
        return [
            "This very bundle; neither encoder nor heads trained on these messages. `random` are 15 % of the messages",
            "of the first nine situations, `unseen_situations` two of nine situations of each intent, `development`",
            "messages of other writers to two other shops. Another part of the corpus chose scales and thresholds.",
        ]
    return [
        "The same recipe, trained without the test messages; this bundle was then trained on all of them, so its own",
        "figures cannot be measured on the corpus. `random` are 15 % of the messages, `unseen_situations` two of nine",
        "situations of each intent.",
    ]


def _figure_table(metrics: Mapping[str, Any]) -> list[str]:
    if not metrics:
        return ["Not measured: the corpus is too small for a held-out part."]
    names = list(metrics)
    rows = [
        f"| {title} | {' | '.join(_cell(metrics[name].get(key)) for name in names)} |"
        for key, title in _FIGURES
        if any(metrics[name].get(key) is not None for name in names)
    ]
    return [
        f"| | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
        f"| messages | {' | '.join(str(metrics[name]['messages']) for name in names)} |",
        *rows,
    ]


def _language_table(metrics: Mapping[str, Any]) -> list[str]:
    if "random" not in metrics:
        return []
    shares = metrics["random"]["per_language"]
    return [
        "First guess of the intent by language, random test: "
        + ", ".join(f"{language} {share:.3f}" for language, share in shares.items())
        + ".",
        "",
    ]


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–"
