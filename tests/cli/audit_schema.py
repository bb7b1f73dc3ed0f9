# SPDX-License-Identifier: Apache-2.0
"""audit_schema.py SRCDIR SCHEMAS VERDICTS...: files of profiles and claims by their JSON Schemas and by the readers.

SCHEMAS is a folder with profiles.schema.json and claims.schema.json, VERDICTS the command that runs tests/audit/verdicts.
Of each file, right or wrong, the verdict of the schema must be that of the reader, but for CANNOT: what no schema can say.
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys

from jsonschema import Draft202012Validator

source, folder, command = sys.argv[1], sys.argv[2], sys.argv[3:]
stride, offset = int(os.environ.get("LOWP_TEST_STRIDE") or 1), int(os.environ.get("LOWP_TEST_OFFSET") or 0)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


schemas = {kind: load(f"{folder}/{kind}.schema.json") for kind in ("profiles", "claims")}
validators = {kind: Draft202012Validator(schema) for kind, schema in schemas.items()}


def check(name, good, *detail):
    print("ok" if good else "FAILED", name)
    if not good:
        print(name + ":", *detail, sep="\n  ", file=sys.stderr)


def read(documents):
    """What the reader says of (kind, document): "ok", or its message."""
    lines = "".join(f"{kind} {json.dumps(document)}\n" for kind, document in documents)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(documents), done.stderr
    return answers


# --- what a schema cannot say ------------------------------------------------------------------------------------------

FIGURE = {"value": 2, "unit": "GB", "grade": "vendor", "source": "s"}
SOURCES = {"s": {"title": "t", "date": "2026"}}


def chips(*more):
    names = [{"name": "A", "vendor": "v", "scope": "s", "status": "x", **keys} for keys in more]
    return "profiles", {"schema": "lowp-profiles-1", "sources": SOURCES, "chips": names}


def models(*more):
    return "profiles", {"schema": "lowp-profiles-1", "sources": SOURCES, "models": [{"name": "M", **k} for k in more]}


def claims(*more):
    own = {"text": "x", "subject": "A", "quantity": "tdp", "value": 1, "unit": "W"}
    listed = [{"id": "1", **own, **keys} for keys in more]
    article = {"title": "t", "kind": "k", "date": "2026"}
    return "claims", {"schema": "lowp-claims-1", "article": article, "claims": listed}


def figure(**keys):
    return {**FIGURE, **keys}


CANNOT = [
    (r"is there twice", chips({"aliases": ["B", "b"]})),
    (r"there is already a chip", chips({}, {"name": "a"})),
    (r"is already the name of a chip", chips({}, {"name": "B", "families": ["a"]})),
    (r"is already the name of a family", chips({"families": ["b"]}, {"name": "B"})),
    (r"there is already a model", models({}, {"name": "m"})),
    (r"there is already a claim", claims({}, {})),
    (r'is not in "sources"', chips({"memory": figure(source="q")})),
    (r"the value does not lie in it", chips({"memory": figure(range=[3, 4])})),
    (r"the sparse peak is below", chips({"peaks": {"fp8": {"dense": figure(unit="PFLOPS"),
                                                             "sparse": figure(unit="TFLOPS")}}})),
    (r"'memory_physical' is below", chips({"memory": FIGURE, "memory_physical": figure(value=1)})),
    (r"is above 'params'", models({"params": figure(unit="param"), "active": figure(value=3, unit="param")})),
    (r"'low' is above 'high'", claims({"value": {"low": 2, "high": 1}})),
    (r"must ascend", claims({"conditions": {"batches": [2, 1]}})),
    (r"a text of 1 to 4096 bytes", chips({"note": "\u00e4" * 2049})),
]
answers = read([document for _, document in CANNOT])
for (pattern, (kind, document)), answer in zip(CANNOT, answers):
    check(f"the reader alone says: {answer[3:]}", re.search(pattern, answer) and validators[kind].is_valid(document),
          f"'{pattern}' expected", *(str(e.message)[:200] for e in validators[kind].iter_errors(document)))


def compare(name, documents, least=1):
    """Documents are (what, kind, document). At least this many of them must be refused."""
    wrong, refused = [], 0
    for (what, kind, document), answer in zip(documents, read([(k, d) for _, k, d in documents])):
        valid = validators[kind].is_valid(document)
        refused += answer != "ok"
        if valid != (answer == "ok") and not (valid and any(re.search(p, answer) for p, _ in CANNOT)):
            wrong.append(f"{what}: the schema {'accepts' if valid else 'refuses'} it, the reader says: {answer}")
    check(f"{name}: {len(documents)} documents, {refused} refused", not wrong and refused >= least, *wrong[:20])


# --- the schemas themselves --------------------------------------------------------------------------------------------

for kind, schema in schemas.items():
    try:
        Draft202012Validator.check_schema(schema)
        check(f"the schema of {kind} is one", True)
    except Exception as e:
        check(f"the schema of {kind} is one", False, str(e)[:400])
    text = json.dumps(schema)
    used = {name for name in schema["$defs"] if f'"#/$defs/{name}"' in text}
    check(f"the schema of {kind} uses what it defines", used == set(schema["$defs"]), set(schema["$defs"]) - used)
    bare = [key for part in [schema, *schema["$defs"].values()] for key, value in part.get("properties", {}).items()
            if "description" not in value]
    check(f"the schema of {kind} describes its keys", not bare, bare)

# --- files that are there ----------------------------------------------------------------------------------------------

shipped = [(path, "profiles", load(f"{source}/{path}"))
           for path in ("data/chips.json", "data/models.json", "tests/audit/profiles.json")]
shipped += [(path, "claims", load(path)) for path in sorted(glob.glob(f"{source}/data/claims/*.json"))]
compare("shipped files", shipped, 0)

with open(f"{source}/docs/audit.md", encoding="utf-8") as f:
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", f.read(), re.S)]
check("docs/audit.md has two examples", len(examples) == 2)
compare("examples", [("example", "claims" if "claims" in e else "profiles", e) for e in examples], 0)

corpus = []
for kind in schemas:
    for path in sorted(glob.glob(f"{source}/tests/fuzz/corpus/{kind}/*")):
        try:
            corpus.append((path, kind, load(path)))
        except ValueError:
            pass  # no JSON: what a schema never sees
compare("corpora of the fuzzers", corpus, 10)

# --- limits and units --------------------------------------------------------------------------------------------------

PART = {"subject": "A", "quantity": "tdp", "value": 1, "unit": "W"}


def parts(count, **more):
    kind, document = claims({"parts": [PART] * count, **more})
    claim = document["claims"][0]
    for key in set(PART) - {"subject"} - set(more):
        del claim[key]
    return kind, document


edges = [chips(*({"name": f"A{i}"} for i in range(1001))), claims(*({"id": f"{i}"} for i in range(10001)))]
edges += [chips({"aliases": [f"B{i}" for i in range(count)]}) for count in (0, 32, 33)]
edges += [claims({"value": [1] * count}) for count in (0, 1, 64, 65)]
edges += [claims({"conditions": {"batches": list(range(1, count + 1))}}) for count in (0, 64, 65)]
edges += [claims({"conditions": {"from": [{"value": 1, "unit": "x"}] * count}}) for count in (0, 64, 65)]
edges += [claims({"conditions": {"chips": count}}) for count in (0.5, 1, 1e12, 1e12 + 1)]
edges += [claims({"value": value}) for value in (-1e-30, 0, 1e30, 1.1e30)]
edges += [claims({"conditions": {"prefix_cache_hit_rate": {"value": value, "unit": unit}}})
          for value, unit in ((0, "x"), (0.99, "x"), (1, "x"), (0, "%"), (99.9, "%"), (100, "%"), (0.5, "token"))]
edges += [chips({"memory": figure(value=value)}) for value in (0, 1e-30, 1e30, 1.1e30)]
edges += [chips({"note": "x" * count}) for count in (0, 1, 4096, 4097)]
edges += [chips({"note": f"a{chr(code)}b"}) for code in (0x1F, 0x20, 0x7E, 0x7F, 0x80)]
edges += [parts(count) for count in (0, 1, 64, 65)]
edges += [parts(1, **{key: PART[key]}) for key in ("quantity", "value", "unit")]
edges += [parts(1, approximate=True), parts(1, conditions={})]
compare("limits", [(f"limit {i}", *document) for i, document in enumerate(edges)], 20)

# Every unit under a key of every dimension, and with a quantity of every dimension.
rules = schemas["claims"]["$defs"]["statement"]["allOf"]
quantities = [rule["if"]["properties"]["quantity"]["enum"] for rule in rules]
units = max((rule["then"]["properties"]["unit"].get("enum", []) for rule in rules), key=len)
keys = {}
for what in ("chips", "models"):
    for key, value in schemas["profiles"]["properties"][what]["items"]["properties"].items():
        if value.get("$ref", "").startswith("#/$defs/figure"):
            keys[value["$ref"]] = (what, key)
makers = {"chips": chips, "models": models}
compare("units of figures", [(f"{key}, {unit}", *makers[what]({key: figure(unit=unit)}))
                             for what, key in keys.values() for unit in units], 200)
compare("units of quantities", [(f"{names[0]}, {unit}", *claims({"quantity": names[0], "unit": unit}))
                                for names in quantities for unit in units], 400)
compare("quantities", [(name, *claims({"quantity": name, "unit": names_unit}))
                       for names in quantities for name in names for names_unit in ("GB", "x")], 40)

# --- mutations of the shipped files ------------------------------------------------------------------------------------

WRONG = [None, True, 0, -1, 1, 1.5, 2.0, 1e31, "", "text", "a\nb", "2026-13", "2026-03\n", "x" * 4097, "fp4", "FP4", "TFLOPS",
         "gb", "GB", "vendor", [], ["FP4", "bf16"], [1, 2], [1.5, 1.5], [1, 2, 3], ["a"] * 2, [{}], [0], {}, {"colour": 1},
         {"value": 1, "unit": "GB"}, {"low": 1, "high": 2}, {"low": 1}]


def paths(value, path=()):
    """(path, object or list, key or index) of everything below."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield path + (key,), value, key
        yield from paths(value[key], path + (key,))


