"""Numbers the audit journal without asking whether another one does, and tells each step that it committed."""

import json
import os
import sys
import time


def main(limit: int) -> None:
    import django

    django.setup()
    from django.db import Error, connections

    from instances.catalog import find
    from instances.journal.numbering import number, waiting_in
    from instances.journal.router import ALIAS

    spec = find("audit")
    while True:
        try:
            # Looked for first, as sequencers do, so that nobody is kept waiting by a lock that nobody needs.
            step = number(spec, limit=limit) if waiting_in([spec]) else None
        except Error as error:
            print(f"A step failed, and is done again: {error}", file=sys.stderr)
            connections[ALIAS].close()
            continue
        if step is None:
            time.sleep(0.005)
        else:
            places = [[entry.index, entry.offset, str(entry.id)] for entry in step.entries]
            os.write(1, (json.dumps(places) + "\n").encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
