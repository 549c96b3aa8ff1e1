from django.core.management.base import CommandError

from agency.core.accounts import guard
from agency.core.console import JsonCommand
from agency.core.models import ApiToken, User


class Command(JsonCommand):
    help = "Issue a bearer token for an account; earlier tokens stay valid. Of one of trust others are told."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("username")

    def answer(self, *, username, **options):
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {username!r}.")
        guard.tell(user)
        return {"token": ApiToken.issue(user)}
