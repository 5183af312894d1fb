"""Settings of the baseline: Channels, one Redis layer, and nothing else that could cost it time.

The layer and its Redis come from the environment, so that one project serves every combination.
"""

import os
import secrets

LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}

# A request without Django's debugging, host check and database is the cheapest this baseline can have.
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = secrets.token_urlsafe(50)
INSTALLED_APPS = ["channels"]
DATABASES: dict[str, dict[str, object]] = {}
USE_TZ = True

_layer_name = os.environ.get("TEXTBOOK_LAYER", "core")
_redis_url = os.environ.get("TEXTBOOK_REDIS_URL", "redis://127.0.0.1:6379/0")
_layer_options: dict[str, object] = {"hosts": [_redis_url]}
if _layer_name == "core":
    # The stock capacity of 100 drops a saturated run's events without a word; the check that every event
    # arrives once would then fail, so the baseline is given all the room it can use.
    _layer_options["capacity"] = 100_000

CHANNEL_LAYERS = {"default": {"BACKEND": LAYERS[_layer_name], "CONFIG": _layer_options}}
