"""Tells what the standard library offers. Imports modules of the standard library only, in isolation."""
import builtins, importlib, importlib.util, json, pkgutil, sys

LIKELY = (
    "typing collections collections.abc itertools functools dataclasses datetime re math operator string os os.path sys "
    "pathlib json enum abc contextlib io copy time random types warnings textwrap inspect unicodedata bisect heapq decimal "
    "fractions numbers struct hashlib logging subprocess tempfile shutil threading traceback uuid urllib.parse base64 "
    "binascii codecs csv argparse glob platform queue secrets socket statistics weakref html keyword locale"
).split()

# Packages whose modules programs take by their last name: `from xml.parsers import expat`.
PACKAGES = (
    "asyncio collections concurrent ctypes email encodings html http importlib json logging multiprocessing unittest urllib wsgiref "
    "xml.dom xml.etree xml.parsers xml.sax xmlrpc"
).split()

request = json.load(sys.stdin)
modules = sorted(set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names) | {m.name for m in pkgutil.iter_modules()})
owners = {}
for name in request["names"]:
    for module in LIKELY:
        try:
            offered = importlib.import_module(module)
        except Exception:
            continue
        public = getattr(offered, "__all__", None)
        if name in (public if public is not None else [n for n in vars(offered) if not n.startswith("_")]) and not isinstance(getattr(offered, name, None), type(sys)):
            owners.setdefault(name, []).append(module)
    for package in PACKAGES:
        try:
            places = importlib.util.find_spec(package).submodule_search_locations or []
        except (AttributeError, ImportError, ValueError):
            continue
        if any(one.name == name for one in pkgutil.iter_modules(places)):
            owners.setdefault(name, []).append(package)
    if name == "path":
        owners[name] = ["os"] + owners.get(name, [])
members = []
asked = request.get("module", "")
own = asked.split(".")[0] in getattr(sys, "stdlib_module_names", ())
if (asked in modules or own) and asked.split(".")[0] not in ("this", "antigravity", "idlelib", "test", "turtledemo"):
    try:
        module = importlib.import_module(asked)
        members = sorted(set(dir(module)) | {one.name for one in pkgutil.iter_modules(getattr(module, "__path__", []))})
    except Exception:
        pass
json.dump({"modules": modules, "owners": owners, "members": members, "builtins": dir(builtins)}, sys.stdout)
