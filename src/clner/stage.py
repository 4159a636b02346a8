"""What all stages share: settings with descriptions, and a command line made from them."""

import argparse
import inspect
import json
import logging
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clner.errors import ClnerError
from clner.files.disk import refusal
from clner.jobs.progress import no_bars_in_logs
from clner.jobs.ranks import is_first

T = TypeVar("T", bound=BaseModel)
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
"""Of a variant or a study: a part of paths."""


class Settings(BaseModel):
    """Base of every stage's settings: frozen, strict about types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_settings(kind: type[T], values: dict, where: str) -> T:
    """Validate `values` as settings of `kind`.

    Raises ClnerError naming the key, the value and what is allowed, one line a fault.
    """
    try:
        # Through JSON, so that lists may fill tuples while types stay strict.
        return kind.model_validate_json(json.dumps(values))
    except TypeError as error:
        raise ClnerError(f"{where}: {error}") from None
    except ValidationError as error:
        raise ClnerError("\n".join(_fault(kind, where, e) for e in error.errors())) from None


def _fault(kind: type[BaseModel], where: str, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(kind, error["loc"][:-1])
        close = get_close_matches(str(error["loc"][-1]), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        return f"{where}: unknown setting {key}; {hint}"
    value = error["input"]
    hint = ""
    if value is False or value is True:
        hint = " (YAML reads no, yes, on and off as booleans: quote them)"
    elif isinstance(value, str) and _is_number(value):
        plain = _with_dot(value)
        said = f"YAML reads {value} as text" if plain != value else "--config passes only text"
        hint = f" ({said}: write {plain}, unquoted, in a file)"
    prefix = f"{where}: {key} = {value!r}" if key else where
    # A validator's own text, which pydantic puts "Value error, " before.
    said = error["ctx"]["error"] if error["type"] == "value_error" else error["msg"]
    return f"{prefix}: {said}{hint}"


def _with_dot(number: str) -> str:
    """The same number as YAML 1.1 reads it: 2e-5 needs a dot, 2.0e-05."""
    mantissa, _, exponent = repr(float(number)).partition("e")
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}e{exponent}" if exponent else mantissa


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fields_at(kind: type[BaseModel], path: tuple) -> list[str]:
    """Names of the settings under `path`; empty where `path` leaves the declared models."""
    for part in path:
        field = kind.model_fields.get(part) if isinstance(part, str) else None
        if field is None:
            continue  # a key of a map, or a position in a list: the model of its values follows
        candidates = [field.annotation, *_nested(field.annotation)]
        models = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if not models:
            return []
        kind = models[0]
    return list(kind.model_fields)


def _nested(annotation: Any) -> list:
    return [inner for arg in get_args(annotation) for inner in [arg, *_nested(arg)]]


def main(run: Callable, arguments: list[str] | None = None) -> int:
    """Run a stage from the command line: `sys.exit(main(run))`.

    `run(settings, *, name: Path | list[Path] | str | int | bool, ...)`: each keyword becomes a
    required option (optional where it has a default), each field of the settings an option with
    its default, and `--settings` takes all of them as one JSON object.
    """
    level = logging.INFO if is_first() else logging.ERROR
    no_bars_in_logs()
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    signature = inspect.signature(run)
    kind = next(iter(signature.parameters.values())).annotation
    parser = _parser(run, signature, kind)
    given = vars(parser.parse_args(arguments))

    def started() -> None:
        settings = _given_settings(kind, given)
        files = {
            name: given[name]
            for name in list(signature.parameters)[1:]
            if given.get(name) is not None
        }
        run(settings, **files)

    return exit_status(started)


def exit_status(run: Callable[[], None]) -> int:
    """Run something from the command line; 0, or another status after an error that one line tells.

    These are ClnerError, with its own status, and what the operating system refuses, with 1.
    """
    try:
        run()
    except ClnerError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        reason = refusal(error)
        if reason is None:
            raise
        place = "" if error.filename is None else f"{error.filename}: "
        print(f"error: {place}{reason}", file=sys.stderr)
        return 1
    return 0


def _parser(run: Callable, signature: inspect.Signature, kind: type[BaseModel]):
    module = inspect.getmodule(run)
    parser = argparse.ArgumentParser(
        prog=f"python -m clner.{Path(module.__file__).stem}",
        description=inspect.getdoc(module),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    files = parser.add_argument_group("files")
    for name, parameter in list(signature.parameters.items())[1:]:
        options: dict = {"required": parameter.default is inspect.Parameter.empty}
        annotation = parameter.annotation
        several = "list" in str(annotation)
        base = next((t for t in (Path, int, str) if t.__name__ in str(annotation)), str)
        options["type"] = base
        options["metavar"] = base.__name__.upper()
        if several:
            options["nargs"] = "+" if options["required"] else "*"
        files.add_argument(_option(name), **options)
    group = parser.add_argument_group("settings")
    group.add_argument("--settings", metavar="JSON", help="several settings as one JSON object")
    for path, description, default in _leaves(kind()):
        text = f"{description} (default: {json.dumps(default)})".replace("%", "%%")
        name = ".".join(path)
        group.add_argument(_option(name), metavar="VALUE", dest=f"setting {name}", help=text)
    return parser


def _leaves(settings: BaseModel, above: tuple[str, ...] = ()) -> Iterator[tuple]:
    """Path, description and value of each setting that is not itself a group of settings."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), field.description, value


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _given_settings(kind: type[BaseModel], given: dict) -> BaseModel:
    values = {}
    if given["settings"] is not None:
        try:
            values = json.loads(given["settings"])
        except ValueError as error:
            raise ClnerError(f"--settings: not JSON ({error})") from None
    for path, _, _ in _leaves(kind()):
        text = given[f"setting {'.'.join(path)}"]
        if text is not None:
            group = values
            for name in path[:-1]:
                group = group.setdefault(name, {})
            group[path[-1]] = _value(text)
    return read_settings(kind, values, "settings")


def _value(text: str) -> Any:
    """A setting as YAML reads it, and 2e-5 as a number; text that is no YAML stays text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return float(value) if isinstance(value, str) and _is_number(value) else value
