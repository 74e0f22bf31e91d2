"""What nobody writes on purpose: calls that fail whatever they are given, texts that hold code, values that change nothing."""
import ast, re, string

# How many arguments functions of the language take, at least and at most.
TAKEN = {
    "abs": (1, 1), "all": (1, 1), "any": (1, 1), "ascii": (1, 1), "bin": (1, 1), "bool": (0, 1), "callable": (1, 1), "chr": (1, 1),
    "delattr": (2, 2), "dir": (0, 1), "divmod": (2, 2), "enumerate": (1, 2), "float": (0, 1), "format": (1, 2), "frozenset": (0, 1),
    "getattr": (2, 3), "hasattr": (2, 2), "hash": (1, 1), "hex": (1, 1), "id": (1, 1), "input": (0, 1), "int": (0, 2),
    "isinstance": (2, 2), "issubclass": (2, 2), "iter": (1, 2), "len": (1, 1), "list": (0, 1), "next": (1, 2), "oct": (1, 1),
    "ord": (1, 1), "pow": (2, 3), "range": (1, 3), "repr": (1, 1), "reversed": (1, 1), "round": (1, 2), "set": (0, 1),
    "setattr": (3, 3), "slice": (1, 3), "sorted": (1, 1), "str": (0, 3), "sum": (1, 2), "tuple": (0, 1), "vars": (0, 1),
}
# The same of methods that are called so on texts, lists and dictionaries and hardly elsewhere.
TAKEN_BY = {
    "append": (1, 1), "capitalize": (0, 0), "casefold": (0, 0), "endswith": (1, 3), "extend": (1, 1), "isalnum": (0, 0),
    "isalpha": (0, 0), "isdigit": (0, 0), "islower": (0, 0), "isspace": (0, 0), "isupper": (0, 0), "items": (0, 0), "keys": (0, 0),
    "lower": (0, 0), "lstrip": (0, 1), "rstrip": (0, 1), "setdefault": (1, 2), "splitlines": (0, 1), "startswith": (1, 3),
    "strip": (0, 1), "swapcase": (0, 0), "upper": (0, 0), "values": (0, 0), "zfill": (1, 1),
}
# What these are given is no truth.
OF_VALUES = {"abs", "bin", "chr", "divmod", "enumerate", "hex", "iter", "len", "next", "oct", "ord", "range", "reversed", "round"}
# What makes a value of a truth, where only a truth is asked for.
MADE_OF = {"float", "int", "len", "str"}
# What these give has no parts.
WHOLE = {
    "abs", "all", "any", "bool", "callable", "delattr", "enumerate", "float", "hasattr", "hash", "id", "int", "isinstance", "issubclass",
    "iter", "len", "ord", "print", "reversed", "round", "set", "setattr", "zip", "map", "filter",
}
# What a name that begins so is, is called.
ACTION = re.compile(
    r"_?(?:add|as|build|can|check|compile|compute|convert|create|decode|dump|encode|extract|fetch|find|format|get|has|is|iter|load|make|"
    r"normalize|open|parse|read|remove|resolve|set|should|split|strip|to|update|validate|write)_[a-z]"
)
PLACES = re.compile(r"%(?:\((\w*)\))?[#0\- +]*(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%])")
# A text that goes on as code does between two texts.
CODE = re.compile(r"(?:^|\s)(?:[*+%/-]|[=!<>]=|and|or|if|else|in|is|not)\s+\(*(\w+)(?:\(|\.\w|\[)")
ENDS = (ast.Break, ast.Continue, ast.Raise, ast.Return)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def ends(node):
    """Whether nothing that stands behind a statement in its block is ever run."""
    if isinstance(node, ast.If):
        return bool(node.orelse) and ends(node.body[-1]) and ends(node.orelse[-1])
    return isinstance(node, ENDS)


def is_truth(node):
    return isinstance(node, ast.Compare) or isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def is_same(one, other):
    return type(one) is type(other) and ast.dump(one) == ast.dump(other)


def literal(node, kind):
    return isinstance(node, ast.Constant) and type(node.value) is kind


def called(node):
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


