"""The site as an app: its checks and the telling of its own acts begin with it."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class GaterhubConfig(AppConfig):
    name = "gaterhub"
    verbose_name = "gaterhub"

    def ready(self) -> None:
        # Models can be imported only now.
        from gaterhub import checks, custody, exposure, journal_checks, retention_checks
        from gaterhub.acts import signals

        for check in (checks.streams_in_memory, checks.agent_checks_readable, checks.event_types_kept):
            register(check, checks.TAG)
        for check in exposure.CHECKS:
            register(check, checks.TAG)
        for check in journal_checks.CHECKS:
            register(check, checks.TAG)
        for check in journal_checks.DEPLOY_CHECKS:
            register(check, checks.TAG, deploy=True)
        for check in exposure.DATABASE_CHECKS:
            register(check, checks.TAG, Tags.database)
        register(retention_checks.policies_agree, checks.TAG, Tags.database)
        register(custody.guards_stand, checks.TAG, Tags.database)
        register(custody.owned_by_another, checks.TAG, Tags.database, deploy=True)
        signals.connect()
