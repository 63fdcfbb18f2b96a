"""Settings refuse what they do not understand, each with a sentence that says which."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from qaweb.env import env_bool, env_choice, env_int, env_list, env_path, env_str

Patch = pytest.MonkeyPatch


def test_what_is_not_set_is_the_default(monkeypatch: Patch) -> None:
    monkeypatch.delenv("QAWEB_X", raising=False)
    assert env_str("QAWEB_X", "a") == "a"
    assert env_bool("QAWEB_X", True) is True
    assert env_int("QAWEB_X", 3) == 3
    assert env_list("QAWEB_X", ["a"]) == ["a"]
    assert env_path("QAWEB_X", Path("/a")) == Path("/a")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_counts_as_not_set(monkeypatch: Patch, value: str) -> None:
    monkeypatch.setenv("QAWEB_X", value)
    assert env_str("QAWEB_X", "a") == "a"
    assert env_bool("QAWEB_X", True) is True
    assert env_int("QAWEB_X", 3) == 3
    assert env_list("QAWEB_X", ["a"]) == ["a"]
    assert env_path("QAWEB_X", Path("/a")) == Path("/a")


@pytest.mark.parametrize("value", ["1", "yes", "True", " ON "])
def test_words_for_yes(monkeypatch: Patch, value: str) -> None:
    monkeypatch.setenv("QAWEB_X", value)
    assert env_bool("QAWEB_X", False) is True


@pytest.mark.parametrize("value", ["0", "no", "False", " OFF "])
def test_words_for_no(monkeypatch: Patch, value: str) -> None:
    monkeypatch.setenv("QAWEB_X", value)
    assert env_bool("QAWEB_X", True) is False


@pytest.mark.parametrize("value", ["2", "ja", "truee", "none"])
def test_another_word_is_refused(monkeypatch: Patch, value: str) -> None:
    monkeypatch.setenv("QAWEB_X", value)
    with pytest.raises(ImproperlyConfigured, match=r"QAWEB_X.*yes or no"):
        env_bool("QAWEB_X", True)


@pytest.mark.parametrize(
    ("value", "message"),
    [("ten", "not a whole"), ("1.5", "not a whole"), ("0", "least")],
)
def test_a_wrong_number_is_refused(
    monkeypatch: Patch, value: str, message: str
) -> None:
    monkeypatch.setenv("QAWEB_X", value)
    with pytest.raises(ImproperlyConfigured, match=f"QAWEB_X.*{message}"):
        env_int("QAWEB_X", 3, minimum=1)


def test_a_choice_is_taken_as_it_is_written_in_the_list(monkeypatch: Patch) -> None:
    monkeypatch.setenv("QAWEB_X", " debug")
    assert env_choice("QAWEB_X", "INFO", ("DEBUG", "INFO")) == "DEBUG"
    monkeypatch.delenv("QAWEB_X")
    assert env_choice("QAWEB_X", "INFO", ("DEBUG", "INFO")) == "INFO"


def test_what_is_no_choice_is_refused_with_the_choices(monkeypatch: Patch) -> None:
    monkeypatch.setenv("QAWEB_X", "chatty")
    with pytest.raises(ImproperlyConfigured, match=r"QAWEB_X='chatty'.*DEBUG, INFO"):
        env_choice("QAWEB_X", "INFO", ("DEBUG", "INFO"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "80000"),
        ("HOST", "localhost:8000"),
        ("HOST", "http://localhost"),
        ("QAWEB_LOG_LEVEL", "chatty"),
        ("QAWEB_EMAIL_VERIFICATION", "yes"),
        ("QAWEB_TIME_ZONE", "Mars/Base"),
        ("QAWEB_TIME_ZONE", "/etc/passwd"),
        ("QAWEB_TIME_ZONE", "Europe"),
        ("QAWEB_TASKS", "no.such.Backend"),
        ("QAWEB_TASKS", "redis"),
        ("QAWEB_ORIGINS", "qa.example.org"),
        ("QAWEB_ORIGINS", "https://qa.example.org/"),
        ("QAWEB_ORIGINS", "https://qa.example.org:port"),
        ("QAWEB_ORIGINS", "https://qa.example.org:99999"),
        ("QAWEB_ORIGINS", "https://[::1"),
        ("QAWEB_ORIGINS", "https://*.example.org"),
        ("QAWEB_ALLOWED_HOSTS", "https://qa.example.org"),
        ("QAWEB_ALLOWED_HOSTS", "qa.example.org:8000"),
        ("QAWEB_DATA", "/dev/null"),
        ("QAWEB_DATA", "~nobody-of-this-name/qaweb"),
        ("QAWEB_GUEST_DAYS", "1000000"),
        ("QAWEB_PASSAGES_READ", "9223372036854775808"),
        ("QAWEB_INFERENCE_THREADS", "100000"),
    ],
)
def test_what_no_server_could_use_stops_the_start_with_its_name(
    name: str, value: str
) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", "import qaweb.settings"],
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1
    assert f"{name}=" in outcome.stderr.splitlines()[-1]


@pytest.mark.parametrize("value", ["os.path", "django_tasks.Task", "os.no_such"])
def test_what_is_no_queue_stops_the_start_with_its_name(value: str) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "qaweb.settings",
            "QAWEB_TASKS": value,
        },
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1
    assert f"QAWEB_TASKS='{value}'" in outcome.stderr.splitlines()[-1]


def test_lists_are_split_at_commas(monkeypatch: Patch) -> None:
    monkeypatch.setenv("QAWEB_X", " a, b,,c ")
    assert env_list("QAWEB_X", []) == ["a", "b", "c"]


def test_a_path_is_absolute_and_knows_the_home_folder(monkeypatch: Patch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv("QAWEB_X", "~/data")
    assert env_path("QAWEB_X", Path("/a")) == Path("/home/alice/data")
    monkeypatch.setenv("QAWEB_X", "data")
    assert env_path("QAWEB_X", Path("/a")) == Path.cwd() / "data"


def ask_settings(
    expression: str, tmp_path: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, and print the expression."""
    return subprocess.run(
        [sys.executable, "-c", f"import qaweb.settings as s; print({expression})"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"QAWEB_DATA": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_secret_key_is_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    first = ask_settings("s.SECRET_KEY", tmp_path).stdout
    assert len(first) > 50
    assert ask_settings("s.SECRET_KEY", tmp_path).stdout == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_secret_key_that_was_never_written_is_made(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch(mode=0o600)
    first = ask_settings("s.SECRET_KEY", tmp_path).stdout
    assert len(first) > 50
    assert ask_settings("s.SECRET_KEY", tmp_path).stdout == first


def test_a_secret_key_of_ones_own_is_taken(tmp_path: Path) -> None:
    key = "k3" * 16
    assert ask_settings("s.SECRET_KEY", tmp_path, QAWEB_SECRET_KEY=key).stdout == (
        f"{key}\n"
    )
    assert not (tmp_path / "secret_key").exists()


def test_a_secret_key_that_can_be_guessed_is_refused_unseen(tmp_path: Path) -> None:
    done = ask_settings("s.SECRET_KEY", tmp_path, QAWEB_SECRET_KEY="hunter2" * 4)
    assert "QAWEB_SECRET_KEY=****" in done.stderr.splitlines()[-1]
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("name", ["secret_key", "uploads"])
def test_a_data_folder_that_is_out_of_order_is_one_sentence(
    tmp_path: Path, name: str
) -> None:
    """A link that leads nowhere stands for a disk that takes nothing: root may all."""
    (tmp_path / name).symlink_to(tmp_path / "gone" / "away")
    done = ask_settings("s.SECRET_KEY", tmp_path)
    last = done.stderr.splitlines()[-1]
    assert f"ImproperlyConfigured: QAWEB_DATA={tmp_path}: {tmp_path / name}: " in last


def test_only_this_user_of_the_machine_reads_a_new_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert ask_settings("s.DATA_DIR", data).stdout == f"{data}\n"
    assert data.stat().st_mode & 0o777 == 0o700


def test_processes_that_start_together_have_one_secret_key(tmp_path: Path) -> None:
    shown = "s.make_secret_key(s.DATA_DIR / 'another')"
    with ThreadPoolExecutor() as pool:
        made = pool.map(lambda _: ask_settings(shown, tmp_path).stdout, range(4))
    (key,) = set(made)
    assert len(key.strip()) > 50


def test_host_and_port_are_allowed_as_origins(tmp_path: Path) -> None:
    shown = ask_settings("s.ORIGINS", tmp_path, HOST="qa.example.org", PORT="81").stdout
    assert "http://qa.example.org:81" in shown
    assert "http://127.0.0.1:81" in shown


def test_an_address_of_ipv6_is_allowed_as_browsers_write_it(tmp_path: Path) -> None:
    shown = ask_settings("s.ORIGINS", tmp_path, HOST="fe80::1", PORT="81").stdout
    assert "'http://[fe80::1]:81'" in shown


def test_behind_https_pages_come_from_the_usual_port(tmp_path: Path) -> None:
    hosts = {"QAWEB_ALLOWED_HOSTS": "qa.example.org", "QAWEB_HTTPS": "yes"}
    done = ask_settings("s.ORIGINS", tmp_path, **hosts)
    assert done.stdout == "['https://qa.example.org']\n"


def test_every_host_at_once_is_refused(tmp_path: Path) -> None:
    done = ask_settings("s.ALLOWED_HOSTS", tmp_path, QAWEB_ALLOWED_HOSTS="*")
    assert done.returncode == 1
    assert "QAWEB_ALLOWED_HOSTS" in done.stderr


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    shown = "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0"
    done = ask_settings(shown, tmp_path, QAWEB_HTTPS="yes")
    assert done.stdout == "True True True\n"
    assert ask_settings(shown, tmp_path).stdout == "False False False\n"


def test_the_table_of_the_readme_names_every_variable_and_no_other() -> None:
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (`[^|]*) \|", readme.split("## Configuration")[1], re.M)
    named = {
        f"QAWEB_EMAIL{name}" if name.startswith("_") else name
        for row in table
        for name in re.findall(r"`([A-Z_]+)`", row)
    }
    source = (settings.BASE_DIR / "qaweb" / "settings.py").read_text(encoding="utf-8")
    assert named == set(re.findall(r'env_\w+\(\s*"(\w+)"', source))


@pytest.mark.django_db
def test_connections_take_the_write_lock_first_and_wait_for_it() -> None:
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert getattr(connection, "transaction_mode", None) == "IMMEDIATE"
    with connection.cursor() as cursor:
        (waits_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        (synchronous,) = cursor.execute("PRAGMA synchronous").fetchone()
        (foreign_keys,) = cursor.execute("PRAGMA foreign_keys").fetchone()
    assert (waits_ms, synchronous, foreign_keys) == (20_000, 1, 1)


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_every_verification_of_e_mails_can_be_started(
    tmp_path: Path, verification: str
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"QAWEB_DATA": str(tmp_path), "QAWEB_EMAIL_VERIFICATION": verification},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
