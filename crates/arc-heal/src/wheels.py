"""Chooses wheels that give a module to an environment, and unpacks them into a folder of ours. Reads only; runs nothing of what it reads."""
import base64, configparser, hashlib, json, os, platform, re, sys, sysconfig, zipfile

MOST_WHEELS, MOST_FILES, MOST_BYTES, MOST_PACKAGES = 2000, 20000, 256 << 20, 60
request = json.load(sys.stdin)
root, place, site, python = request["root"], request["environment"], request["site"], tuple(request["version"])


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


VERSION = re.compile(
    r"^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+[\w.]+)?\s*$",
    re.I,
)


def key(text):
    """The order of versions of PEP 440; None for what is none."""
    found = VERSION.match(text)
    if not found:
        return None
    epoch, release, pre, pre_number, post_short, post, post_number, dev, dev_number = found.groups()
    parts = [int(part) for part in release.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    rank = {"a": 0, "alpha": 0, "b": 1, "beta": 1}.get(pre.lower(), 2) if pre else None
    before = (rank, int(pre_number or 0)) if pre else ((-1, 0) if dev and not (post or post_short) else (3, 0))
    after = int(post_short or post_number or 0) if post or post_short else -1
    return (int(epoch or 0), tuple(parts), before, after, int(dev_number or 0) if dev else float("inf"))


def is_early(text):
    found = VERSION.match(text)
    return bool(found and (found.group(3) or found.group(8)))


def meets(version, specifiers):
    """Whether a version is one that is asked for. What cannot be read is not met."""
    own = key(version)
    for part in filter(None, (part.strip() for part in specifiers.split(","))):
        found = re.match(r"^(===|==|!=|~=|<=|>=|<|>|\^)\s*([^\s]+)$", part)
        if not found or own is None:
            return False
        how, wanted = found.groups()
        if wanted.endswith(".*") and how in ("==", "!="):
            stem = [int(n) for n in re.findall(r"\d+", wanted)]
            mine = list(own[1]) + [0] * len(stem)
            if (mine[: len(stem)] == stem) != (how == "=="):
                return False
            continue
        other = key(wanted)
        if how == "===":
            fits = version == wanted
        elif other is None:
            return False
        elif how in ("~=", "^"):
            numbers = [int(n) for n in re.findall(r"\d+", wanted.split("+")[0])]
            keep = max(1, len(numbers) - 1) if how == "~=" else next((at + 1 for at, n in enumerate(numbers) if n), len(numbers))
            mine = list(own[1]) + [0] * keep
            fits = own >= other and mine[:keep] == numbers[:keep]
        else:
            fits = {"==": own == other, "!=": own != other, "<=": own <= other, ">=": own >= other, "<": own < other, ">": own > other}[how]
        if not fits:
            return False
    return True


VALUES = {
    "python_version": ".".join(map(str, python)), "python_full_version": ".".join(map(str, python)) + ".0", "os_name": os.name,
    "sys_platform": sys.platform, "platform_system": platform.system(), "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(), "implementation_name": sys.implementation.name, "extra": "",
}


def holds(marker):
    """Whether a marker of PEP 508 is true here."""
    tokens = re.findall(r"\(|\)|\band\b|\bor\b|not\s+in\b|\bin\b|===|==|!=|~=|<=|>=|<|>|'[^']*'|\"[^\"]*\"|[\w.]+", marker)

    def value(token):
        return token[1:-1] if token[0] in "'\"" else VALUES.get(token, "")

    def term():
        if tokens[0] == "(":
            tokens.pop(0)
            result = either()
            tokens.pop(0)
            return result
        left, how, right = tokens.pop(0), tokens.pop(0), tokens.pop(0)
        a, b = value(left), value(right)
        if how == "in":
            return a in b
        if how.startswith("not"):
            return a not in b
        if key(a) and key(b) and "version" in left + right:
            return meets(a, how + b)
        return {"==": a == b, "===": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}.get(how, False)

    def both():
        result = term()
        while tokens and tokens[0] == "and":
            tokens.pop(0)
            result = term() and result
        return result

    def either():
        result = both()
        while tokens and tokens[0] == "or":
            tokens.pop(0)
            result = both() or result
        return result

    try:
        return either()
    except (IndexError, TypeError):
        return False


def requirement(line):
    """(name, specifiers) of a requirement that counts here, else None."""
    line, _, marker = line.partition(";")
    found = re.match(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^()@]*)\)?\s*$", line)
    if not found or (marker.strip() and not holds(marker)):
        return None
    return normal(found.group(1)), found.group(2).strip()


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def manifests():
    """What the project says that it needs: specifiers by name."""
    wanted, folders = {}, []

    def need(name, specifiers):
        wanted.setdefault(name, []).append(specifiers)

    for name in sorted(os.listdir(root)):
        if re.match(r"^(requirements|constraints).*\.(txt|in)$", name):
            for line in text_of(os.path.join(root, name)).splitlines():
                line = re.sub(r"(^|\s)#.*", "", line).split(" --hash")[0].rstrip("\\ ").strip()
                links = re.match(r"^(?:--find-links|-f)[= ]\s*(\S+)", line)
                if links:
                    folders.append(links.group(1))
                found = requirement(line) if line and not line.startswith("-") else None
                if found:
                    need(*found)
    try:
        import tomllib
        project = tomllib.loads(text_of(os.path.join(root, "pyproject.toml")))
    except Exception:
        project = {}
    try:
        lines = list(project.get("project", {}).get("dependencies", []))
        for group in list(project.get("project", {}).get("optional-dependencies", {}).values()) + list(project.get("dependency-groups", {}).values()):
            lines += [line for line in group if isinstance(line, str)]
        for found in filter(None, map(requirement, lines)):
            need(*found)
        for name, said in project.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
            said = said.get("version", "") if isinstance(said, dict) else said
            if isinstance(said, str) and normal(name) != "python":
                need(normal(name), "" if said == "*" else ("==" + said if re.match(r"^\d[\w.]*$", said) else said))
        for lock in ("poetry.lock", "uv.lock", "pdm.lock"):
            for package in tomllib.loads(text_of(os.path.join(root, lock))).get("package", []):
                need(normal(package["name"]), "==" + package["version"])
    except Exception:
        pass
    settings = configparser.RawConfigParser()
    try:
        settings.read_string(text_of(os.path.join(root, "setup.cfg")))
        for line in settings.get("options", "install_requires", fallback="").splitlines():
            found = requirement(line)
            if found:
                need(*found)
    except configparser.Error:
        pass
    settings = configparser.RawConfigParser()
    try:
        settings.read_string(text_of(os.path.join(place, "pip.conf")))
        for part in ("global", "install"):
            folders.extend(settings.get(part, "find-links", fallback="").split())
    except configparser.Error:
        pass
    return wanted, folders


