"""Settings of the control plane, read from the environment; docs/settings.md lists every variable."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from gateway_project import __version__
from gateway_project.database import databases
from gateway_project.environment import Environment, gateway_options
from gateway_project.secrets import secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.load(BASE_DIR)

# --- Secrets and who may ask ------------------------------------------------------------------------------------------
DEBUG = env.flag("GATEWAY_DEBUG")
SECRET_KEY = secret(env, "GATEWAY_SECRET_KEY", debug=DEBUG)
SECRET_KEY_FALLBACKS = list(env.words("GATEWAY_SECRET_KEY_FALLBACKS"))
GATEWAY_JWT_SECRET = secret(env, "GATEWAY_JWT_SECRET", debug=DEBUG)
GATEWAY_JWT_ISSUER = env.text("GATEWAY_JWT_ISSUER", "api-gateway")
# Names the console may be opened under. The API answers under any: it trusts a token, not a host, and probes of
# containers and scrapers come by address. That is why CommonMiddleware, which judges every request's Host, is not used.
ALLOWED_HOSTS = list(env.words("GATEWAY_ALLOWED_HOSTS", ("localhost", ".localhost", "127.0.0.1", "[::1]")))
CSRF_TRUSTED_ORIGINS = list(env.origins("GATEWAY_CSRF_TRUSTED_ORIGINS"))
GATEWAY_CORS_ORIGINS = env.origins("GATEWAY_CORS_ORIGINS")

# --- The gateway itself -----------------------------------------------------------------------------------------------
GATEWAY_VERSION = __version__
GATEWAY_STATE_DIR = Path(env.text("GATEWAY_STATE_DIR") or BASE_DIR / "var")
REDIS_URL = env.text("REDIS_URL")
GATEWAY_OPTIONS = gateway_options(env)
if REDIS_URL and not GATEWAY_OPTIONS.redis_url:
    GATEWAY_OPTIONS = replace(GATEWAY_OPTIONS, redis_url=REDIS_URL)
GATEWAY_TRUSTED_PROXIES = GATEWAY_OPTIONS.trusted_proxies
GATEWAY_ADMIN_BIND = env.words("GATEWAY_ADMIN_BIND", ("shared",) if DEBUG else ("127.0.0.1:8081",))
GATEWAY_TARGET_HOSTS = env.words("GATEWAY_TARGET_HOSTS")
GATEWAY_SERVICE_WRITE_PERMISSION = env.text("GATEWAY_SERVICE_WRITE_PERMISSION")
GATEWAY_ACCESS_SECONDS = env.integer("GATEWAY_ACCESS_SECONDS", 3600, lowest=1, highest=31_536_000)
GATEWAY_REFRESH_SECONDS = env.integer("GATEWAY_REFRESH_SECONDS", 86_400, lowest=1, highest=31_536_000)
GATEWAY_LOGIN_FAILURES_PER_ACCOUNT = env.integer("GATEWAY_LOGIN_FAILURES_PER_ACCOUNT", 10, lowest=1)
GATEWAY_LOGIN_FAILURES_PER_ADDRESS = env.integer("GATEWAY_LOGIN_FAILURES_PER_ADDRESS", 50, lowest=1)
GATEWAY_MIN_HEALTH_INTERVAL = env.integer("GATEWAY_MIN_HEALTH_INTERVAL", 5, lowest=1, highest=300)
GATEWAY_METRICS_TOKEN = env.text("GATEWAY_METRICS_TOKEN")
GATEWAY_AUDIT_DAYS = env.integer("GATEWAY_AUDIT_DAYS", 365, lowest=1, highest=36_500)
GATEWAY_ROLLUP_DAYS = env.integer("GATEWAY_ROLLUP_DAYS", 90, lowest=8, highest=36_500)
GATEWAY_HISTORY_CHANGES = env.integer("GATEWAY_HISTORY_CHANGES", 100_000, lowest=100, highest=1_000_000_000)
GATEWAY_TRAFFIC_WATCHERS = env.integer("GATEWAY_TRAFFIC_WATCHERS", 8, lowest=0, highest=32)
GATEWAY_HEALTH_PROBE_SECONDS = env.number("GATEWAY_HEALTH_PROBE_SECONDS", 1.5)
GATEWAY_ADMINISTRATOR_PERMISSION = "permissions.api.access.IsGatewayAdministrator"
GATEWAY_OPERATOR_PERMISSION = "permissions.api.access.IsOperator"
GATEWAY_AUTHENTICATED_PERMISSION = "permissions.api.access.IsAuthenticated"
GATEWAY_TEAMS = "permissions.teams.RULES_IN_FORCE"

# --- Apps -------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "gateway_project.daphne_app.DaphneCommands",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_prometheus",
    "gateway_project",
    "revisions",
    "services",
    "routing",
    "permissions",
    "proxy",
    "configuration",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "gateway_project.rest.request_id.RequestIdMiddleware",
    "gateway_project.middleware.RevisionMiddleware",
    "permissions.audit.middleware.AuditMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "gateway_project.browser_policy.BrowserPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gateway_project.static_files.StaticFilesMiddleware",
    "gateway_project.rest.cors.CorsMiddleware",
    "gateway_project.middleware.FramingMiddleware",
    "gateway_project.middleware.DryRunMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "gateway_project.urls"
ASGI_APPLICATION = "gateway_project.asgi.application"
APPEND_SLASH = False  # the API's paths have none, and a redirect would lose a body
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Database, cache, news --------------------------------------------------------------------------------------------
DATABASES = databases(env, GATEWAY_STATE_DIR)
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "gateway",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
else:
    CACHES = {"default": {"BACKEND": "django_prometheus.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "gateway_project" / "locale"]
FORMAT_MODULE_PATH = ["gateway_project.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.time_zone("GATEWAY_TIME_ZONE", "UTC")

# --- Static files and transport ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.text("GATEWAY_STATIC_ROOT") or None  # only for those who collect static files for another server
WHITENOISE_USE_FINDERS = True  # serves the packages' own files: no collectstatic needed
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # set by the node's own worker, never passed through
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.flag("GATEWAY_SECURE_COOKIES", not DEBUG)
_HOST_ONLY = "__Host-" if SESSION_COOKIE_SECURE else ""  # RFC 6265bis: set by this host alone, for every path, over TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST_ONLY}gateway_session", f"{_HOST_ONLY}gateway_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # pages carry the form's token
SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"  # a link in a message may open the console
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "gateway_project.not_found.csrf_failure"
SESSION_COOKIE_AGE = env.integer("GATEWAY_SESSION_SECONDS", 43_200, lowest=60, highest=2_592_000)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = env.integer("GATEWAY_HSTS_SECONDS", 0, highest=63_072_000)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # other hosts of the domain are not the gateway's to decide
SECURE_SSL_REDIRECT = env.flag("GATEWAY_SSL_REDIRECT")
SECURE_REDIRECT_EXEMPT = [r"^health(/|$)", r"^metrics$"]  # asked by address, inside
DATA_UPLOAD_MAX_MEMORY_SIZE = GATEWAY_OPTIONS.max_control_body_bytes

# --- REST -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "permissions.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [GATEWAY_ADMINISTRATOR_PERMISSION],
    "DEFAULT_PARSER_CLASSES": ["gateway_project.rest.parser.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "gateway_project.rest.envelope.EnvelopeRenderer",
        "gateway_project.rest.browsable.BrowsableRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "gateway_project.rest.negotiation.EnvelopeNegotiation",
    "DEFAULT_PAGINATION_CLASS": "gateway_project.rest.pagination.EnvelopePagination",
    "DEFAULT_FILTER_BACKENDS": ["gateway_project.rest.filters.StrictFilterBackend"],
    "DEFAULT_METADATA_CLASS": "gateway_project.rest.metadata.EnvelopeMetadata",
    "DEFAULT_SCHEMA_CLASS": "gateway_project.rest.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "gateway_project.rest.exception_handler.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "%Y-%m-%d %H:%M:%S",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "API Gateway",
    "DESCRIPTION": "Routes, services, permissions and health of the gateway.",
    "VERSION": GATEWAY_VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/admin",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["gateway_project.openapi.for_readers"],
}
if find_spec("permissions.jwt_settings"):
    from permissions.jwt_settings import simple_jwt

    SIMPLE_JWT = simple_jwt(GATEWAY_JWT_SECRET, GATEWAY_JWT_ISSUER, GATEWAY_ACCESS_SECONDS, GATEWAY_REFRESH_SECONDS)

UNFOLD = {
    "SITE_TITLE": _("API gateway"),
    "SITE_HEADER": _("API gateway"),
    "SITE_URL": None,
    "SITE_SYMBOL": "route",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}gateway/favicon.svg"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LOGIN": {"form": "gateway_project.console.login_form.LoginForm"},
    "DASHBOARD_CALLBACK": "gateway_project.console.overview.overview",
    "SIDEBAR": {"navigation": "gateway_project.console.navigation.navigation"},
    "COLORS": "gateway_project.console.colours.none_in_the_page",
    "SCRIPTS": ["gateway_project.console.colours.names_file"],
    "STYLES": ["gateway_project.console.colours.theme_file", "gateway_project.console.colours.answers_file"],
}

# --- Logs -------------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("GATEWAY_LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "gateway": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": True},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
