"""Reads texts and edits of them; tells which are programs, and which two are the same one. Runs nothing of what it reads."""
import ast, bisect, builtins, hashlib, json, sys, warnings
# `Oddities` stands in oddities.py, which is put before this text.

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


class Names:
    """What some part of a program binds and uses, and its statements that compute something and drop it."""

    def __init__(self):
        self.bound, self.used, self.idle, self.is_open, self.odd = set(), set(), 0, False, Oddities()

    def take(self, node, without):
        self.odd.take(node, without)
        if isinstance(node, ast.Name):
            (self.used if isinstance(node.ctx, ast.Load) else self.bound).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.bound.add(node.name)
        elif isinstance(node, ast.arg):
            self.bound.add(node.arg)
        elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            given = STARS.get("." * node.level + (node.module or ""))
            self.is_open = self.is_open or given is None
            self.bound.update(given or ())
        elif isinstance(node, ast.alias):
            self.bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self.bound.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.bound.update(node.names)
        elif hasattr(ast, "MatchAs") and isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            self.bound.add(node.name)
        elif isinstance(node, ast.Expr):
            self.idle += isinstance(node.value, PLAIN)


PLAIN = (
    ast.Name, ast.Compare, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Attribute,
    ast.Subscript, ast.IfExp, ast.JoinedStr, ast.Lambda,
)
KNOWN = set(dir(builtins)) | {"__file__", "__name__", "__doc__", "__path__", "__spec__", "__class__"}


def names(tree, without=range(0)):
    """The names of a program outside of some lines. What has no line of its own is where the node above it is."""
    found = Names()
    open_nodes = [(tree, 0)]
    while open_nodes:
        node, line = open_nodes.pop()
        line = getattr(node, "lineno", line)
        if line not in without:
            found.take(node, without)
        open_nodes.extend((child, line) for child in ast.iter_child_nodes(node))
    return found


# The names of a module may be made while it runs.
MAKERS = {"globals", "locals", "vars", "exec", "setattr", "__getattr__"}


def given(text):
    """What a star brings from a module, rather more than less; `None` where its text does not tell."""
    tree = parsed(text, False)
    found = names(tree) if tree else None
    if found is None or found.is_open or MAKERS & (found.used | found.bound):
        return None
    brought = set(found.bound)
    for node in tree.body:
        if any(isinstance(one, ast.Name) and one.id == "__all__" for one in ast.walk(node)):
            texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
            brought.update(text for text in texts if isinstance(text, str))
        elif isinstance(node, ast.ImportFrom) and node.level and node.module:
            # What a package imports from becomes a part of it.
            brought.add(node.module.split(".")[0])
    return brought


# What the stars of the text bring, by how their modules are written.
STARS = {}


def constant(value):
    """A constant in a form that is the same in every process: sets have no order of their own."""
    if hasattr(value, "co_code"):
        return same(value)
    if isinstance(value, (tuple, frozenset)):
        parts = [constant(part) for part in value]
        return type(value).__name__, parts if isinstance(value, tuple) else sorted(map(repr, parts))
    return type(value).__name__, repr(value)


def same(code):
    """Equal for two programs that do the same, wherever their lines stand."""
    consts = tuple(map(constant, code.co_consts))
    return (
        code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_argcount,
        code.co_kwonlyargcount, code.co_flags, getattr(code, "co_exceptiontable", b""), consts,
    )


