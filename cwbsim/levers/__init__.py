"""The levers: one file each. To add one, add a file; its name is the key in scenario files."""

from __future__ import annotations

import importlib
import pkgutil

from cwbsim.levers.base import Lever, Programme, Rule, check_final

__all__ = ["LEVERS", "Lever", "Programme", "Rule"]


def _discover() -> dict[str, type[Lever]]:
    """Every lever of this folder by key, in the order of their names."""
    found: dict[str, type[Lever]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "base"):
        module = importlib.import_module(f"{__name__}.{name}")
        class_name = "".join(word.capitalize() for word in name.split("_"))
        lever = getattr(module, class_name, None)
        if not (isinstance(lever, type) and issubclass(lever, Rule | Programme)):
            msg = f"cwbsim/levers/{name}.py must hold a Rule or a Programme called {class_name}"
            raise TypeError(msg)
        check_final(lever)
        found[name] = lever
    return found


LEVERS: dict[str, type[Lever]] = _discover()
