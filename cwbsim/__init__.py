"""Community wealth building, simulated: what stays in a borough when its anchors buy differently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cwbsim.analysis.compare import Comparison, compare
    from cwbsim.analysis.store import RunStore
    from cwbsim.analysis.sweep import sweep
    from cwbsim.model import Borough
    from cwbsim.record import Run
    from cwbsim.scenario import Scenario, load_scenario
    from cwbsim.simulation import simulate

__version__ = "0.1.0"

_HOME = {
    "Borough": "cwbsim.model",
    "Comparison": "cwbsim.analysis.compare",
    "Run": "cwbsim.record",
    "RunStore": "cwbsim.analysis.store",
    "Scenario": "cwbsim.scenario",
    "compare": "cwbsim.analysis.compare",
    "load_scenario": "cwbsim.scenario",
    "simulate": "cwbsim.simulation",
    "sweep": "cwbsim.analysis.sweep",
}

__all__ = [
    "Borough", "Comparison", "Run", "RunStore", "Scenario", "__version__", "compare", "load_scenario", "simulate", "sweep",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``cwbsim --help`` need not load the economy."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'cwbsim' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
