"""The HTTP API under /api/v1/: one module per resource, errors as RFC 9457 problems."""
