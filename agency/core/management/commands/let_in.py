from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from agency.core.accounts import brake, factor, guard, links
from agency.core.console import JsonCommand
from agency.core.models import User


class Command(JsonCommand):
    help = "Print a link with which a person chooses a password: where no administrator can."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument(
            "--reset-factor", action="store_true",
            help="phone and recovery codes are lost: the next login sets up another phone",
        )  # fmt: skip

    def answer(self, *, username, reset_factor, **options):
        user = User.objects.select_related("unit").filter(username=username).first()
        if user is None or not links.is_for_people(user):
            raise CommandError(_("There is no person's account %(name)s.") % {"name": username})
        brake.lift(user)
        if reset_factor:
            factor.reset_for(user)
        guard.tell(user)
        link = links.link_for(user)
        return {"username": username, "link": link.address, "until": link.until.isoformat()}
