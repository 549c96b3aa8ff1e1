import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.accounts import links
from agency.core.console import JsonCommand
from agency.core.models import Unit, User
from agency.core.roles import Role


class Command(JsonCommand):
    help = "Make the agency and its first administrator, once; the rest is made in the admin."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--name", required=True, help="of the agency")
        parser.add_argument("--code", required=True, help="letters, digits, hyphens")
        parser.add_argument("--profile", choices=Unit.Profile.values, required=True)
        parser.add_argument("--admin", required=True, metavar="USERNAME")
        parser.add_argument(
            "--password-from-stdin", action="store_true",
            help="read it from standard input; otherwise a link to choose one is told, this once",
        )  # fmt: skip

    def answer(self, *, name, code, profile, admin, password_from_stdin, **options):
        # Read before the transaction begins: a person takes longer than it may stand still.
        given = sys.stdin.readline().rstrip("\r\n") if password_from_stdin else None
        root = Unit(code=code, name=name, kind=Unit.Kind.AGENCY, org_profile=profile)
        user = User(username=admin, name=admin, role=Role.ADMIN)
        try:
            _found(root, user, given)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        told = {"invitation": links.link_for(user).address} if given is None else {}
        return {"unit": root.code, "username": user.username, **told}


@transaction.atomic
def _found(root: Unit, user: User, password: str | None) -> None:
    Unit.objects.lock_tree()
    if Unit.objects.exists():
        raise CommandError(_("There is an agency already; more units are made in the admin."))
    root.full_clean(exclude=["path"])
    root.save()
    user.unit = root
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
