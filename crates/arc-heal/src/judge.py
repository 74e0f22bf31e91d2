"""Reads texts and edits of them; tells which are programs, and which two are the same one. Runs nothing of what it reads."""
import ast, bisect, builtins, hashlib, json, sys, warnings

warnings.simplefilter("always")


def fault(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "file", "exec", dont_inherit=True)
    except SyntaxError as error:
        return {
            "line": error.lineno or 1,
            "column": error.offset or 0,
            "end_line": getattr(error, "end_lineno", None) or error.lineno or 1,
            "message": error.msg or "",
            "kind": type(error).__name__,
        }
    except (ValueError, RecursionError, MemoryError) as error:
        return {"line": 1, "column": 0, "end_line": 1, "message": str(error), "kind": type(error).__name__}
    return None


def unknown(tree):
    bound = set(dir(builtins)) | {"__file__", "__name__", "__doc__", "__path__", "__spec__", "__class__"}
    used = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                used.append(node.id)
            else:
                bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            if node.name == "*":
                return []
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            bound.update(node.names)
        elif hasattr(ast, "MatchAs") and isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            bound.add(node.name)
    return sorted({name for name in used if name not in bound})


PLAIN = (
    ast.Name, ast.Compare, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Attribute,
    ast.Subscript, ast.IfExp, ast.JoinedStr, ast.Lambda,
)


def idle(tree):
    """Statements that compute something and drop it."""
    return sum(isinstance(node, ast.Expr) and isinstance(node.value, PLAIN) for node in ast.walk(tree))


def read(text):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        tree = ast.parse(text)
        compile(tree, "file", "exec", dont_inherit=True)
    shape = hashlib.sha256(ast.dump(tree).encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return {"shape": shape, "unknown": unknown(tree), "warnings": len(said), "idle": idle(tree)}


WORDS = ("def ", "class ", "@", "async ")


def depth(line):
    return len(line) - len(line.lstrip())


def near(lines, first, last):
    """The definition around some lines, and the lines that follow in it."""
    begin = next((at for at in range(first - 1, -1, -1) if lines[at].lstrip().startswith(WORDS)), None)
    if begin is None:
        return None
    own = depth(lines[begin])
    if any(line.strip() and depth(line) <= own and not line.lstrip().startswith(WORDS + tuple(")]}#")) for line in lines[begin + 1:first]):
        return None
    outside = (at for at in range(last + 1, len(lines)) if lines[at].lstrip().startswith(WORDS) and depth(lines[at]) <= own)
    return begin, next(outside, len(lines)), own


def widths(lines, first, last):
    """Ever larger pieces around some lines that can be read alone, the whole last."""
    found = near(lines, first, last)
    if found:
        yield found
    words = WORDS + ("import ", "from ", "if ")
    tops = [0] + [at for at, line in enumerate(lines) if line.startswith(words)] + [len(lines)]
    yield max(at for at in tops if at <= first), min(at for at in tops if at > last or at == len(lines)), 0
    yield 0, len(lines), 0


def parses(piece, is_inner):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("if 1:\n" + piece if is_inner else piece)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def answer(text):
    try:
        return read(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def main():
    request = json.load(sys.stdin)
    text = request["text"]
    if "edits" not in request:
        found = fault(text)
        told = {"fault": found}
        if found is None:
            told["reading"] = read(text)
        json.dump(told, sys.stdout)
        return
    edits = request["edits"]
    data = text.encode("utf-8", "surrogatepass")
    if request["asks_faults"]:
        edited = (data[:start] + new.encode("utf-8", "surrogatepass") + data[stop:] for start, stop, new in edits)
        json.dump({"faults": [fault(one.decode("utf-8", "surrogatepass")) for one in edited]}, sys.stdout)
        return
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-8", "surrogatepass")) + 1)
    starts[-1] -= 1
    first = bisect.bisect_right(starts, min(edit[0] for edit in edits)) - 1
    last = min(bisect.bisect_right(starts, max(edit[1] for edit in edits)) - 1, len(lines) - 1)
    answers = [None] * len(edits)
    for begin, end, own in widths(lines, first, last):
        low, high = starts[begin], starts[end]
        for at, (start, stop, replacement) in enumerate(edits):
            new = replacement.encode("utf-8", "surrogatepass")
            piece = (data[low:start] + new + data[stop:high]).decode("utf-8", "surrogatepass")
            if parses(piece, own > 0):
                answers[at] = answer((data[:start] + new + data[stop:]).decode("utf-8", "surrogatepass"))
        if any(answers):
            break
    json.dump({"answers": answers}, sys.stdout)


main()
