"""The house rules no linter knows: each takes a module and yields what breaks it.

What a rule says, and where the thing may be done instead, stands in its docstring. test_house.py plants a violation
of every one.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Module:
    """A module as the rules see it."""

    path: PurePosixPath
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


Rule = Callable[[Module], Iterator[str]]

SQL_MODULES = {"queries", "writer", "projector", "keys", "log", "tables"}
SQL_FOLDERS = {"migrations", "queries"}
STATEMENT_MAKERS = {"select", "insert", "update", "delete", "text", "exists", "union", "union_all", "literal_column"}
STATEMENT = re.compile(r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|MERGE\s+INTO\s)")

COLLECTORS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "base", "misc"}

# A rule's code and a reason after it: noqa: S603 - why; type: ignore[attr-defined]  # why
BARE_SUPPRESSION = re.compile(
    r"#\s*(noqa(:\s*[A-Z]+[0-9]+(\s*,\s*[A-Z]+[0-9]+)*)?|type:\s*ignore(\[[a-z-]+(\s*,\s*[a-z-]+)*\])?"
    r"|pragma:\s*no (cover|branch))\s*$"
)


def sql_out_of_place(module: Module) -> Iterator[str]:
    """Statements are made in queries, writer, projector, keys, log and tables (or a folder queries/) and in migrations.

    Everyone else calls a function of those, so that whoever changes a table finds every statement on it.
    """
    if module.path.stem in SQL_MODULES or SQL_FOLDERS & set(module.path.parts):
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module=str(source), names=names) if source.split(".")[0] == "sqlalchemy":
                makers = [name.name for name in names if name.name in STATEMENT_MAKERS]
                yield from (f"line {node.lineno}: imports {maker} of {source}" for maker in makers)
            case ast.Attribute(value=ast.Name(id="sa" | "sqlalchemy" as owner), attr=attr) if attr in STATEMENT_MAKERS:
                yield f"line {node.lineno}: {owner}.{attr}"
            case ast.Constant(value=str(text)) if STATEMENT.match(text):
                yield f"line {node.lineno}: a statement in a string"


def collector_out_of_place(module: Module) -> Iterator[str]:
    """Prometheus collectors are made in modules named metrics, so that a name is registered once and found at once."""
    if module.path.stem == "metrics":
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module="prometheus_client", names=names):
                collectors = [name.name for name in names if name.name in COLLECTORS]
                yield from (f"line {node.lineno}: imports {collector}" for collector in collectors)
            case ast.Attribute(value=ast.Name(id="prometheus_client"), attr=attr) if attr in COLLECTORS:
                yield f"line {node.lineno}: prometheus_client.{attr}"


def done_at_import(module: Module) -> Iterator[str]:
    """Importing a module reads no setting and no environment and makes no app: entry points do, and pass them down."""
    for node in _run_at_import(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name.endswith("Settings"):
                yield f"line {node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="faust"), attr="App")):
                yield f"line {node.lineno}: faust.App()"
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv" as attr):
                yield f"line {node.lineno}: os.{attr}"
            case _:
                pass


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: all but entry points and the bodies of functions."""
    yield node
    for child in _children_run_at_import(node):
        yield from _run_at_import(child)


def _children_run_at_import(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, node.args]
        case ast.Lambda():
            return [node.args]
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return []
        case _:
            return list(ast.iter_child_nodes(node))


def suppression_without_reason(module: Module) -> Iterator[str]:
    """A suppression names its rule and says why on the line."""
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT and BARE_SUPPRESSION.search(token.string):
            yield f"line {token.start[0]}: {token.string}"


def name_that_says_nothing(module: Module) -> Iterator[str]:
    """A module is a noun or verb of the domain."""
    for part in (*module.path.parent.parts, module.path.stem):
        if part in EMPTY_NAMES:
            yield f"a module or folder named {part}"


def mock(module: Module) -> Iterator[str]:
    """Fakes, not mocks: a fake passes the suite of what it stands for, and survives a refactoring."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names) if any(name.name.startswith("unittest.mock") for name in names):
                yield f"line {node.lineno}: imports unittest.mock"
            case ast.ImportFrom(module="unittest.mock"):
                yield f"line {node.lineno}: imports unittest.mock"
            case ast.ImportFrom(module="unittest", names=names) if any(name.name == "mock" for name in names):
                yield f"line {node.lineno}: imports unittest.mock"


RULES: tuple[Rule, ...] = (
    sql_out_of_place,
    collector_out_of_place,
    done_at_import,
    suppression_without_reason,
    name_that_says_nothing,
    mock,
)


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Every module under `folders` of `root`, in the order of their paths."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield Module(PurePosixPath(path.relative_to(root).as_posix()), path.read_text())
