"""One settings file; POSTHARVEST_* in the environment has the last word."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlparse

DEMO = os.environ.get("POSTHARVEST_DEMO", "") == "1"
POSTHARVEST_DEMO = DEMO
PRACTICE = os.environ.get("POSTHARVEST_PRACTICE", "") == "1"
POSTHARVEST_PRACTICE = PRACTICE
"""The same screens with play money, in a home and a database of their own."""
HOME = Path(os.environ.get("POSTHARVEST_HOME", "var")).resolve() / ("practice" if PRACTICE else "")
PACKAGE = Path(__file__).parent


def _secret() -> str:
    """Return the key from the environment, or one kept in the home folder."""
    if key := os.environ.get("POSTHARVEST_SECRET_KEY"):
        return key
    file = HOME / "secret-key"
    if not file.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


_DATABASE_FILE = (
    "practice.sqlite3" if PRACTICE else "demo.sqlite3" if DEMO else "postharvest.sqlite3"
)


def _database(url: str) -> dict[str, object]:
    """Read ``postgresql://user:password@host:port/name``; no URL means SQLite in the home.

    Practice never opens the books, whatever the URL says.
    """
    if not url or PRACTICE:
        name = HOME / _DATABASE_FILE
        durability = os.environ.get("POSTHARVEST_SQLITE_SYNCHRONOUS", "FULL")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;"
                f"PRAGMA synchronous={durability};"
                "PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY",
            },
            "TEST": {"NAME": os.environ.get("POSTHARVEST_TEST_DB") or None},
        }
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


SECRET_KEY = _secret()
DEBUG = os.environ.get("POSTHARVEST_DEBUG", "") == "1"
ALLOWED_HOSTS = os.environ.get("POSTHARVEST_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("POSTHARVEST_ORIGINS", "").split(",") if o]
DATABASES = {"default": _database(os.environ.get("POSTHARVEST_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "leaflet",
    "postharvest.core.outbox",
    "postharvest.core.audit",
    "postharvest.core.clock",
    "postharvest.core.vault",
    "postharvest.core.photos",
    "postharvest.core.tokens",
    "postharvest.core.signin",
    "postharvest.core.webhooks",
    "postharvest.core.epcis",
    "postharvest.operations.network",
    "postharvest.operations.harvest",
    "postharvest.operations.diary",
    "postharvest.operations.campaigns",
    "postharvest.operations.orders",
    "postharvest.operations.packing",
    "postharvest.operations.parcels",
    "postharvest.operations.settlement",
    "postharvest.operations.standing",
    "postharvest.operations.notices",
    "postharvest.operations.members",
    "postharvest.decisions.planning",
    "postharvest.decisions.arrivals",
    "postharvest.decisions.insight",
    "postharvest.decisions.measures",
    "postharvest.interfaces.web",
]
MIDDLEWARE = [
    "postharvest.interfaces.api.metrics.requests.CountRequests",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "postharvest.interfaces.web.static_files.WholeFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "postharvest.interfaces.web.csp.ContentSecurityPolicy",
]
ROOT_URLCONF = "postharvest.urls"
ASGI_APPLICATION = "postharvest.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "postharvest.interfaces.web.context.site",
            ]
        },
    }
]

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "postharvest.interfaces.web.storage.CollectedOrPlain"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "webp", "jpg", "woff", "woff2", "gz", "br")
MEDIA_URL = "media/"
MEDIA_ROOT = HOME / "media"
POSTHARVEST_PAYMENTS = tuple(
    os.environ.get(
        "POSTHARVEST_PAYMENTS", "sandbox,cashier,cod,bank" if DEMO or PRACTICE else "cod,bank"
    ).split(",")
)
"""Ways to pay that buyers are offered; play money (sandbox, cashier) only where all is play."""
POSTHARVEST_BANK_ACCOUNT = os.environ.get("POSTHARVEST_BANK_ACCOUNT", "")
"""Holder, bank and number, as buyers who pay by transfer are told."""
POSTHARVEST_PAYMENT_SECRETS = dict(
    pair.split("=", 1)
    for pair in os.environ.get("POSTHARVEST_PAYMENT_SECRETS", "").split(",")
    if "=" in pair
)
"""Who may report payments to /api/v1/payments/<name>: ``bank=whsec_…,other=whsec_…``."""
POSTHARVEST_KEEP_BUYERS_DAYS = int(os.environ.get("POSTHARVEST_KEEP_BUYERS_DAYS", "180"))
"""How long after their last order buyers' names, phones and addresses are kept."""
POSTHARVEST_NOTICES = tuple(
    way
    for way in os.environ.get("POSTHARVEST_NOTICES", "" if DEMO else "console").split(",")
    if way
)
"""How people are told: console, email, sms; none at all where a demo's crowd is made up."""
POSTHARVEST_WEATHER = os.environ.get("POSTHARVEST_WEATHER", "")
POSTHARVEST_WEATHER_URL = os.environ.get(
    "POSTHARVEST_WEATHER_URL", "https://api.open-meteo.com"
).rstrip("/")
"""The class that asks a forecast service, and its server; none: nothing is fetched."""
POSTHARVEST_SMS_URL = os.environ.get("POSTHARVEST_SMS_URL", "")
POSTHARVEST_SMS_TOKEN = os.environ.get("POSTHARVEST_SMS_TOKEN", "")
"""The operator's gateway for short messages, and what it knows us by."""
EMAIL_HOST = os.environ.get("POSTHARVEST_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("POSTHARVEST_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("POSTHARVEST_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("POSTHARVEST_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("POSTHARVEST_EMAIL_TLS", "") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("POSTHARVEST_EMAIL_FROM", "postharvest@localhost")
REPORTS_ROOT = HOME / "reports"
MEASURES_ROOT = HOME / "measures" / ("demo" if DEMO else "own")
POSTHARVEST_SITE = os.environ.get("POSTHARVEST_SITE", "https://postharvest.example").rstrip("/")
POSTHARVEST_PRIVATE_WEBHOOKS = os.environ.get("POSTHARVEST_PRIVATE_WEBHOOKS", "") == "1"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

HTTPS = os.environ.get("POSTHARVEST_HTTPS", "")
"""1: behind a proxy that speaks HTTPS and is the only way in; local: `serve --https` itself."""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(HTTPS)
SESSION_COOKIE_NAME = ("__Host-" if HTTPS else "") + ("practice" if PRACTICE else "sessionid")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS == "1" else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS == "1" else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

_LOG_FORMAT = os.environ.get("POSTHARVEST_LOG", "plain")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "postharvest.core.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if _LOG_FORMAT == "json" else "plain",
        }
    },
    "loggers": {"postharvest": {"handlers": ["stderr"], "level": "INFO"}},
}
"""POSTHARVEST_LOG=json writes one JSON object a line."""
