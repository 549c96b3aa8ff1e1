"""The pictures of a visit: each of one item of the checklist, checked as every file is."""

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, files
from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.models import Access, StoredFile, User
from cases.workflow.papers import READERS_OF_FILES
from outlets import acts
from outlets.models import Finding, Outlet, OutletEvent, Photo

PICTURES = (StoredFile.Type.JPEG, StoredFile.Type.PNG)


def add_photo(code: str, *, by: User, item: str, upload) -> Photo:
    """Keep ``upload`` as a picture of ``item`` (its code) at the latest visit.

    Raises Forbidden, NotThere, RuleViolation, or Invalid for what is no picture.
    """
    acts.admit(code, "add_photo", by)
    with files.keeping(upload) as file, acts.begin(code, "add_photo", by) as act:
        if file.type not in PICTURES:
            raise Invalid({"file": [_("Only JPEG and PNG pictures are taken.")]})
        finding = _finding(act.outlet, item)
        file.save(force_insert=True)
        photo = Photo.objects.create(finding=finding, file=file, by=by, at=act.at)
        act.record(OutletEvent.Kind.PHOTO_ADDED, photo=str(photo.pk), item=item)
    return photo


def _finding(outlet: Outlet, item: str) -> Finding:
    visit = outlet.inspections.order_by("pk").last()
    found = visit and visit.findings.filter(item__code=item).first()
    if not found:
        raise Invalid({"item": [_("The latest visit has no such item.")]})
    return found


@transaction.atomic
def open_photo(code: str, pk, *, by: User) -> Photo:
    """The picture, for who may read files: on record. Raises Forbidden, NotThere."""
    if by.role not in READERS_OF_FILES:
        raise Forbidden
    seen = Outlet.objects.visible_to(by).filter(unit__code=code)
    photos = Photo.objects.select_related("file", "finding__item", "finding__inspection")
    found = photos.filter(pk=pk, finding__inspection__outlet__in=seen).first()
    if found is None:
        raise NotThere
    Access.objects.create(
        kind=Access.Kind.OPENED, by=by, what="photo", sha256=found.file.sha256,
        subject=Outlet._meta.label_lower, subject_id=found.finding.inspection.outlet_id,
        at=clock.now(),
    )  # fmt: skip
    return found
