"""What Django REST framework and drf-spectacular are told, for `gaterhub.settings` to import.

Settings are read before any app is ready, so this module imports nothing of ours: it names the classes.
"""

from typing import Any, Final

REST_FRAMEWORK: Final[dict[str, Any]] = {
    # The bearer comes first: it outranks the cookie, and it gives a 401 its WWW-Authenticate header.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "gaterhub.api.authentication.BearerAuthentication",
        "gaterhub.api.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["gaterhub.api.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gaterhub.api.parsing.BoundedJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "gaterhub.api.problem.exception_handler",
    # The Accept header alone chooses the form of an answer; no URL gets a second meaning by `?format=`.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "gaterhub",
    "DESCRIPTION": (
        "Publish events to the ten instances and see what each of them is for. "
        "Followers use the WebSocket at `/ws/v1/`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": ["gaterhub.api.openapi.add_shapes"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Swagger UI comes from the sidecar's static files: the page asks no other host for anything.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        # A link of each operation would lie inside a button, where a screen reader doesn't find it.
        "deepLinking": False,
        # A token typed into the page is forgotten with the page.
        "persistAuthorization": False,
        # The badge would send the document's address to validator.swagger.io.
        "validatorUrl": None,
    },
}
