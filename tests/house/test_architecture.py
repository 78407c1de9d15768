"""The house stands: imports go down, stages stay strangers, files stay readable."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pipeline"

# First path part under pipeline/ (without .py) → floor. A part that is missing here fails the test, so that
# whoever adds a room says where it stands.
FLOORS = {
    "__init__": 0, "errors": 0, "records": 0, "languages": 0,
    "text": 1, "files": 1, "sentences": 1, "quotes": 1, "signature": 1, "inflect": 1, "termbase": 1, "data": 0,
    "segment": 2, "terms": 2, "acronyms": 2, "translate": 2, "checks": 2, "score": 2, "memory": 2, "align": 2,
    "engines": 3, "formats": 3, "models": 3,
    "run": 4, "batch": 4, "review": 4, "training": 4,
    "cli": 5,
}  # fmt: skip
STAGES = {"segment", "terms", "acronyms", "translate", "checks", "score", "memory", "align"}


def room(path: Path) -> str:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    # termbase_lint.py, memory_match.py … belong to the room that they are named after.
    return part if part in FLOORS else part.split("_")[0]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.startswith("pipeline.")}


def rooms_imported(path: Path) -> set[str]:
    parts = {name.split(".")[1] for name in imported(ast.parse(path.read_text(encoding="utf-8")))}
    return {part if part in FLOORS else part.split("_")[0] for part in parts if part[:1] != "_"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    here = room(path)
    assert here in FLOORS, f"{path.name}: say on which floor the room {here!r} stands"
    for other in rooms_imported(path) - {here}:
        assert other in FLOORS, f"{path.name} imports unknown room {other!r}"
        assert FLOORS[other] <= FLOORS[here], f"{path.name} (floor {FLOORS[here]}) imports {other} above it"
        assert not (here in STAGES and other in STAGES), f"stage {here} imports stage {other}"


def test_rooms_on_one_floor_do_not_import_in_circles():
    edges = {}
    for path in modules():
        edges.setdefault(room(path), set()).update(rooms_imported(path) - {room(path)})
    seen, path = set(), []

    def visit(name):
        assert name not in path, f"circle: {' → '.join([*path, name])}"
        if name in seen:
            return
        path.append(name)
        for other in sorted(edges.get(name, ())):
            visit(other)
        path.pop()
        seen.add(name)

    for name in sorted(edges):
        visit(name)


def is_table(tree: ast.Module) -> bool:
    """A file of data: nothing but constants, however long."""
    return not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_readable(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400 or is_table(ast.parse(source)), f"{path.name} is over 400 lines"


def test_functions_stay_short():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules()]
    functions = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = sorted(node.end_lineno - node.lineno + 1 for node in functions)
    assert lengths[len(lengths) // 2] <= 12
    assert lengths[int(len(lengths) * 0.9)] <= 40


def test_only_the_command_line_prints():
    for path in modules():
        if room(path) in {"cli", "training"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called != "print", f"{path.name}:{node.lineno} prints"
