"""Imports only point down (architecture.md, sections 3 and 8), read with ``ast``."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import answers.reader

ROOT: Final = Path(__file__).parent.parent
FOLDERS: Final = ("answers", "qaweb")

DJANGO_FREE: Final = (
    "answers.calibrating",
    "answers.comparing",
    "answers.fetching",
    "answers.installed",
    "answers.naming",
    "answers.plotting",
    "answers.reader",
    "answers.spreadsheets",
    "answers.squad",
    "answers.texts",
    "answers.training",
)
DJANGO_WORLD: Final = ("django", "channels", "allauth", "qaweb")
PURE: Final = ("tokens", "windows", "batches", "decoding", "alignment", "ranking")

# Heavy or dangerous libraries, and the modules that may import them.
OWNERS: Final = {
    "openvino": ("answers.reader.engine", "answers.training"),
    "transformers": ("answers.reader.tokens", "answers.training"),
    "tokenizers": ("answers.reader.tokens", "answers.training"),
    "torch": ("answers.training",),
    "nncf": ("answers.training",),
    "safetensors": ("answers.training",),
}
# What only batcher.py, of all the reader, may use.
THREADS: Final = ("threading", "queue", "_thread", "multiprocessing")
# What pure modules have no business with: input and output, the clock, logging.
IMPURE: Final = ("os", "io", "sys", "time", "datetime", "logging", "random", "socket")
IMPURE_ALLOWED: Final = {("answers.reader.tokens", "os")}  # one variable, at load

# The edges go through the use case, never to the reader: of its public names they may
# use the values that travel and the errors, not what reads.
EDGES: Final = (
    "answers.admin",
    "answers.consumers",
    "answers.forms",
    "answers.library",
    "answers.management",
    "answers.reviewing",
    "answers.views",
)
READS: Final = ("Reader", "Reading", "ReaderConfig")
BELOW: Final = {
    # module -> what it must never import, because it stands above
    "answers.models": ("asking", "library", "runtime", "forms", "views", "consumers"),
    "answers.library": ("asking", "runtime", "forms", "views", "consumers"),
    "answers.runtime": ("asking", "library", "models", "forms", "views", "consumers"),
    "answers.asking": ("forms", "views", "consumers", "admin", "urls", "routing"),
    "answers.reviewing": ("asking", "runtime", "admin", "views", "consumers"),
    "answers.forms": ("views", "consumers", "admin", "urls", "routing"),
}
NEVER_CALLED: Final = {"utils", "helpers", "services", "managers", "types", "common"}


def is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == p or module.startswith(f"{p}.") for p in packages)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, Path]:
    paths = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")]
    return {module_name(path): path for path in sorted(paths)}


def imports(module: str, path: Path) -> Iterator[str]:
    """All imported names, written out in full, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve(module, path, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def resolve(module: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


IMPORTS: Final = {
    module: sorted(set(imports(module, path))) for module, path in sources().items()
}


def offenders(modules: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        if is_in(module, modules)
        for name in names
        if is_in(name, forbidden)
    ]


def test_the_guard_sees_the_code() -> None:
    assert "answers.reader.reader" in IMPORTS
    assert "answers.reader.batcher.Batcher" in IMPORTS["answers.reader.reader"]
    assert "threading" in IMPORTS["answers.reader.batcher"]
    assert "openvino" in IMPORTS["answers.reader.engine"]


def test_importing_the_app_package_imports_nothing() -> None:
    assert (ROOT / "answers" / "__init__.py").read_text() == ""


def test_what_is_free_of_django_imports_none_of_it() -> None:
    assert offenders(DJANGO_FREE, DJANGO_WORLD) == []


def test_what_calls_itself_free_of_django_is_looked_at() -> None:
    """A docstring that says so is a promise; the list above keeps it."""
    says_so = {
        module
        for module, path in sources().items()
        if re.search(r"Django-free|[Ff]ree of Django", first_docstring(path))
    }
    assert [module for module in says_so if not is_in(module, DJANGO_FREE)] == []


def first_docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_django_free_code_imports_no_module_of_the_django_side() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        if is_in(module, DJANGO_FREE)
        for name in names
        if is_in(name, ("answers",)) and not is_in(name, DJANGO_FREE)
    ]
    assert wrong == []


def test_nobody_imports_training_but_itself() -> None:
    wrong = [
        line
        for line in offenders(FOLDERS, ("answers.training",))
        if not line.startswith("answers.training")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_heavy_libraries_have_one_place(library: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        if not is_in(module, OWNERS[library])
        for name in names
        if is_in(name, (library,))
    ]
    assert wrong == []


def test_what_is_free_of_django_knows_no_asyncio() -> None:
    assert offenders(DJANGO_FREE, ("asyncio", "asgiref")) == []


def test_threads_are_the_batchers_alone() -> None:
    users = {line.split()[0] for line in offenders(("answers.reader",), THREADS)}
    assert users == {"answers.reader.batcher"}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_nothing_outside(name: str) -> None:
    module = f"answers.reader.{name}"
    wrong = [
        imported
        for imported in IMPORTS[module]
        if is_in(imported, (*IMPURE, *THREADS, "subprocess"))
        and (module, imported) not in IMPURE_ALLOWED
    ]
    assert wrong == []


def test_the_edges_never_reach_around_the_use_case_to_the_reader() -> None:
    allowed = {f"answers.reader.{name}" for name in answers.reader.__all__}
    allowed -= {f"answers.reader.{name}" for name in READS}
    wrong = [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        if is_in(module, EDGES)
        for name in names
        if is_in(name, ("answers.reader",)) and name not in allowed
    ]
    assert wrong == []


def test_only_the_runtime_builds_a_reader() -> None:
    calls = [
        module
        for module, path in sources().items()
        if not is_in(module, ("answers.reader", "answers.training"))
        and any(builds_reader(node) for node in ast.walk(ast.parse(path.read_text())))
    ]
    assert [module for module in calls if module != "answers.runtime"] == []


def builds_reader(node: ast.AST) -> bool:
    """``Reader(...)`` or ``Reader.load(...)``."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr == "load":
        called = called.value
    return isinstance(called, ast.Name) and called.id == "Reader"


@pytest.mark.parametrize("module", sorted(BELOW))
def test_modules_do_not_import_what_stands_above_them(module: str) -> None:
    above = tuple(f"answers.{name}" for name in BELOW[module])
    assert offenders((module,), above) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for module in IMPORTS for part in module.split(".")}
    assert not parts & NEVER_CALLED


def test_importing_the_reader_loads_neither_django_nor_a_model() -> None:
    heavy = (
        "django channels openvino transformers tokenizers torch nncf asyncio".split()
    )
    code = (
        "import sys, answers.reader\n"
        f"print([name for name in {heavy} if name in sys.modules])\n"
        "print([name for name in sys.modules if name.startswith('answers.')"
        " and not name.startswith('answers.reader')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
