"""How our shapes and our ways to authenticate come into the OpenAPI document.

The shapes are the msgspec structs that the views answer with. msgspec writes them in JSON Schema 2020-12, of
which OpenAPI 3.1 is made, so the document says what the answers are.
"""

from typing import Any, Final

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from gaterhub.api.problem import MEDIA_TYPE, Problem
from instances.catalog import NAMES
from instances.error_codes import CODES

_REF: Final = "#/components/schemas/{name}"
_shapes: dict[str, type[msgspec.Struct]] = {}

INSTANCE_PARAMETER: Final = OpenApiParameter(
    "instance",
    str,
    OpenApiParameter.PATH,
    description=f"{', '.join(NAMES)}, or an alias such as ex_esdb_{NAMES[0]}.",
)

EVENT_TYPE_PARAMETER: Final = OpenApiParameter("event_type", str, OpenApiParameter.PATH)
VERSION_PARAMETER: Final = OpenApiParameter("version", int, OpenApiParameter.PATH)


def answer_of(struct: type[msgspec.Struct], description: str) -> OpenApiResponse:
    """Return an operation's answer when all went well."""
    return OpenApiResponse(shape(struct), description=description)


def shape(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a reference to the struct's schema, which `add_shapes` puts into the document."""
    known = _shapes.setdefault(struct.__name__, struct)
    if known is not struct:
        raise RuntimeError(f"Two shapes of the API are called {struct.__name__}.")
    return {"$ref": _REF.format(name=struct.__name__)}


def problems(*statuses: int) -> dict[tuple[int, str], dict[str, Any]]:
    """Return the error answers of an operation."""
    return {(status, MEDIA_TYPE): shape(Problem) for status in statuses}


def add_shapes(
    result: dict[str, Any],
    generator: SchemaGenerator,
    request: Request | None,
    public: bool,
) -> dict[str, Any]:
    """Put every shape that a view referred to into the document, and what each error answer means."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    # Sorted, so that the same code always writes the same document.
    structs = [_shapes[name] for name in sorted(_shapes)]
    schemas.update(msgspec.json.schema_components(structs, ref_template=_REF)[1])
    for path in result["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            for status, response in operation["responses"].items():
                if MEDIA_TYPE in response.get("content", {}):
                    response["description"] = _codes_of(int(status))
    return result


def _codes_of(status: int) -> str:
    codes = [row.code for row in CODES.values() if row.status == status] or ["bad_request"]
    return f"Code {', '.join(codes)}."


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # Its __init_subclass__ is bare.
    target_class = "gaterhub.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "gh_<prefix>_<secret>"}


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # As above.
    target_class = "gaterhub.api.authentication.CookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "What changes something needs the CSRF token too, as the header X-CSRFToken.",
        }
