"""Websocket addresses."""

from django.urls import path

from answers.consumers import ChatConsumer

websocket_urlpatterns = [path("ws/chat/", ChatConsumer.as_asgi())]
