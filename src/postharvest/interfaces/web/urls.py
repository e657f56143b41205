"""Addresses of the site, by audience."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from postharvest.interfaces.web.views import checkout, orders, own, packing, shell, shop, village

app_name = "web"
urlpatterns = [
    path("", shop.front, name="front"),
    path("sale/<int:sale_id>/", shop.sale, name="sale"),
    path("sale/<int:sale_id>/buy/", checkout.checkout, name="checkout"),
    path("pay/<str:reference>/", checkout.cashier, name="cashier"),
    path("team/<int:team_id>/", orders.team, name="team"),
    path("orders/", orders.mine, name="orders"),
    path("order/<str:ref>/", orders.order, name="order"),
    path("order/<str:ref>/cancel/", checkout.cancel, name="cancel"),
    path("order/<str:ref>/claim/", orders.claim, name="claim"),
    path("language/", set_language, name="language"),
    path("login/", LoginView.as_view(template_name="web/login.html"), name="login"),
    path("logout/", LogoutView.as_view(next_page="/"), name="logout"),
    path("theme/", shell.theme, name="theme"),
    path("land/<str:version>.svg", shell.land, name="land"),
    path("my-surplus/", own.ask, name="own-surplus"),
    path("my-surplus/sheet/", own.sheet, name="own-sheet"),
    path("my-surplus/sheet.xlsx", own.template, name="own-template"),
    path("packing/", packing.today, name="packing"),
    path("packing/<int:shift_id>/", packing.shift, name="packing-shift"),
    path("packing/<int:shift_id>/arrive/", packing.arrive, name="packing-sign-in"),
    path("packing/<int:shift_id>/tally/", packing.tally, name="packing-tally"),
    path("packing/<int:shift_id>/despatch/", packing.despatch, name="packing-despatch"),
    path("packing/<int:shift_id>/close/", packing.close, name="packing-close"),
    path("village/report/", village.report, name="village-report"),
    path("village/worker.js", village.worker, name="village-worker"),
    path("village/app.webmanifest", village.manifest, name="village-manifest"),
    path("village/reports/", village.reports, name="village-reports"),
    path("land/<str:version>.json", shell.outline, name="outline"),
    path("demo/clock/", shell.demo_clock, name="demo-clock"),
    path("demo/role/", shell.demo_role, name="demo-role"),
]
