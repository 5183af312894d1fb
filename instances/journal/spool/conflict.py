"""What becomes of an acknowledged event whose id was given to another one meanwhile."""

from dataclasses import replace
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from instances.journal.canonical import canonical, read
from instances.journal.draft import Draft
from instances.journal.merkle import leaf_hash

CONFLICTS_WITH: Final = "conflicts_with"
"""The key in the metadata of an entry that was acknowledged under an id that is another's; it says which."""


def renamed(draft: Draft) -> Draft:
    """Return the event under an id of its own, with the one that it came with in its metadata.

    The new id follows from the old one and from what the event says, so that replaying it twice makes one entry.
    """
    said = read(draft.body)
    own_id = _id_of(draft)
    said["id"] = str(own_id)
    metadata: dict[str, Any] = said["metadata"]
    metadata[_free(CONFLICTS_WITH, metadata)] = str(draft.id)
    body = canonical(said)
    # Its publisher never gave this id, so there is nothing that could come again under it.
    return replace(draft, id=own_id, body=body, leaf_hash=leaf_hash(body), digest=None)


def _id_of(draft: Draft) -> UUID:
    """Return a UUID of version 8 (RFC 9562 section 5.8)."""
    value = int.from_bytes(sha256(b"gaterhub conflict:" + draft.id.bytes + draft.leaf_hash).digest()[:16])
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 8 << 76 | 0x2 << 62)


def _free(name: str, taken: dict[str, Any]) -> str:
    """Return the name, with underlines until nothing of the publisher's is overwritten."""
    while name in taken:
        name += "_"
    return name
