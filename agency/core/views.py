"""The doors before every other door: login, and the way to one's own page."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.shortcuts import redirect


class Login(LoginView):
    template_name = "login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        return self.request.user.landing


@login_required
def home(request):
    return redirect(request.user.landing)
