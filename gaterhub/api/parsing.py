"""The JSON bodies that views read as objects: how large and how deep, before anything of them is parsed."""

from collections.abc import Mapping
from typing import IO, Any, Final

import msgspec
from rest_framework.parsers import JSONParser

from instances.error_codes import Refusal
from instances.event import depth_of

BODY_MAX_BYTES: Final = 256 * 1024
DEPTH_MAX: Final = 64

_decode: Final = msgspec.json.Decoder().decode


class BoundedJsonParser(JSONParser):
    """Reads no more than BODY_MAX_BYTES, and nothing that nests deeper than DEPTH_MAX."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the body says. Raises: Refusal."""
        body = stream.read(BODY_MAX_BYTES + 1)
        if len(body) > BODY_MAX_BYTES:
            raise Refusal("too_large", f"The body is over {BODY_MAX_BYTES:,} bytes.")
        depth = depth_of(body)
        if depth > DEPTH_MAX:
            raise Refusal(
                "bad_request", f"The body nests objects and arrays {depth} deep; at most {DEPTH_MAX} are taken."
            )
        try:
            return _decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refusal("bad_request", f"The body is no JSON: {error}.") from error
