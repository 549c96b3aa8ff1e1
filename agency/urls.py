"""Every address there is."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agency.core import health, views
from agency.core.notifications import api as notifications_api
from cases import api as cases_api
from cases import bundle_api, papers_api
from interviews import api as interviews_api
from interviews import views as interviews_views
from outlets import api as outlets_api
from outlets import odr_api, portal
from reports import api as reports_api
from reports import pages as reports_pages
from reports import views as reports_views

handler400 = "agency.core.views.bad_request"
handler404 = "agency.core.views.not_found"
handler500 = "agency.core.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz),
    path("healthz/deadlines", health.deadlines),
    path("", include("agency.core.accounts.urls")),
    path("bell/", views.bell, name="bell"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("portal/", include(portal.urls)),
    path("", include(interviews_views.urls)),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include(notifications_api.urls)),
    path("dashboard/", include(reports_views.urls)),
    path("reports/", include(reports_pages.urls)),
    path("api/v1/", include(cases_api.urls)),
    path("api/v1/", include(papers_api.urls)),
    path("api/v1/", include(bundle_api.urls)),
    path("api/v1/", include(outlets_api.urls)),
    path("api/v1/", include(odr_api.urls)),
    path("api/v1/", include(interviews_api.urls)),
    path("api/v1/", include(reports_api.urls)),
]
