"""What the hub itself does, told as events: who logs in, what is changed, which command runs, what it finds wrong."""

from gaterhub.acts.presence import hub_started, hub_stopping

__all__ = ["hub_started", "hub_stopping"]
