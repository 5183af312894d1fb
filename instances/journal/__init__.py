"""The journal: evidence and alerts, kept before they are acknowledged, numbered without gaps, and sealed."""
