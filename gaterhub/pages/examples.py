"""Commands that a reader can paste into a shell."""

import json
import shlex

from instances.spec import InstanceSpec


def curl_for(spec: InstanceSpec, site: str) -> str:
    """Return the curl command that publishes the instance's example event; `site` ends in a slash."""
    example = spec.example
    event = {"topic": example.topic, "event_type": example.event_type, "data": example.data}
    return " \\\n  ".join(
        (
            f"curl {shlex.quote(f'{site}api/v1/instances/{spec.name}/events/')}",
            '-H "Authorization: Bearer $GATERHUB_TOKEN"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(event, ensure_ascii=False))}",
        )
    )
