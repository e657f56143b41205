"""The ASGI application: order intake in front, Django behind it, one process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
_django = get_asgi_application()

from postharvest.interfaces.api.front.app import Front  # noqa: E402  (needs the apps loaded)

application = Front(_django)