def fits(tags):
    """How well a wheel fits this interpreter: smaller is better, None for not at all."""
    machine = sysconfig.get_platform().split("-", 1)[-1].replace("-", "_").replace(".", "_")
    is_musl = "musl" in (sysconfig.get_config_var("SOABI") or "")
    best = None
    for py in tags[0].split("."):
        for abi in tags[1].split("."):
            for plat in tags[2].split("."):
                own = f"cp{python[0]}{python[1]}"
                digits = re.match(r"^(?:cp|py)(\d)(\d*)$", py)
                if not digits or int(digits.group(1)) != python[0] or int(digits.group(2) or 0) > python[1]:
                    continue
                if plat != "any" and not (plat.endswith("_" + machine) and plat.startswith("musllinux" if is_musl else ("linux", "manylinux"))):
                    continue
                if not (abi == "none" and (py.startswith("py") or py == own) or abi == "abi3" and py.startswith("cp") or abi == own and py == own):
                    continue
                rank = (plat == "any", abi != own, abi != "abi3")
                best = rank if best is None or rank < best else best
    return best


class Wheel:
    def __init__(self, path):
        self.path = path
        parts = os.path.basename(path)[:-4].split("-")
        self.name, self.version = normal(parts[0]), parts[1]
        self.rank = fits(parts[-3:]) if len(parts) in (5, 6) else None

    def open(self):
        return zipfile.ZipFile(self.path)

    def gives(self, module):
        stem = module.replace(".", "/")
        try:
            with self.open() as archive:
                names = archive.namelist()
        except Exception:
            return False
        for name in names:
            name = re.sub(r"^[^/]+\.data/(?:purelib|platlib)/", "", name)
            if name.startswith(stem + "/") and name.endswith((".py", ".so", ".pyi")) or re.match(re.escape(stem) + r"(\.py|\.(?:cpython-|abi3)?[\w-]*\.?so)$", name):
                return True
        return False

    def needs(self):
        try:
            with self.open() as archive:
                name = next(name for name in archive.namelist() if re.match(r"^[^/]+\.dist-info/METADATA$", name))
                said = archive.open(name).read(1 << 20).decode("utf-8", "replace")
        except Exception:
            return []
        head = said.split("\n\n")[0]
        return list(filter(None, (requirement(line[14:]) for line in head.splitlines() if line.startswith("Requires-Dist:"))))


