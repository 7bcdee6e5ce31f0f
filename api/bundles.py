"""Which bundle decides: a folder, a version of the registry, or the one that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.bundle import Bundle
from models.errors import BundleError
from models.manifest import read_manifest
from models.prior import read_prior
from models.registry import active_path, list_versions, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.settings import Settings
    from models.encoder import Encoder
    from models.manifest import Manifest
    from models.registry import Version

# What the operator named wrongly, as against files that broke: with these the service refuses to start.
SETTINGS_AT_FAULT = frozenset({"DESKHAND_ENCODER", "DESKHAND_MODEL", "version"})


def load_bundle(settings: Settings) -> Bundle:
    """Load the bundle that the settings name, else the active one, with the encoder that it belongs to.

    Where `deskhand models prior` kept a mix of the bundle's intents, probabilities are corrected for it.

    Raises:
        BundleError: It cannot be used, or belongs to another encoder than DESKHAND_ENCODER names.
    """
    bundle = load_trained(settings)
    prior = read_prior(settings.home, bundle.labels)
    return bundle if prior is None else bundle.under(prior.shares)


def load_trained(settings: Settings) -> Bundle:
    """Load the same bundle as it was trained, not corrected for the shop's own mix of intents.

    Raises:
        BundleError: It cannot be used, or belongs to another encoder than DESKHAND_ENCODER names.
    """
    path = bundle_path(settings)
    manifest = read_manifest(path)
    if manifest.encoder != "external":
        if settings.encoder is not None:
            raise _other_encoder(manifest, settings.encoder)
        return Bundle.load(path)
    return Bundle.load(path, external=_external(settings.encoder))


def check_named(settings: Settings) -> None:
    """Refuse settings that name no bundle, or an encoder that does not go with it, without loading either.

    Raises:
        BundleError: The settings are at fault; files that broke are no reason to refuse a start.
    """
    try:
        manifest = read_manifest(bundle_path(settings))
    except BundleError as error:
        if error.field in SETTINGS_AT_FAULT:
            raise
        return
    if manifest.encoder != "external" and settings.encoder is not None:
        raise _other_encoder(manifest, settings.encoder)


def bundle_path(settings: Settings) -> Path:
    """Return the folder of the bundle to load.

    Raises:
        BundleError: DESKHAND_MODEL names neither a folder nor a version.
    """
    if settings.model is None:
        return active_path(settings.home)
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return folder
    try:
        return resolve(settings.home, settings.model)
    except BundleError as error:
        raise BundleError(
            f"DESKHAND_MODEL={settings.model} is neither a folder nor a version in the registry",
            field="DESKHAND_MODEL",
            hint=error.hint,
        ) from None


def known_versions(settings: Settings) -> list[tuple[Version, Manifest]]:
    """Return every version with its manifest.

    Raises:
        BundleError: A manifest in the registry is broken.
    """
    return [(version, read_manifest(version.path)) for version in list_versions(settings.home)]


def _external(wanted: str | None) -> Callable[[str], Encoder]:
    def load(own: str) -> Encoder:
        try:
            from training.fit.external import SentenceTransformerEncoder
        except ModuleNotFoundError as error:
            raise BundleError(
                f"The encoder {wanted or own} needs {error.name}, which is not installed",
                field="DESKHAND_ENCODER",
                hint="Run `make install-train` in the checkout of Deskhand.",
            ) from None
        return SentenceTransformerEncoder.load(wanted or own)

    return load


def _other_encoder(manifest: Manifest, wanted: str) -> BundleError:
    return BundleError(
        f"The bundle {manifest.name} was not trained on the encoder {wanted}",
        field="DESKHAND_ENCODER",
        hint=f"Train one: deskhand train CORPUS --encoder {wanted} --out DIR, then set DESKHAND_MODEL=DIR.",
    )
