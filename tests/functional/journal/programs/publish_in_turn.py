"""Publishes evidence, one entry after the other, and tells after each one what it was told, and when."""

import json
import os
import sys
import time
import uuid


def main(count: int) -> None:
    import django

    django.setup()
    from instances.publishing import publish

    for number in range(count):
        id, began = uuid.uuid4(), time.time()
        result = publish(
            "audit",
            "audit_trail:user_actions",
            "user_action",
            data={"user_id": "a-program", "action": "note", "resource": str(number)},
            metadata={"ip_address": "203.0.113.7"},
            id=id,
        )
        told = {
            "id": str(id),
            "began": began,
            "ended": time.time(),
            "accepted": result.accepted,
            "spooled": result.spooled,
            "error": None if result.error is None else result.error.code,
        }
        # Straight to the descriptor: what is told is told now, whatever becomes of this process.
        os.write(1, (json.dumps(told) + "\n").encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