def answer(**said):
    json.dump(said, sys.stdout)
    sys.exit()


wanted, linked = manifests()
folders = []
for folder in request["folders"] + linked:
    folder = folder[7:] if folder.startswith("file://") else folder
    folder = os.path.join(root, folder)
    if "://" not in folder and os.path.isdir(folder) and folder not in folders:
        folders.append(folder)
wheels = []
for folder in folders:
    for name in sorted(os.listdir(folder))[:MOST_WHEELS]:
        if name.endswith(".whl") and name.count("-") >= 4:
            wheels.append(Wheel(os.path.join(folder, name)))
installed = {}
for name in os.listdir(site):
    found = re.match(r"^(.+)-([^-]+)\.dist-info$", name)
    if found:
        installed[normal(found.group(1))] = found.group(2)


def best(name, specifiers):
    """The newest wheel of a package that fits here and is asked for."""
    able = [w for w in wheels if w.name == name and w.rank is not None and all(meets(w.version, s) for s in specifiers)]
    final = [w for w in able if not is_early(w.version)] or able
    newest = max((key(w.version) or () for w in final), default=None)
    return min((w for w in final if (key(w.version) or ()) == newest), key=lambda w: w.rank, default=None)


module = request["module"]
giving = {w.name for w in wheels if w.gives(module)}
if not giving:
    answer(none=True, folders=folders)
if len(giving) > 1:
    declared = {name for name in giving if name in wanted}
    same = {name for name in giving if name == normal(module.split(".")[0])}
    giving = declared if len(declared) == 1 else same if len(same) == 1 else giving
if len(giving) > 1:
    answer(why="several packages give it: " + ", ".join(sorted(giving)))
first = giving.pop()
allowed = [normal(name) for name in request["packages"]]
chosen, todo, absent = {}, [(first, wanted.get(first, []))], []
while todo and len(chosen) < MOST_PACKAGES:
    name, specifiers = todo.pop(0)
    if name in chosen:
        continue
    wheel = best(name, specifiers)
    if wheel is None:
        if name == first:
            have = ", ".join(sorted({os.path.basename(w.path) for w in wheels if w.name == first}))
            answer(why=f"no wheel of {first} fits this interpreter and what the project asks for ({' '.join(filter(None, specifiers)) or 'any version'}): {have}")
        absent.append(name)
        continue
    if allowed and name not in allowed:
        answer(why=f"`packages` of arc.toml does not allow {name}")
    if name in installed and name == first:
        answer(why=f"{name} {installed[name]} is installed and does not give it")
    chosen[name] = wheel
    for need, asked in wheel.needs():
        if need not in installed:
            todo.append((need, [asked] + wanted.get(need, [])))

files, total = {}, 0
base = os.path.relpath(site, place)


def keep(path, data, mode):
    global total
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        answer(why=f"a wheel has a file that would lie elsewhere: {path!r}")
    total += len(data)
    if len(files) >= MOST_FILES or total > MOST_BYTES:
        answer(why="the wheels are too big")
    there = os.path.join(place, path)
    if os.path.lexists(there) or path in files:
        if path.endswith("/__init__.py") and path in files and files[path][0] == data:
            return
        answer(why=f"{path} is there already")
    files[path] = (data, mode)


