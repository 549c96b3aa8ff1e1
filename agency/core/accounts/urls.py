"""The addresses of one's account and of the way into it."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from agency.core.accounts import second_step
from agency.core.accounts.login import Login

urlpatterns = [
    path("login/", Login.as_view(), name="login"),
    path("login/code/", second_step.code, name="login_code"),
    path("login/phone/", second_step.phone, name="login_phone"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