class Signature:
    """What a function takes."""

    def __init__(self, arguments, skipped):
        given = (getattr(arguments, "posonlyargs", []) + arguments.args)[skipped:]
        self.names = [argument.arg for argument in given]
        self.needed = max(len(given) - len(arguments.defaults), 0)
        self.most = None if arguments.vararg else len(given)
        only = list(zip(arguments.kwonlyargs, arguments.kw_defaults))
        self.named = {argument.arg for argument, _ in only} | set(self.names)
        self.wanted = {argument.arg for argument, default in only if default is None}
        self.takes_any = arguments.kwarg is not None

    def refuses(self, call):
        places, names, is_open = call
        if not self.takes_any and names - self.named:
            return True
        if places is None or is_open:
            return False
        if self.most is not None and places > self.most:
            return True
        return bool((set(self.names[places:self.needed]) | self.wanted) - names)


def asked(call):
    """How many arguments a call gives by place (none where nobody knows), which by name, and whether there may be others."""
    is_starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    names = {keyword.arg for keyword in call.keywords}
    return None if is_starred else len(call.args), names - {None}, None in names


class Oddities:
    """The odd parts of some part of a program, and what is needed to know of more in the light of the rest."""

    def __init__(self):
        self.count, self.signatures, self.binds, self.calls, self.texts = 0, {}, {}, {}, []
        self.given, self.parted = set(), []

    def bind(self, name):
        self.binds[name] = self.binds.get(name, 0) + 1

    def take(self, node, without):
        if isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, DEFINITIONS):
            self.define(node)
        elif isinstance(node, ast.ClassDef):
            self.bind(node.name)
            made = [one for one in node.body if isinstance(one, DEFINITIONS) and one.name in ("__init__", "__new__")]
            is_plain = len(made) == 1 and made[0].name == "__init__" and made[0].lineno not in without
            if is_plain and not (node.decorator_list or node.keywords or made[0].decorator_list):
                self.signatures[node.name] = Signature(made[0].args, 1)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            self.bind(node.id)
            self.given.add(node.id)
        elif isinstance(node, ast.Subscript):
            self.part(node)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            self.bind("self." + node.attr)
        elif isinstance(node, ast.arg):
            self.bind(node.arg)
            self.given.add(node.arg)
        elif isinstance(node, ast.alias):
            self.bind((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.BinOp):
            self.count += self.is_odd_sum(node)
        elif isinstance(node, ast.Compare):
            self.count += len(node.ops) == 1 and is_same(node.left, node.comparators[0])
        elif isinstance(node, ast.Attribute):
            self.count += literal(node.value, str) and node.value.value == "" and node.attr != "join"
        elif literal(node, str) and "\n" not in node.value:
            self.texts.extend([names] for names in [set(CODE.findall(node.value))] if names)
        # What stands behind the end of its block is never run.
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            self.count += isinstance(block, list) and any(map(ends, block[:-1]))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp):
            self.count += literal(node.value.left, str)
        # What is made of a text goes somewhere.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self.count += literal(node.value.func.value, str)
        tests = node.values if isinstance(node, ast.BoolOp) else [getattr(node, "test", None)]
        self.count += sum(called(test) in MADE_OF and any(map(is_truth, test.args)) for test in tests if test)

    def define(self, node):
        arguments = getattr(node.args, "posonlyargs", []) + node.args.args
        is_method = bool(arguments) and arguments[0].arg in ("self", "cls")
        name = "self." + node.name if is_method else node.name
        self.bind(name)
        if not node.decorator_list:
            self.signatures[name] = Signature(node.args, int(is_method))

    def part(self, node):
        """A part is taken of something."""
        whole = called(node.value)
        if whole in WHOLE:
            self.parted.append((whole, False))
        elif isinstance(node.value, ast.Name) and ACTION.match(node.value.id):
            self.parted.append((node.value.id, True))

    def call(self, node):
        places, names, is_open = asked(node)
        own = called(node)
        if isinstance(node.func, ast.Attribute):
            self.count += self.is_odd_method(node, places, is_open)
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "self":
                own = "self." + node.func.attr
        if own:
            self.calls.setdefault(own, []).append((places, names, is_open))
        if own in OF_VALUES:
            self.count += any(map(is_truth, node.args))
        for argument in node.args:
            parts = []
            if isinstance(argument, ast.BoolOp):
                parts = argument.values
            elif isinstance(argument, ast.Compare):
                parts = [argument.left] + argument.comparators
            parts = [part.operand if isinstance(part, ast.UnaryOp) else part for part in parts]
            # What is asked of one thing or another is asked of each.
            self.count += any(isinstance(part, ast.Call) and is_same(part.func, node.func) for part in parts)

    def is_odd_method(self, node, places, is_open):
        method, value = node.func.attr, node.func.value
        if method == "format" and literal(value, str) and places is not None and not is_open:
            return self.is_odd_format(value.value, places, {keyword.arg for keyword in node.keywords})
        if method == "join" and literal(value, str):
            return places is not None and places != 1
        taken = TAKEN_BY.get(method)
        if not taken or places is None or is_open or node.keywords:
            return False
        return not taken[0] <= places <= taken[1]

    def is_odd_format(self, text, places, names):
        try:
            fields = [field for _, field, inner, _ in string.Formatter().parse(text) if field is not None]
            inner = [inner for _, _, inner, _ in string.Formatter().parse(text) if inner]
            fields += [field for one in inner for _, field, _, _ in string.Formatter().parse(one) if field is not None]
        except ValueError:
            return True
        fields = [re.split(r"[.\[]", field)[0] for field in fields]
        numbers = [int(field) + 1 for field in fields if field.isdigit()]
        needed = max(numbers + [fields.count("")])
        return needed != places or {field for field in fields if field and not field.isdigit()} != names

    def is_odd_sum(self, node):
        left, right = node.left, node.right
        if isinstance(node.op, ast.Mult) and any(literal(one, str) and one.value == "" for one in (left, right)):
            return True
        if isinstance(node.op, ast.Mod) and literal(left, str):
            return self.is_odd_place(left.value, right)
        if any(map(is_truth, (left, right))) and not isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor)):
            return True
        # One more, and then times something, is that many more.
        if isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(right, ast.BinOp) and literal(right.left, int) and right.left.value == 1:
            whole = isinstance(right.op, (ast.Mult, ast.FloorDiv, ast.Mod))
            return whole or isinstance(right.op, ast.Div) and literal(right.right, int)
        return False

    def is_odd_place(self, text, given):
        places = [place for place in PLACES.findall(text) if place[3] != "%"]
        if any(name for name, _, _, _ in places):
            return isinstance(given, (ast.Tuple, ast.Constant))
        count = len(places) + sum((wide == "*") + (exact == "*") for _, wide, exact, _ in places)
        if isinstance(given, ast.Tuple):
            return not any(isinstance(one, ast.Starred) for one in given.elts) and len(given.elts) != count
        is_one = isinstance(given, (ast.Constant, ast.JoinedStr, ast.Compare)) or called(given) in TAKEN.keys() - {"getattr", "next", "tuple"}
        return is_one and count != 1

    def of(self, name, rest):
        """The odd calls of one name."""
        calls = self.calls.get(name, []) + rest.calls.get(name, [])
        binds = self.binds.get(name, 0) + rest.binds.get(name, 0)
        signature = self.signatures.get(name) or rest.signatures.get(name)
        if not calls or (binds and (binds > 1 or not signature)):
            return 0
        if signature:
            return sum(map(signature.refuses, calls))
        taken = TAKEN.get(name)
        if not taken:
            return 0
        return sum(
            places is not None and not is_open and not names and not taken[0] <= places <= taken[1] for places, names, is_open in calls
        )

    def all(self, rest, bound):
        """How much is odd of both parts of a program, which binds some names."""
        if not hasattr(rest, "alone"):
            nothing = Oddities()
            rest.alone = {name: rest.of(name, nothing) for name in rest.calls}
        here = set(self.calls) | set(self.signatures) | set(self.binds)
        count = self.count + rest.count + sum(rest.alone.values())
        count += sum(self.of(name, rest) - rest.alone.get(name, 0) for name in here)
        given = self.given | rest.given
        for name, is_own in self.parted + rest.parted:
            # What the language has and the program binds is something else; so is an action that is given a value.
            count += name not in given if is_own else not (self.binds.get(name) or rest.binds.get(name))
        return count + sum(bool(names & bound) for one in self.texts + rest.texts for names in one)
