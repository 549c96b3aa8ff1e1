"""Is the watch alive? To look at, and nothing else."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.models import Heartbeat, SystemGap


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly, GuardedAdmin):
    list_display = ["process", "last_ok_at", "runs", "last_batch", "version"]
    ordering = ["-last_ok_at"]

    @admin.display(description=_("process"))
    def process(self, heartbeat):
        return heartbeat.name


@admin.register(SystemGap)
class SystemGapAdmin(ReadOnly, GuardedAdmin):
    list_display = ["from_at", "to_at"]
    when_empty = _("No gap: the watch has never stopped.")
