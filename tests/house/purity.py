"""What a module of pmcore may not say: anything by which two runs could differ.

import-linter holds the list of banned modules over the import graph. Here stands what it cannot
see: banned built-ins, clocks reached through allowed modules, chance outside the simulator, the
order of sets, coroutines, and state that lives in a module instead of in `State`.
"""

import ast
from collections.abc import Iterator

CALLS = {"__import__", "breakpoint", "eval", "exec", "globals", "input", "open", "print"}
# Both depend on the process: the hash of a string on PYTHONHASHSEED, an id on the memory.
PROCESS_BOUND = {"hash", "id"}
AMBIENT_CLOCKS = {"now", "utcnow", "today"}
COROUTINES = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
MUTABLE_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = {"list", "dict", "set", "bytearray", "deque", "defaultdict", "Counter"}
MUTATORS = {"append", "add", "extend", "insert", "update", "setdefault", "pop", "popitem", "clear"}
MUTATORS |= {"remove", "discard", "sort", "reverse", "appendleft", "popleft"}
DECLARATIONS = {"__all__", "__slots__", "__match_args__"}
# These take an iterable and keep its order; `sorted`, `min`, `max`, `len`, `any` and `all` do not.
KEEPS_ORDER = {"list", "tuple", "enumerate", "iter", "next", "map", "filter", "zip", "reversed"}
KEEPS_ORDER |= {"dict", "deque", "sum", "fsum", "join", "fromkeys", "fromiter", "chain"}
SET_ALGEBRA = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)


def findings(source: str, banned: frozenset[str], *, simulator: bool = False) -> list[str]:
    """One line, `line: what`, for each breach in a module's source."""
    tree = ast.parse(source)
    found = sorted(_breaches(tree, banned, simulator), key=lambda pair: pair[0])
    return [f"{line}: {what}" for line, what in found]


def _breaches(
    tree: ast.Module, banned: frozenset[str], simulator: bool
) -> Iterator[tuple[int, str]]:
    bound = _bound_names(tree)
    sets = _names_of_sets(tree)
    for node in ast.walk(tree):
        for what in (
            *_import_breaches(node, banned, simulator),
            *_name_breaches(node, bound),
            *_call_breaches(node, banned, simulator),
            *_order_breaches(node, sets),
        ):
            yield getattr(node, "lineno", 0), what
        if isinstance(node, COROUTINES):
            yield node.lineno, "coroutine"
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
    yield from _state_breaches(tree)


