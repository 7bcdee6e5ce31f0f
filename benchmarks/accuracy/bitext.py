"""Bitext's customer support utterances: 27 intents of a shop, in English, made from templates."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.accuracy.duel import HEADER, figures, rows, trained
from benchmarks.accuracy.examples import digest, place_of, public_file, read_csv, thin
from benchmarks.accuracy.parts import Outcome, Plan, Result
from benchmarks.accuracy.tables import Table
from training.utterances import Utterance

# File, and its column with the utterance.
FILES = (
    ("Bitext_Sample_Customer_Service_Training_Dataset.csv", "utterance"),
    ("Bitext_Sample_Customer_Support_Training_Dataset__2023-08-18_8b6ca3d.csv", "instruction"),
    ("TrainingdatasetBitextsample.csv", "utterance"),
)
TEST_SHARE = 0.2
_ONE_INTENT = {"check_invoices": "check_invoice"}


def measure(plan: Plan) -> Outcome:
    """Train on four fifths of all different utterances, test on the fifth whose SHA-256 is lowest."""
    files = [public_file("bitext", name) for name, _ in FILES]
    read = [read_csv(path, column, "intent") for path, (_, column) in zip(files, FILES, strict=True)]
    messages = unique([utterance for utterances in read for utterance in utterances])
    train = [u for u in messages if place_of(u.text.lower()) >= TEST_SHARE]
    test = [u for u in messages if place_of(u.text.lower()) < TEST_SHARE]
    if plan.quick:
        train, test = thin(train, test)
    return Outcome(
        sizes={"train": len(train), "test": len(test), "intents": len({u.intent for u in train})},
        seeds={"split": "SHA-256 of the lower-cased utterance"},
        figures={name: figures(classifier, test) for name, classifier in trained(plan.contest, train).items()},
        skipped=plan.contest.skipped,
        notes={"data_sha256": digest(files)},
    )


def unique(messages: list[Utterance]) -> list[Utterance]:
    """Keep the first of utterances that differ in case only: none may both train and test."""
    first: dict[str, Utterance] = {}
    for message in messages:
        named = replace(message, intent=_ONE_INTENT.get(message.intent, message.intent))
        first.setdefault(message.text.lower(), named)
    return list(first.values())


def tables(result: Result) -> list[Table]:
    """Lay the figures out."""
    caveat = "Made from templates: most test utterances have a near twin in training."
    return [Table("Bitext, a random fifth", ("", *HEADER), rows(result["figures"], []), caveat)]
