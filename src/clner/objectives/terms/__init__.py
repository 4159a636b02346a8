"""The objectives, one a module, under the module's name; a file put here is one more.

Each module declares one `Objective`: settings, needs and loss together.
"""

from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules

from clner.objectives.objective import Objective


def _declared(name: str) -> type[Objective]:
    module = import_module(f"{__name__}.{name}")
    kinds = getmembers(module, lambda kind: isclass(kind) and kind.__module__ == module.__name__)
    return next(kind for _, kind in kinds if issubclass(kind, Objective))


TERMS = {module.name: _declared(module.name) for module in iter_modules(__path__)}
"""Objectives by name."""
