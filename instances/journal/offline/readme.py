"""What a bundle of evidence says about itself to whoever opens it."""

from typing import Final

README: Final = """\
Evidence from the journal of a gaterhub
=======================================

This bundle holds events as they were sealed, and what it takes to show that nobody changed them since:

  manifest.json      of which log, how large, what was asked for, and length and hash of each file
  manifest.note      the manifest's hash, signed by the log
  entries.jsonl      an entry in each line: its place, its hash, and its body, the exact bytes that were sealed
  proofs.jsonl       in the same order, the hashes that lead from an entry to the root (RFC 6962 section 2.1.1)
  checkpoints/       signed statements of how large the log was and of its root then (C2SP tlog-checkpoint)
  consistency.jsonl  proofs that each of these trees is the beginning of the next (RFC 6962 section 2.1.2)
  keys.txt           public keys of the log, as the bundle says (C2SP signed-note)
  personal.jsonl     only where asked for: personal values, with the salts of the commitments in the entries
  verify.py          checks all that, with nothing but Python 3.9 or later, and without a network

To check it, in an empty folder:

  python3 -I verify.py BUNDLE.zip --key KEY --checkpoint FILE

Take verify.py from where you trust it, such as the hub's source code, and not from the bundle alone. KEY is the log's
public key and FILE a checkpoint from earlier, both got by another way than this bundle. Without a key from outside,
verify.py shows only that the bundle agrees with itself: whoever can write a bundle can write the keys in it.

It ends with 0 valid, 1 tampered, 2 valid but incomplete (purged or redacted), 3 bad input.
"""
