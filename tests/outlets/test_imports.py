"""A file of outlets: taken in once, whatever is wrong told, and never half."""

import io
import json

import pytest
from django.core.management import call_command

from agency.core.models import Unit
from outlets.models import Outlet, Staff

pytestmark = pytest.mark.django_db

HEAD = "code,name,type,unit,filed_on,withdrawn_on,liaison,phone,address,longitude,latitude\n"
GOOD = (
    "m-1,一号服务站,mall,east,2021-05-01,,林一一,13700137000,金田路1号,114.06,22.53\n"
    "m-2,二号服务站,rural,west,2020-01-01,2021-12-31,,,,,\n"
    "m-3,三号服务站,school,east,,,,,,,\n"
)
BAD = (
    "m-4,四号,casino,east,,,,,,,\n"
    "m-5,五号,mall,nowhere,,,,,,,\n"
    "m-6,六号,mall,east,2999-01-01,,,,,,\n"
    "m-7,七号,mall,east,2021-02-01,2021-01-01,,,,,\n"
    "m-8,八号,mall,east,,,,,,114.0,\n"
    "east,九号,mall,agency,,,,,,,\n"
    ",十号,mall,east,,,,,,,\n"
)  # fmt: skip


@pytest.fixture
def bring(agency, standard, tmp_path):
    def run(rows: str) -> tuple[dict, str]:
        file, rejects = tmp_path / "outlets.csv", tmp_path / "rejects.csv"
        file.write_text(HEAD + rows, encoding="utf-8")
        out = io.StringIO()
        call_command("import_outlets", str(file), rejects=rejects, format="json", stdout=out)
        return json.loads(out.getvalue()), rejects.read_text(encoding="utf-8-sig")

    return run


def test_what_is_good_is_kept_and_the_same_file_changes_nothing(bring):
    told, _rejects = bring(GOOD)
    assert [told[k] for k in ("read", "created", "duplicates", "rejected")] == [3, 3, 0, 0]
    assert "seconds" in told

    first = Outlet.objects.get(unit__code="m-1")
    assert (first.state, str(first.filed_on), str(first.longitude)) == (
        "filed",
        "2021-05-01",
        "114.060000",
    )
    assert Staff.objects.get().name == "林一一"
    assert Outlet.objects.get(unit__code="m-2").state == "withdrawn"
    assert not Unit.objects.get(code="m-2").takes_referrals

    told, _rejects = bring(GOOD)
    assert (told["created"], told["duplicates"], Outlet.objects.count()) == (0, 3, 3)


def test_what_is_wrong_is_told_and_leaves_nothing(bring):
    told, rejects = bring(BAD + GOOD)
    assert [told[k] for k in ("read", "created", "duplicates", "rejected")] == [10, 3, 0, 7]
    assert [line.split(",")[0] for line in rejects.splitlines()[1:]] == [
        "m-4", "m-5", "m-6", "m-7", "m-8", "east", "",
    ]  # fmt: skip
    assert not Unit.objects.filter(code__in=["m-7", "m-8"]).exists()


def test_an_outlet_whose_unit_stands_already_takes_that(agency, bring):
    assert bring("outlet-a,卓悦中心服务站,mall,east,2023-03-16,,,,,,\n")[0]["created"] == 1
    assert Outlet.objects.get().unit == agency.units["outlet-a"]
    assert bring("outlet-b,别处的,mall,east,,,,,,,\n")[0]["rejected"] == 1


def test_the_year_s_figures_count_what_was_filed_and_what_stood_at_its_end(bring):
    bring(GOOD)
    out = io.StringIO()
    call_command("year_report", "2021", "--unit", "agency", format="json", stdout=out)
    rows = {row["code"]: row for row in json.loads(out.getvalue())["indicators"] if not row["dimensions"]}  # fmt: skip

    new, active = rows["outlets_new"], rows["outlets_active"]
    assert (new["value"], new["previous"]) == (1, 1), "m-1 in 2021, m-2 in 2020"
    assert (active["value"], active["previous"]) == (1, 1), "m-2 left on the last day of 2021"
