"""Which files are made from the registry, and what they hold."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from gaterhub.documentation.type_page import index_of, page_of
from gaterhub.documentation.type_stub import stub_of
from instances.schemas.registry import CATALOG, registered
from instances.schemas.words import Types

PAGES = Path("docs/types")
STUBS = Path("instances/schemas")
RELEASED = STUBS / "registered.json"


class NoBuilder(ValueError):
    """A row that its module gives no name, so that nobody could call it."""


def generated_files(catalog: Iterable[Types] = CATALOG) -> dict[Path, str]:
    """Return the text of each file by its path from the root of the repository. Raises: NoBuilder."""
    catalog = tuple(catalog)
    files = {PAGES / "README.md": index_of(catalog)}
    for types in catalog:
        attributes = attributes_of(types)
        known = {row.name: found for row in types if (found := registered(types.instance, row.name)) is not None}
        files[PAGES / f"{types.instance}.md"] = page_of(types, known, attributes)
        files[STUBS / f"{types.instance}.pyi"] = stub_of(types, attributes)
    return files


def attributes_of(types: Types) -> dict[str, str]:
    """Return what the instance's module calls each of its rows. Raises: NoBuilder."""
    module = import_module(f"instances.schemas.{types.instance}")
    names = {id(value): name for name, value in vars(module).items()}
    try:
        return {row.name: names[id(row)] for row in types}
    except KeyError:
        nameless = ", ".join(row.name for row in types if id(row) not in names)
        raise NoBuilder(
            f"instances/schemas/{types.instance}.py gives no name to {nameless}: write `name = TYPES.add(...)`."
        ) from None
