"""This host as a publisher: its load, its processes, its services, its logs."""

from gaterhub.agent.run import run_agent

__all__ = ["run_agent"]