def read(text, own=None, rest=None):
    """What a text is. `own` are the names of the part that was edited and `rest` those of all else, where they are known."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        code = compile(text, "file", "exec", dont_inherit=True)
    own, rest = own or names(ast.parse(text)), rest or Names()
    used, bound = own.used | rest.used, own.bound | rest.bound | KNOWN
    is_open = own.is_open or rest.is_open
    return {
        "shape": hashlib.sha256(repr(same(code)).encode("utf-8", "surrogatepass")).hexdigest()[:24],
        "unknown": [] if is_open else sorted(used - bound),
        "warnings": len(said),
        "idle": own.idle + rest.idle,
        "odd": own.odd.all(rest.odd, bound),
    }


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
    after = last + 1
    if lines[last].lstrip().startswith("@"):
        # A decorator is no program without what it decorates.
        heads = (at for at in range(after, len(lines)) if lines[at].lstrip().startswith(("def ", "class ", "async ")))
        after = next(heads, len(lines) - 1) + 1
    outside = (at for at in range(after, len(lines)) if lines[at].lstrip().startswith(WORDS) and depth(lines[at]) <= own)
    return begin, next(outside, len(lines)), own


def top(lines, first, last):
    """Statements that nothing is around, with all of some lines in them."""
    words = WORDS + ("import ", "from ", "if ")
    tops = [0] + [at for at, line in enumerate(lines) if line.startswith(words)] + [len(lines)]
    return max(at for at in tops if at <= first), min(at for at in tops if at > last or at == len(lines)), 0


def widths(lines, first, last):
    """Ever larger pieces around some lines that can be read alone, the whole last."""
    found = near(lines, first, last)
    if found:
        yield found
    yield top(lines, first, last)
    yield 0, len(lines), 0


# Definitions in which the whole fault is looked for.
MOST_PLACES = 8


def parsed(piece, is_inner):
    """The tree of a piece that can be read alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse("if 1:\n" + piece if is_inner else piece)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Piece:
    """Some lines of a program, in which all edits lie."""

    def __init__(self, data, low, high, line, own):
        self.data, self.low, self.high, self.line, self.own = data, low, high, line, own
        self.rest = None

    def is_all(self):
        """Whether the fault lies in the piece: without it, all else is a program."""
        filler = " " * self.own + "def _(): pass\n"
        text = self.data[:self.low] + filler.encode() + self.data[self.high:]
        return parsed(text.decode("utf-8", "surrogatepass"), False) is not None

    def answer(self, start, stop, new):
        new = new.encode("utf-8", "surrogatepass")
        piece = (self.data[self.low:start] + new + self.data[stop:self.high]).decode("utf-8", "surrogatepass")
        # An edit may move the head to the very front.
        tree = parsed(piece, piece.startswith((" ", "\t")))
        if tree is None:
            return None
        text = (self.data[:start] + new + self.data[stop:]).decode("utf-8", "surrogatepass")
        try:
            rest = self.rest
            # What moves lines may move them from one block to another.
            if rest is None or not (self.data[start:stop] + new).strip():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    lines = range(self.line + 1, self.line + 1 + len(piece.split("\n")) - piece.endswith("\n"))
                    rest = names(ast.parse(text), lines)
                self.rest = self.rest or rest
            return read(text, names(tree), rest)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def main():
    request = json.load(sys.stdin)
    text = request["text"]
    STARS.update({module: given(own) for module, own in request["stars"].items()})
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
    def span(edits):
        first = bisect.bisect_right(starts, min(edit[0] for edit in edits)) - 1
        return first, min(bisect.bisect_right(starts, max(edit[1] for edit in edits)) - 1, len(lines) - 1)

    def piece(begin, end, own):
        return Piece(data, starts[begin], starts[end], begin, own)

    def within(own):
        return [edit[0] >= own.low and edit[1] <= own.high and own.answer(*edit) or None for edit in edits]

    if parsed(text, False) is not None:
        # Nothing is broken: each edit is for the lines that it changes.
        places = [near(lines, *span([edit])) or top(lines, *span([edit])) for edit in edits]
        own = {place: piece(*place) for place in dict.fromkeys(places)}
        answers = [own[place].answer(*edit) for place, edit in zip(places, edits)]
        if not any(answers):
            # What is around them may be no whole piece.
            whole = piece(0, len(lines), 0)
            answers = [whole.answer(*edit) for edit in edits]
        return json.dump({"answers": answers}, sys.stdout)
    # Where one definition holds the whole fault no edit outside of what is around it at the top can be a repair. The likeliest
    # one is where the parser stops, whether or not an edit is there.
    told = fault(text)
    stop = min(told["line"], len(lines)) - 1
    inside = dict.fromkeys([near(lines, stop, stop)] + [near(lines, *span([edit])) for edit in edits])
    for place in [place for place in inside if place][:MOST_PLACES]:
        own = piece(*place)
        if own.is_all():
            answers = within(own)
            if not any(answers):
                answers = within(piece(*top(lines, place[0], place[1] - 1)))
            return json.dump({"answers": answers}, sys.stdout)
    answers = [None] * len(edits)
    for place in widths(lines, *span(edits)):
        own = piece(*place)
        answers = [own.answer(*edit) for edit in edits]
        if any(answers) or own.is_all():
            break
    json.dump({"answers": answers}, sys.stdout)


main()
