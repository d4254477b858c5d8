"""What the borough loses elsewhere when its neighbours' anchors do as its own do.

Boroughs of the wider area are alike: what its anchors buy from suppliers of this borough is as much as this
borough's anchors buy from suppliers of the wider area when nothing has changed. As those here turn to their
own, those there do, as far as they have adopted the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["custom_of_wider_anchors"]

N_SECTIONS = len(SECTIONS)
_AS_EVER = np.ones(N_SECTIONS)
_AS_EVER.flags.writeable = False


@kernel
def _bought_there(budget: np.ndarray, place: np.ndarray) -> int:
    """What anchors buy in the wider area, pence a month."""
    total = 0
    for i in range(budget.shape[0]):
        total += budget[i] if place[i] == WIDER else 0
    return total


@kernel
def _usual_sales_beyond(
    section: np.ndarray, is_open: np.ndarray, site_output: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """What open firms of each section usually sell beyond the borough, (S,) pence a month."""
    out = np.zeros(N_SECTIONS)
    for f in range(section.shape[0]):
        out[section[f]] += site_output[f] * share[f] if is_open[f] else 0.0
    return out


def custom_of_wider_anchors(world: World) -> np.ndarray:
    """Return the factor on what firms of each section sell to the wider area, (S,); 1 where nothing changes.

    What anchors there no longer buy here they buy from suppliers of their own, which is booked as demand.
    """
    adopted = world.terms.wider_adoption
    if adopted <= 0.0:
        return _AS_EVER
    a, n, f, fixed = world.anchors, world.needs, world.firms, world.fixed
    usual = (a.contract_budget * a.wider_target[:, None]).sum(axis=0)
    turned_away = adopted * (1.0 - _bought_there(n.budget, n.place) / max(float(usual.sum()), 1.0))
    sold = _usual_sales_beyond(f.section, f.is_open, f.site_output, fixed.beyond_share) * fixed.beyond_split[:, 1]
    lost = np.clip(turned_away * usual, -sold, sold)
    world.market.wider_demand += np.rint(np.maximum(lost, 0.0)).astype(np.int64)
    return np.asarray(1.0 - lost / np.maximum(sold, 1e-9))
