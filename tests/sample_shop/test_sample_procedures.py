"""The sample shop's procedures: whole, for intents that there are, and relying on articles that customers can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.demo_shop import FOLDER
from knowledge_base.importing import read_path
from knowledge_base.records import Visibility
from models.bundle import Bundle
from models.manifest import read_manifest

if TYPE_CHECKING:
    from knowledge_base.procedure import Procedure

READ = read_path(FOLDER / "procedures")


def test_every_file_is_a_procedure() -> None:
    assert READ.refused == ()
    assert READ.articles == ()
    assert len(READ.procedures) == len(list((FOLDER / "procedures").glob("*.md"))) == 3


@pytest.mark.parametrize("procedure", READ.procedures, ids=lambda one: one.id)
def test_a_procedure_agrees_with_the_rest_of_the_shop(procedure: Procedure) -> None:
    assert procedure.intents
    assert set(procedure.intents) <= set(read_manifest(Bundle.default_path()).heads.intent.labels)
    public = {
        article.id
        for article in read_path(FOLDER / "articles" / "en").articles
        if article.visibility is Visibility.PUBLIC
    }
    assert procedure.articles
    assert set(procedure.articles) <= public
    assert procedure.owner
    assert procedure.review_date is not None
    assert len(procedure.steps) >= 6
    assert len({step.section for step in procedure.steps}) >= 2
