from django.db import migrations


class Migration(migrations.Migration):
    """A permission more; the model has no table."""

    dependencies = [
        ("consumers", "0003_seen"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="subscriber",
            options={
                "default_permissions": ("view",),
                "managed": False,
                "permissions": (
                    ("disconnect_subscriber", "Can disconnect subscribers and end their subscriptions"),
                    ("trace_events", "Can trace events through the hub"),
                ),
            },
        ),
    ]
