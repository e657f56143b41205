"""django-oscar's own order creator on SQLite (synchronous=FULL), one product, one order at a time.

Run by a Python that has django-oscar; prints one line of JSON.  It does more for an order than we
do (offers, vouchers, surcharges, signals) and no more is claimed than that it is what it is.
"""

import json
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import django
from django.conf import settings

SECONDS = 8
folder = tempfile.TemporaryDirectory()
settings.configure(
    SECRET_KEY="x",
    USE_TZ=True,
    SITE_ID=1,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder.name) / "oscar.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL",
            },
        }
    },
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
        "django.contrib.sites", "django.contrib.flatpages",
        "oscar.config.Shop", "oscar.apps.analytics.apps.AnalyticsConfig",
        "oscar.apps.checkout.apps.CheckoutConfig", "oscar.apps.address.apps.AddressConfig",
        "oscar.apps.shipping.apps.ShippingConfig", "oscar.apps.catalogue.apps.CatalogueConfig",
        "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
        "oscar.apps.communication.apps.CommunicationConfig",
        "oscar.apps.partner.apps.PartnerConfig", "oscar.apps.basket.apps.BasketConfig",
        "oscar.apps.payment.apps.PaymentConfig", "oscar.apps.offer.apps.OfferConfig",
        "oscar.apps.order.apps.OrderConfig", "oscar.apps.customer.apps.CustomerConfig",
        "oscar.apps.search.apps.SearchConfig", "oscar.apps.voucher.apps.VoucherConfig",
        "oscar.apps.wishlists.apps.WishlistsConfig",
        "oscar.apps.dashboard.apps.DashboardConfig",
        "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
        "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
        "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
        "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
        "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
        "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
        "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
        "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
        "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
        "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
        "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
        "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
        "widget_tweaks", "haystack", "treebeard", "sorl.thumbnail", "django_tables2",
    ],
    OSCAR_DEFAULT_CURRENCY="CNY",
    OSCAR_DYNAMIC_CLASS_LOADER="oscar.core.loading.default_class_loader",
)  # fmt: skip
from oscar import defaults  # noqa: E402

for name in dir(defaults):
    if name.startswith("OSCAR_") and not hasattr(settings, name):
        setattr(settings, name, getattr(defaults, name))
django.setup()

from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)

from oscar import VERSION  # noqa: E402
from oscar.core import prices  # noqa: E402
from oscar.core.loading import get_class, get_model  # noqa: E402

Product, ProductClass = get_model("catalogue", "Product"), get_model("catalogue", "ProductClass")
Partner, StockRecord = get_model("partner", "Partner"), get_model("partner", "StockRecord")
Basket, Country = get_model("basket", "Basket"), get_model("address", "Country")
ShippingAddress = get_model("order", "ShippingAddress")
OrderCreator = get_class("order.utils", "OrderCreator")
Selector = get_class("partner.strategy", "Selector")
Free = get_class("shipping.methods", "Free")
Applicator = get_class("offer.applicator", "Applicator")

fruit = Product.objects.create(
    title="persimmon", product_class=ProductClass.objects.create(name="fruit"), slug="persimmon"
)
StockRecord.objects.create(
    product=fruit, partner=Partner.objects.create(name="P"), partner_sku="1",
    price=Decimal("25.00"), price_currency="CNY", num_in_stock=10**9,
)  # fmt: skip
country = Country.objects.create(iso_3166_1_a2="CN", printable_name="China", name="China")


def check_out(number):
    basket = Basket.objects.create()
    basket.strategy = Selector().strategy()
    basket.add_product(fruit, 1)
    Applicator().apply(basket)
    method = Free()
    charge = method.calculate(basket)
    total = prices.Price(
        currency="CNY", excl_tax=basket.total_excl_tax + charge.excl_tax, tax=Decimal(0)
    )
    address = ShippingAddress(last_name="Test", line1="1", line4="Shanghai", country=country)
    address.save()
    OrderCreator().place_order(
        basket=basket, total=total, shipping_method=method, shipping_charge=charge,
        shipping_address=address, order_number=f"bench-{number}",
    )  # fmt: skip
    basket.submit()


check_out(0)
done, started, cpu = 0, time.perf_counter(), time.process_time()
while time.perf_counter() < started + SECONDS:
    done += 1
    check_out(done)
took = time.perf_counter() - started
print(json.dumps({
    "rate": done / took,
    "cpu_us": (time.process_time() - cpu) / done * 1e6,
    "version": ".".join(map(str, VERSION[:3])),
}))  # fmt: skip
