"""The addresses of one's account and of the way into it."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from agency.core.accounts import invited, links, own, second_step
from agency.core.accounts.login import Login

urlpatterns = [
    path("login/", Login.as_view(), name="login"),
    path("login/code/", second_step.code, name="login_code"),
    path("login/password/", second_step.password, name="login_password"),
    path("login/phone/", second_step.phone, name="login_phone"),
    path("forgotten/", invited.forgotten, name="forgotten_password"),
    path(
        "invitation/<uidb64>/<token>/",
        invited.Opened.as_view(token_generator=links.INVITATION), name="invitation",
    ),
    path(
        "forgotten/<uidb64>/<token>/",
        invited.Opened.as_view(token_generator=links.FORGOTTEN), name="forgotten",
    ),
    path("account/", own.account, name="own_account"),
    path("account/password/", own.Password.as_view(), name="own_password"),
    path("account/sessions/end/", own.end_others, name="own_sessions_end"),
    path("account/recovery-codes/", own.recovery_codes, name="own_recovery_codes"),
    path("account/phone/", own.other_phone, name="own_phone"),
    path("logout/", LogoutView.as_view(), name="logout"),
]  # fmt: skip