def entry(module, attribute):
    return (f"#!{place}/bin/python\nimport sys\nfrom {module} import {attribute.split('.')[0]}\nif __name__ == '__main__':\n    sys.exit({attribute}())\n").encode()


try:
    for name, wheel in chosen.items():
        record = []
        with wheel.open() as archive:
            info = next(n.split("/")[0] for n in archive.namelist() if re.match(r"^[^/]+\.dist-info/RECORD$", n))
            hashes = {}
            for line in archive.open(info + "/RECORD").read(8 << 20).decode("utf-8", "replace").splitlines():
                path, _, rest = line.rpartition(",")
                path, _, told = path.rpartition(",")
                hashes[path.strip('"')] = told
            for member in archive.infolist():
                if member.is_dir() or member.filename == info + "/RECORD":
                    continue
                if member.file_size > MOST_BYTES - total:
                    answer(why="the wheels are too big")
                data = archive.open(member).read()
                told = hashes.get(member.filename)
                signed = member.filename.startswith(info + "/RECORD.")
                if not signed:
                    if not told or "=" not in told:
                        answer(why=f"{os.path.basename(wheel.path)}: RECORD does not know {member.filename}")
                    kind, _, value = told.partition("=")
                    if kind not in ("sha256", "sha384", "sha512") or base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=").decode() != value:
                        answer(why=f"{os.path.basename(wheel.path)}: {member.filename} is not what RECORD says")
                path, mode = member.filename, 0o755 if (member.external_attr >> 16) & 0o111 else 0o644
                inside = re.match(r"^[^/]+\.data/(purelib|platlib|scripts|data|headers)/(.+)$", path)
                if inside:
                    kind, rest = inside.groups()
                    if kind == "headers":
                        continue
                    if kind == "scripts":
                        if data.startswith(b"#!python"):
                            data = f"#!{place}/bin/python".encode() + data[data.index(b"\n") :]
                        mode = 0o755
                    path = {"scripts": "bin/" + rest, "data": rest}.get(kind, base + "/" + rest)
                else:
                    path = base + "/" + path
                keep(path, data, mode)
                record.append(path)
            if info + "/entry_points.txt" in archive.namelist():
                points = configparser.RawConfigParser(delimiters=("=",))
                points.optionxform = str
                try:
                    points.read_string(archive.open(info + "/entry_points.txt").read(1 << 20).decode("utf-8", "replace"))
                except configparser.Error:
                    pass
                for part in ("console_scripts", "gui_scripts"):
                    for script, target in points.items(part) if points.has_section(part) else []:
                        module_name, _, attribute = target.split("[")[0].strip().partition(":")
                        if re.match(r"^[\w.-]+$", script) and re.match(r"^[\w.]+$", module_name) and re.match(r"^[\w.]+$", attribute):
                            keep("bin/" + script, entry(module_name, attribute), 0o755)
                            record.append("bin/" + script)
        keep(f"{base}/{info}/INSTALLER", b"arc\n", 0o644)
        record.append(f"{base}/{info}/INSTALLER")
        lines = []
        for path in record:
            data = files[path][0]
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            shown = os.path.relpath(path, base)
            lines.append(('"%s"' % shown if "," in shown else shown) + f",sha256={digest},{len(data)}\n")
        lines.append(f"{info}/RECORD,,\n")
        keep(f"{base}/{info}/RECORD", "".join(lines).encode(), 0o644)
except (zipfile.BadZipFile, StopIteration, OSError, RuntimeError, NotImplementedError, EOFError) as error:
    answer(why=f"a wheel cannot be read: {error}")
told = []
for number, (path, (data, mode)) in enumerate(sorted(files.items())):
    with open(os.path.join(request["out"], str(number)), "wb") as file:
        file.write(data)
    told.append([path, mode])
answer(packages=[[w.name, w.version, os.path.relpath(w.path, root)] for w in chosen.values()], files=told, absent=absent)
