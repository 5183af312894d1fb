"""System checks of the journal's logs: who keeps their checkpoints, and which key signs; docs/checks.md lists them."""

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks as core
from django.db import connections

from instances.journal.anchors import Anchor, BadAnchor, Directory, anchors
from instances.journal.keys import key_file
from instances.journal.router import ALIAS

Apps = Sequence[AppConfig] | None

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def anchors_readable(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    try:
        anchors()
    except BadAnchor as error:
        hint = "Write dir:/path, https://host/path or witness:https://host/path, separated by commas."
        return [core.Error(str(error), hint=hint, id="gaterhub.E021")]
    return []


def anchored(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    if settings.GATERHUB_JOURNAL_ANCHORS:
        return []
    told = (
        "No checkpoint is kept outside of the hub: whoever has its database, key and disk can cut the end off its "
        "journal, or write another one, and nobody could tell."
    )
    hint = "Set GATERHUB_JOURNAL_ANCHORS, such as dir:/mnt/worm/gaterhub (docs/checkpoints.md)."
    return [core.Warning(told, hint=hint, id="gaterhub.W021")]


def anchors_elsewhere(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    here = _device(Path(settings.DATA_DIR))
    near = [
        each.name
        for each in _readable()
        if isinstance(each, Directory) and here is not None and _device(each.folder) == here
    ]
    return [
        core.Warning(
            f"The anchor {name} is on the disk that holds GATERHUB_DATA_DIR: what happens to one happens to both.",
            hint="Name a folder on another mount, best one in which nothing can be changed.",
            id="gaterhub.W022",
        )
        for name in near
    ]


def key_private(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    path = key_file()
    try:
        is_open = not settings.GATERHUB_JOURNAL_KEY and path.stat().st_mode & _OTHERS
    except OSError:
        return []
    if not is_open:
        return []
    told = f"{path} can be read by others than its owner: they could sign for the journal."
    return [core.Warning(told, hint=f"chmod 600 {path}", id="gaterhub.W023")]


def one_signer(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    if connections[ALIAS].vendor != "postgresql":
        return []
    of_the_host = [
        name
        for name, is_said in (
            ("GATERHUB_JOURNAL_KEY", settings.GATERHUB_JOURNAL_KEY or settings.GATERHUB_JOURNAL_KEY_FILE),
            ("GATERHUB_JOURNAL_ORIGIN", f"gaterhub.{settings.GATERHUB_NODE}" != settings.GATERHUB_JOURNAL_ORIGIN),
        )
        if not is_said
    ]
    if not of_the_host:
        return []
    told = f"{' and '.join(of_the_host)} not set: a second host of this hub would sign as somebody else."
    return [core.Warning(told, hint="Set them, to the same on every host.", id="gaterhub.W024")]


CHECKS: Final = (anchors_readable,)
DEPLOY_CHECKS: Final = (anchored, anchors_elsewhere, key_private, one_signer)
"""Of what a hub on a desk may leave as it is."""


def _readable() -> list[Anchor]:
    try:
        return anchors()
    except BadAnchor:
        return []


def _device(folder: Path) -> int | None:
    try:
        return folder.stat().st_dev
    except OSError:
        return None
