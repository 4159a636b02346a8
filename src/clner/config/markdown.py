"""The reference of all settings, docs/settings.md, from the models of the configuration."""

import json
from collections.abc import Iterator
from html import escape
from inspect import cleandoc

from clner.config.sections import schema

INTRODUCTION = """# Every setting

Made by `make docs` from the models that check `config.yaml`; do not edit it here. A section is a
stage, and a dot in a key is a level of the YAML: `adaptation.epochs: 2` under `encoder` is
`encoder: {adaptation: {epochs: 2}}`. What is not set has its default. `config.yaml` sets some of
them for the demo, and an experiment laid over it (`--configfile`) replaces those it names; lists
are replaced as a whole, maps merge.

Each stage takes its settings as options too: `python -m clner.teacher --help`.
"""

HEAD = "| key | allowed | default | meaning |\n|---|---|---|---|\n"

# A section whose keys are the user's own names, and what these are.
NAMED = {"corpora": "language", "lexicons": "pair"}


def reference() -> str:
    """The page: a table for each section, a row for each setting."""
    whole = json.loads(schema())
    return "\n".join([INTRODUCTION, *_sections(whole, whole["$defs"])])


def _sections(config: dict, models: dict) -> Iterator[str]:
    plain = {}
    for name, field in config["properties"].items():
        inner = _model(_values(field) if name in NAMED else field, models)
        if inner:
            key = f"{name}.<{NAMED[name]}>" if name in NAMED else name
            said = escape(cleandoc(inner["description"]), quote=False)
            yield f"## `{key}`\n\n{said}\n\n{HEAD}{''.join(_rows(inner, models))}"
        else:
            plain[name] = field
    rows = _rows({**config, "properties": plain}, models)
    yield f"## Beside the stages\n\n{HEAD}{''.join(rows)}"


def _rows(model: dict, models: dict, above: str = "", values: dict | None = None) -> Iterator[str]:
    """The settings of a model, those of models in it too; `values` are its own defaults there."""
    for name, field in model["properties"].items():
        default = (values or {}).get(name, field.get("default"))
        inner = _model(field, models)
        if inner:
            yield from _rows(inner, models, f"{above}{name}.", default)
        else:
            yield _row(above + name, field, default, name in model.get("required", []))


def _values(field: dict) -> dict | None:
    """What the values of a map are, where that is declared."""
    found = [field.get("additionalProperties"), *field.get("patternProperties", {}).values()]
    return next((value for value in found if isinstance(value, dict)), None)


def _model(field: dict | None, models: dict) -> dict | None:
    """The model that a field holds, if it does; it may hold null as well."""
    held = [] if field is None else [field, *field.get("anyOf", [])]
    names = [one["$ref"].rpartition("/")[2] for one in held if "$ref" in one]
    return models[names[0]] if names else None


def _row(key: str, field: dict, default: object, required: bool) -> str:
    shown = "required" if required else f"`{json.dumps(default, ensure_ascii=False)}`"
    meaning = escape(field["description"], quote=False)
    cells = [f"`{key}`", _allowed(field), shown, meaning]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _allowed(field: dict) -> str:
    """What a field may hold, in words."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_allowed(one) for one in field["anyOf"]))
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    match field.get("type"):
        case "array" if "prefixItems" in field:
            return " and ".join(_allowed(one) for one in field["prefixItems"])
        case "array":
            return f"list of {_allowed(field['items'])}"
        case "object":
            values = _values(field)
            return f"map to {_allowed(values)}" if values else "map"
        case "integer" | "number" as kind:
            return " ".join([kind, *_bounds(field)])
        case "boolean":
            return "`true`, `false`"
        case "null":
            return "`null`"
        case "string":
            return "text"
    return "any"


def _bounds(field: dict) -> Iterator[str]:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    for name, sign in signs.items():
        if name in field:
            yield f"{sign} {field[name]:g}"
