"""Settings of the qaweb project.

What belongs to the machine is a QAWEB_* environment variable, read here and nowhere
else; what belongs to the model travels with it in its reader.json. README.md,
"Configuration", lists every variable.
"""

import fcntl
import os
import re
import secrets
from importlib.util import find_spec
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from qaweb.env import env_bool, env_choice, env_int, env_list, env_path, env_str

# Django's own generic classes cannot all be subscripted (`ModelForm[Library]`).
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env_path("QAWEB_DATA", BASE_DIR / "var")
UPLOADS_DIR = DATA_DIR / "uploads"  # where files wait to be imported
SHORTEST_KEY = 32  # characters: a shorter one can be guessed, and with it any session


def secret_key() -> str:
    """Return QAWEB_SECRET_KEY, else a key made once and kept in the data folder."""
    if key := env_str("QAWEB_SECRET_KEY", ""):
        if len(key) < SHORTEST_KEY:
            raise ImproperlyConfigured(
                f"QAWEB_SECRET_KEY={'*' * len(key)}: at least {SHORTEST_KEY} "
                "characters are needed. Where it is not set, one is made and kept."
            )
        return key
    path = DATA_DIR / "secret_key"
    kept = path.read_text(encoding="ascii") if path.exists() else ""
    return kept or make_secret_key(path)


