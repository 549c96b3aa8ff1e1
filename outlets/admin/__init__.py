"""The staff's door to the outlets: list, page with its verbs, application, export."""

from cases.admin import audited
from outlets.admin import enterprise, forms, outlet  # noqa: F401 – registers them
from outlets.models import OdrEnterprise, Outlet

audited.learn("outlets", Outlet, forms.VERBS)
audited.learn("odr-enterprises", OdrEnterprise, enterprise.VERBS)
