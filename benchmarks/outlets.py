"""How fast the outlets of a big city come in with a year of their disputes, and how fast they are listed.

Goals: 500 outlets with 12 months of 20 disputes each within a minute; their list within 200 ms at
the 95th percentile, with as many statements on every page.
"""

import csv
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from agency.core.calendar import SHANGHAI
from agency.core.models import Unit, User
from agency.core.roles import Role
from benchmarks.scratch import DISTRICTS, found_agency, say, scratch_database
from cases.models import Case, Channel, LedgerEntry
from outlets.admin.outlet import OutletAdmin
from outlets.models import Outlet

MONTHS = 12
DISPUTES = 20
"""Of each outlet in each month."""
TYPES = ("mall", "rural", "school", "community")
LIST = "/admin/outlets/outlet/"
OUTLET = ("code", "name", "type", "unit", "filed_on", "address")
DISPUTE = ("external_no", "channel", "kind", "unit", "arrived_at", "ended_at", "result", "recovered_amount",
    "merchant_name", "outlet")  # fmt: skip


def run(*, outlets: int, times: int) -> dict:
    """Seconds of each import, beside what the server needs to read the same file; the list in ms."""
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        found_agency()
        _found_outlets()
        register, ledger = Path(folder) / "outlets.csv", Path(folder) / "disputes.csv"
        _write(register, OUTLET, _register(outlets))
        _write(ledger, DISPUTE, _disputes(outlets))
        told = {"outlets": _brought("import_outlets", register, Outlet)}
        told["disputes"] = _brought("import_ledger", ledger, LedgerEntry)
        told["server_reads_the_file_s"] = round(_seconds(lambda: _copied(ledger)), 2)
        return told | {"list": _listed(times)}


def _found_outlets() -> None:
    root = Unit.objects.get(parent=None)
    User.objects.create(username="leader", role=Role.LEADER, unit=root)
    client = User.objects.create(username="outlet", role=Role.CHANNEL, unit=root)
    Channel.objects.create(code="outlet", name_zh="维权网点", name_en="Outlet", client=client)
    call_command("load_standards", stdout=io.StringIO())


def _write(path: Path, headings: tuple[str, ...], rows: Iterator[tuple]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)


def _register(outlets: int) -> Iterator[tuple]:
    for n in range(outlets):
        district = f"d{n % DISTRICTS}"
        yield (f"o{n}", f"{n}号服务站", TYPES[n % 4], district, "2024-03-01", f"金田路{n}号")


def _disputes(outlets: int) -> Iterator[tuple]:
    for n in range(outlets * MONTHS * DISPUTES):
        outlet, month = n % outlets, 1 + n // outlets % MONTHS
        at = datetime(2025, month, 1 + n % 28, 9, tzinfo=SHANGHAI) + timedelta(minutes=n % 500)
        yield (
            f"D{n}", "outlet", "complaint", f"o{outlet}", at.isoformat(),
            (at + timedelta(hours=2)).isoformat(), "settled", n % 900, f"商户{n % 20_000}", f"o{outlet}",
        )  # fmt: skip


def _brought(command: str, file: Path, model) -> dict:
    before = model.objects.count()
    took = _seconds(lambda: call_command(command, str(file), stdout=io.StringIO()))
    added = model.objects.count() - before
    told = {"rows": added, "seconds": round(took, 2), "rows_per_second": round(added / took)}
    say(f"{command}: {told}")
    return told


def _seconds(act: Callable) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _copied(file: Path) -> None:
    columns = ",".join(f"{name} text" for name in DISPUTE)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE as_text ({columns})")
        with cursor.copy("COPY as_text FROM STDIN (FORMAT csv, HEADER true)") as copy:
            copy.write(file.read_bytes())


def _listed(times: int) -> dict:
    http = Client(SERVER_NAME="localhost")
    http.force_login(User.objects.get(username="leader"))
    last = max(Outlet.objects.count() // OutletAdmin.list_per_page, 1)
    pages = ["", f"?p={last}", "?q=服务站"]
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": plain}}):
        statements = sorted({_statements(http, page) for page in pages})
        took = [_seconds(lambda n=n: _page(http, pages[n % 3])) * 1000 for n in range(times)]
    found = {
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1), "statements": statements,
    }  # fmt: skip
    say(f"{LIST}: {found}; {Case.objects.count()} cases")
    return found


def _statements(http: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        _page(http, page)
    return len(asked)


def _page(http: Client, page: str) -> None:
    if http.get(LIST + page, secure=True).status_code != 200:
        raise RuntimeError(f"{LIST}{page} did not answer")