def make_secret_key(path: Path) -> str:
    """Keep a new key there, unless a process that began at the same time just has.

    An empty file is what was left where the disk was full, or the first start killed.
    """
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(opened, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (key := file.read()):
            key = secrets.token_urlsafe(50)
            file.write(key)
    return key


def has_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def is_host(text: str) -> bool:
    """Whether it is a name or an address alone; `:` is in IPv6 addresses only."""
    try:
        return bool(IPv6Address(text) if ":" in text else not re.search(r"[\s/]", text))
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """Whether it is scheme://host or scheme://host:port, and nothing more."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # raises for a port that is none
    except ValueError:
        return False
    return bool(host and re.fullmatch(r"https?://[^\s/?#@*]+", text))


try:
    # Passwords and sessions are in it: a new one is for this user of the machine only.
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    UPLOADS_DIR.mkdir(exist_ok=True)
    SECRET_KEY = secret_key()
except OSError as error:
    raise ImproperlyConfigured(
        f"QAWEB_DATA={DATA_DIR}: {error.filename or DATA_DIR}: {error.strerror}."
    ) from error
DEBUG = env_bool("QAWEB_DEBUG", False)

# -- Addresses -----------------------------------------------------------------
HOST = env_str("HOST", "127.0.0.1")
if not is_host(HOST):
    raise ImproperlyConfigured(
        f"HOST={HOST!r}: expected a name or an address alone, without http:// and port."
    )
PORT = env_int("PORT", 8000, minimum=1, maximum=65_535)
ALLOWED_HOSTS = env_list(
    "QAWEB_ALLOWED_HOSTS",
    ["127.0.0.1", "localhost", "[::1]", f"[{HOST}]" if ":" in HOST else HOST],
)
if any("*" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "QAWEB_ALLOWED_HOSTS: name the hosts; '*' would let any site talk to this one."
    )
for host in ALLOWED_HOSTS:
    if not re.fullmatch(r"[^\s/:\[\]]+|\[[^\s/\[\]]+\]", host):
        raise ImproperlyConfigured(
            f"QAWEB_ALLOWED_HOSTS={host!r}: expected a name alone, without http:// and "
            "port (an IPv6 address in brackets)."
        )
HTTPS = env_bool("QAWEB_HTTPS", False)
# Scheme, host and port of the pages that may open a websocket or post a form.
ORIGINS = env_list(
    "QAWEB_ORIGINS",
    [
        f"https://{host}" if HTTPS else f"http://{host}:{PORT}"
        for host in dict.fromkeys(ALLOWED_HOSTS)
    ],
)
for origin in ORIGINS:
    if not is_origin(origin):
        raise ImproperlyConfigured(
            f"QAWEB_ORIGINS={origin!r}: expected scheme://host:port alone."
        )
CSRF_TRUSTED_ORIGINS = ORIGINS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 3600 * 24 * 365 if HTTPS else 0
if HTTPS:  # a proxy in front speaks TLS and says so
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # the script takes the token from the page's form
CSRF_FAILURE_VIEW = "answers.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# -- Parts ---------------------------------------------------------------------
INSTALLED_APPS = [
    "qaweb.apps.ReviewDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "channels",
    "django_tasks",
    "django_tasks_db",
    "answers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qaweb.middleware.ContentSecurityPolicyMiddleware",
    "qaweb.middleware.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qaweb.accounts.ClosedToVisitors",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "qaweb.middleware.OutageMiddleware",
]
ROOT_URLCONF = "qaweb.urls"
ASGI_APPLICATION = "qaweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- Database ------------------------------------------------------------------
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": env_path("QAWEB_DATABASE", DATA_DIR / "qaweb.sqlite3"),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            # A transaction that reads and then writes fails at once, whatever the
            # time-out, unless it takes the write lock when it begins.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,  # seconds
            # journal_mode=WAL is set once, by `manage.py prepare`: it is a property
            # of the file, and setting it on every connect can itself lock.
            # What is deleted is wiped; only some builds of SQLite do that unasked.
            "init_command": "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON",
        },
        # Threads of the live tests need a file, not a database in memory.
        "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Visitors and wrong passwords are counted in it, by address. A full cache in memory
# forgets a third of its keys, and it is full with 300 unless told otherwise: whoever
# had been refused would be let in again.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- People --------------------------------------------------------------------
AUTH_USER_MODEL = "answers.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "answers.reviewing.permitting.LibraryReviewers",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "chat"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = env_choice(
    "QAWEB_EMAIL_VERIFICATION", "none", ("none", "optional", "mandatory")
)
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "email*" if ACCOUNT_EMAIL_VERIFICATION == "mandatory" else "email",
    "password1*",
    "password2*",
]
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_ADAPTER = "qaweb.accounts.AccountAdapter"
SIGN_UP_OPEN = env_bool("QAWEB_SIGN_UP", True)
VISITORS = env_bool("QAWEB_VISITORS", True)  # may try libraries open to visitors
# How long their chats stay.
GUEST_DAYS = env_int("QAWEB_GUEST_DAYS", 7, minimum=1, maximum=36_500)
GUESTS_PER_HOUR = env_int("QAWEB_GUESTS_PER_HOUR", 20, minimum=1)  # of one address
EMAIL_BACKEND = env_str(
    "QAWEB_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env_str("QAWEB_EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("QAWEB_EMAIL_PORT", 25, minimum=1, maximum=65_535)
EMAIL_HOST_USER = env_str("QAWEB_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env_str("QAWEB_EMAIL_PASSWORD", "")
EMAIL_TIMEOUT = 10  # seconds: who signs up waits for the mail server
EMAIL_USE_TLS = env_bool("QAWEB_EMAIL_TLS", False)
DEFAULT_FROM_EMAIL = env_str("QAWEB_EMAIL_FROM", "qaweb@localhost")

# -- Static files --------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "qaweb.storage.HashedStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# -- Importing -----------------------------------------------------------------
MB = 1 << 20
FILE_BYTES = env_int("QAWEB_FILE_MB", 100, minimum=1) * MB  # of one file
IMPORT_FILES = env_int("QAWEB_IMPORT_FILES", 200, minimum=1)  # handed over together
IMPORT_BYTES = env_int("QAWEB_IMPORT_MB", 1_000, minimum=1) * MB  # of all of them
# Whole bodies and parts of them wait here, on a disk with room, never in memory.
FILE_UPLOAD_TEMP_DIR = UPLOADS_DIR
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = IMPORT_FILES
# Work that takes longer than a page may: `answers/tasks.py`. A queue in Redis takes
# this one's place by its name; then workers of its own have to be started.
TASKS_BACKEND = env_str("QAWEB_TASKS", "django_tasks_db.DatabaseBackend")
# Its module cannot be imported yet: it may need models.
if not has_module(TASKS_BACKEND.rpartition(".")[0]):
    raise ImproperlyConfigured(
        f"QAWEB_TASKS={TASKS_BACKEND!r}: there is no such queue here."
    )
TASKS = {"default": {"BACKEND": TASKS_BACKEND}}

# -- Language and time ---------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]  # in themselves
LOCALE_PATHS = [BASE_DIR / "answers" / "locale"]
LANGUAGE_COOKIE_AGE = 3600 * 24 * 365  # seconds
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = env_str("QAWEB_TIME_ZONE", "UTC")
try:
    ZoneInfo(TIME_ZONE)
except (ValueError, OSError, LookupError) as error:
    raise ImproperlyConfigured(
        f"QAWEB_TIME_ZONE={TIME_ZONE!r}: expected a name such as Europe/Berlin."
    ) from error
USE_I18N = True
USE_TZ = True

# -- The reader ----------------------------------------------------------------
WEIGHTS_DIR = env_path("QAWEB_WEIGHTS", BASE_DIR / "answers" / "weights")
MODEL = env_str("QAWEB_MODEL", "minilm-l6-squad-int8")  # a folder in WEIGHTS_DIR
MODEL_CACHE = env_path("QAWEB_MODEL_CACHE", DATA_DIR / "model-cache")
INFERENCE_THREADS = env_int("QAWEB_INFERENCE_THREADS", 0, maximum=1_024)  # 0: all
WAITING_WINDOWS = env_int("QAWEB_WAITING_WINDOWS", 2048, minimum=1)
BATCH_WINDOWS = env_int("QAWEB_BATCH_WINDOWS", 8, minimum=1)

# -- Asking --------------------------------------------------------------------
PASSAGES_READ = env_int("QAWEB_PASSAGES_READ", 10, minimum=1)
ANSWERS_SHOWN = env_int("QAWEB_ANSWERS_SHOWN", 5, minimum=1)
QUESTION_CHARACTERS = env_int("QAWEB_QUESTION_CHARACTERS", 1_000, minimum=1)
PASSAGE_CHARACTERS = env_int("QAWEB_PASSAGE_CHARACTERS", 100_000, minimum=1)
SOCKETS_PER_PERSON = env_int("QAWEB_SOCKETS_PER_PERSON", 10, minimum=1)
# Per person: questions that are being answered, those that wait in line behind them,
# and those that may be asked within a minute.
QUESTIONS_IN_FLIGHT = env_int("QAWEB_QUESTIONS_IN_FLIGHT", 3, minimum=1)
QUESTIONS_WAITING = env_int("QAWEB_QUESTIONS_WAITING", 20, minimum=0)
QUESTIONS_PER_MINUTE = env_int("QAWEB_QUESTIONS_PER_MINUTE", 20, minimum=1)
# Per visitor without an account, and per address that such visitors come from.
GUEST_QUESTIONS_PER_HOUR = env_int("QAWEB_GUEST_QUESTIONS_PER_HOUR", 30, minimum=1)
# Of all people together; the others wait, and people take turns.
QUESTIONS_AT_ONCE = env_int("QAWEB_QUESTIONS_AT_ONCE", 16, minimum=1)
LIBRARIES_PER_QUESTION = env_int("QAWEB_LIBRARIES_PER_QUESTION", 50, minimum=1)
# Percent of the questions that wait for two reviewers instead of one.
SECOND_REVIEWS = env_int("QAWEB_SECOND_REVIEWS", 0, minimum=0, maximum=100)
# A form that carries more than the longest passage is refused before it is parsed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * PASSAGE_CHARACTERS + 64_000  # bytes

LOG_LEVEL = env_choice(
    "QAWEB_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"refusals": {"()": "qaweb.logs.ShortRefusals"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"answers": {"level": LOG_LEVEL}},
}
