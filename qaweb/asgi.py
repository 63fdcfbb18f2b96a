"""The one entry point: pages and websockets.

Django is set up first, before anything that touches models is imported. The model is
loaded before the first request is taken: there is no lifespan in Channels, and a first
question must not wait for it.
"""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaweb.settings")
pages = get_asgi_application()

from django.conf import settings  # noqa: E402

from answers import runtime  # noqa: E402
from answers.routing import websocket_urlpatterns  # noqa: E402
from qaweb.bodies import LimitBodies  # noqa: E402
from qaweb.origins import OurOrigins  # noqa: E402

# Scheme, host and port have to match: AllowedHostsOriginValidator looks at the host
# alone, so that another server on the same machine could use our visitors' cookies.
sockets = OurOrigins(
    AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.ORIGINS
)
application = ProtocolTypeRouter({"http": LimitBodies(pages), "websocket": sockets})

runtime.warm_up_or_warn()
