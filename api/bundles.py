"""Which bundle decides: a folder, a version of the registry, or the one that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.bundle import Bundle
from models.errors import BundleError

if TYPE_CHECKING:
    from api.settings import Settings

REGISTRY = "registry"


def load_bundle(settings: Settings) -> Bundle:
    """Load the bundle that the settings name, else the active one.

    Raises:
        BundleError: It cannot be used, or belongs to another encoder than DESKHAND_ENCODER names.
    """
    bundle = Bundle.load(bundle_path(settings))
    wanted = settings.encoder
    if wanted is not None and wanted != bundle.manifest.encoder_name:
        raise BundleError(
            f"The bundle {bundle.name} was not trained on the encoder {wanted}",
            field="DESKHAND_ENCODER",
            hint=f"Train one: deskhand train CORPUS --encoder {wanted} --out DIR, then set DESKHAND_MODEL=DIR.",
        )
    return bundle


def bundle_path(settings: Settings) -> Path:
    """Return the folder of the bundle to load.

    Raises:
        BundleError: DESKHAND_MODEL names neither a folder nor a version.
    """
    if settings.model is None:
        return Bundle.default_path()
    for folder in (Path(settings.model).expanduser(), settings.home / REGISTRY / settings.model):
        if folder.is_dir():
            return folder
    raise BundleError(
        f"{settings.model} is neither a folder nor a version in the registry",
        field="DESKHAND_MODEL",
        hint="`deskhand models list` shows the versions.",
    )
