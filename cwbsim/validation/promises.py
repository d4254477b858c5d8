"""P7: does weight on social value, without anybody who checks, raise promises and not deeds?"""

from __future__ import annotations

from collections.abc import Mapping

from cwbsim.parameters import load_parameters
from cwbsim.validation.pairs import baseline, differences, lever

SOCIAL = ("social_value_promised", "social_value_delivered")


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return what a weight of 30 % does to promises and to delivery, with monitoring at its lowest."""
    least = load_parameters().figure("procurement.default_monitoring").low
    base = baseline(scale, months, parameters={"procurement.default_monitoring": least})
    policy = base.model_copy(update={"levers": (lever("social_value_weight", weight=0.3),), "title": "weight"})
    _, (promised, delivered) = differences(policy, base, seed, SOCIAL)
    return {"promised": 100 * promised, "delivered": 100 * delivered}