def _import_breaches(node: ast.AST, banned: frozenset[str], simulator: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
    else:
        return
    for name in names:
        top = name.split(".")[0]
        if top in banned:
            yield f"import of {top}"
        if top == "random" and not simulator:
            yield "chance outside pmcore.sim: import of random"
        if top == "random" and isinstance(node, ast.ImportFrom) and name != "random.Random":
            yield f"unseeded chance: {name}"
        if name.startswith("numpy.random") and not simulator:
            yield "chance outside pmcore.sim: import of numpy.random"
        if (name + ".").startswith("pmcore.sim.") and not simulator:
            yield "import of pmcore.sim from the rest of pmcore"


def _name_breaches(node: ast.AST, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
        if node.id in CALLS:
            yield f"use of {node.id}"
        if node.id in PROCESS_BOUND:
            yield f"use of {node.id}(), which differs between processes"


def _call_breaches(node: ast.AST, banned: frozenset[str], simulator: bool) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        chain = _dotted(node)
        top = chain.split(".")[0]
        if top in banned and chain.count(".") == 1:
            yield f"use of {chain}"
        if top == "random" and chain.count(".") == 1 and chain != "random.Random":
            yield f"unseeded chance: {chain}"
        if chain in {"np.random", "numpy.random"} and not simulator:
            yield f"chance outside pmcore.sim: {chain}"
    if isinstance(node, ast.Call):
        chain = _dotted(node.func)
        owner, _, last = chain.rpartition(".")
        if last in AMBIENT_CLOCKS and owner.split(".")[-1] in {"datetime", "date"}:
            yield f"ambient clock: {chain}()"
        arguments = len(node.args) + len(node.keywords)
        if last in {"fromtimestamp", "astimezone"} and arguments < 1 + (last == "fromtimestamp"):
            yield f"the machine's time zone: {chain}() without a zone"
        if last in {"Random", "default_rng"} and not arguments:
            yield f"unseeded chance: {chain}()"


def _order_breaches(node: ast.AST, sets: frozenset[str]) -> Iterator[str]:
    iterated: list[ast.expr] = []
    if isinstance(node, ast.For | ast.comprehension):
        iterated = [node.iter]
    elif isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] in KEEPS_ORDER:
        iterated = list(node.args)
    elif isinstance(node, ast.Starred | ast.YieldFrom):
        iterated = [node.value]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "pop" and not node.args:
            iterated = [node.func.value]
    for value in iterated:
        if _is_set(value, sets):
            yield f"order of a set: {ast.unparse(value)}"


def _is_set(node: ast.expr, sets: frozenset[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Call):
        last = _dotted(node.func).split(".")[-1]
        return last in {"set", "frozenset", "union", "intersection", "symmetric_difference"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, SET_ALGEBRA):
        return any(_is_set(side, sets) or _is_view(side) for side in (node.left, node.right))
    if isinstance(node, ast.Name):
        return node.id in sets
    return isinstance(node, ast.Attribute) and "." + node.attr in sets


def _is_view(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] in {"keys", "items"}


def _names_of_sets(tree: ast.Module) -> frozenset[str]:
    """Names (and `.attributes`) that this module assigns or annotates as sets."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and _annotates_set(node.annotation):
            found |= _targets(node.target)
        elif isinstance(node, ast.arg) and node.annotation and _annotates_set(node.annotation):
            found.add(node.arg)
        elif isinstance(node, ast.Assign) and _is_set(node.value, frozenset()):
            for target in node.targets:
                found |= _targets(target)
    return frozenset(found)


def _targets(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Name):
        return {target.id, "." + target.id}
    return {"." + target.attr} if isinstance(target, ast.Attribute) else set()


def _annotates_set(annotation: ast.expr) -> bool:
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return _dotted(outer).split(".")[-1] in {"set", "frozenset", "Set", "FrozenSet", "AbstractSet"}


def _state_breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """State outside `State`: mutable globals and class attributes, and tables changed later."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bodies = [tree.body, *(node.body for node in classes if not _copies_defaults(node))]
    for statement in (statement for body in bodies for statement in body):
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value:
            targets, value = [statement.target], statement.value
        else:
            continue
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        for name in names:
            if _is_mutable(value) and not name.isupper() and name not in DECLARATIONS:
                yield statement.lineno, f"mutable state outside State: {name}"
    tables = {name for name in _bound_names(tree) if name.isupper()}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    for node in {inner for function in functions for inner in ast.walk(function)}:
        if _changed_name(node) in tables:
            yield getattr(node, "lineno", 0), f"table changed at run time: {_changed_name(node)}"


def _copies_defaults(node: ast.ClassDef) -> bool:
    """msgspec gives each Struct its own copy of an empty default, and refuses one that is not."""
    return any(_dotted(parent).split(".")[-1] == "Struct" for parent in node.bases)


def _is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return _dotted(value.func).split(".")[-1] in MUTABLE_CALLS
    return isinstance(value, MUTABLE_DISPLAYS)


def _changed_name(node: ast.AST) -> str:
    owner: ast.expr | None = None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        owner = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value if node.func.attr in MUTATORS else None
    return owner.id if isinstance(owner, ast.Name) else ""


def _bound_names(tree: ast.Module) -> frozenset[str]:
    """Every name that the module itself gives a meaning to."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of attributes; anything but a name at its root is left empty."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