def shape(path, place, quantity):
    """What counts as one place: entries of a list, sources, and figures but for their units."""
    key = path[-1]
    if isinstance(place, dict) and "grade" in place and key != "unit":
        return "figure", key
    own = quantity if key in ("value", "unit", "quantity") else None
    named = len(path) > 1 and path[0] == "sources"
    return (own,) + tuple("#" if isinstance(step, int) or named and i == 1 else step for i, step in enumerate(path))


def changed(document, path, change):
    made = copy.deepcopy(document)
    place = made
    for step in path[:-1]:
        place = place[step]
    change(place, path[-1])
    return made


def mutations(kind, documents):
    """Each shape of path is mutated where it is first seen; which wrong values it gets goes round."""
    seen, turn, made = set(), 0, []
    for document in documents:
        quantity = document["claims"][0].get("quantity") if kind == "claims" else None
        for path, place, key in list(paths(document)):
            where = shape(path, place, quantity)
            if where in seen:
                continue
            seen.add(where)

            def add(what, change):
                made.append((f"{'.'.join(map(str, path))}: {what}", kind, changed(document, path, change)))

            if isinstance(place, dict):
                add("dropped", lambda p, k: p.pop(k))
            if isinstance(place[key], dict):
                add("has an unknown key", lambda p, k: p[k].update({"colour": 1}))
            if isinstance(place[key], list) and place[key]:
                add("has 65 entries", lambda p, k: p.update({k: p[k] * 65}))
            for _ in range(3 if key == "unit" or where[0] == quantity else 8):
                value = WRONG[turn % len(WRONG)]
                turn += 1
                add(f"is {json.dumps(value)[:40]}", lambda p, k: p.__setitem__(k, value))
    return made[offset % stride::stride]


def one_by_one(document, key):
    """The document with one entry of a list at a time."""
    return [{**document, key: [entry]} for entry in document[key]]


_, _, chip_file = shipped[0]
_, _, model_file = shipped[1]
small = [("profiles", one_by_one(chip_file, "chips") + one_by_one(model_file, "models") + examples[:1]),
         ("claims", [d for _, kind, document in shipped if kind == "claims" for d in one_by_one(document, "claims")])]
for kind, documents in small:
    for document in documents:
        # Sources that are not used are not looked at twice.
        if kind == "profiles":
            names = set(re.findall(r'"source": "([^"]*)"', json.dumps(document)))
            document["sources"] = {k: v for k, v in document["sources"].items() if k in names}
    made = mutations(kind, documents)
    compare(f"mutations of {kind}", made, len(made) // 3)
