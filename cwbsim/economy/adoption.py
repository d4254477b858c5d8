"""What the borough loses elsewhere when its neighbours' anchors do as its own do.

Boroughs of the wider area are alike: what its anchors buy from suppliers of this borough is as much as this
borough's anchors buy from suppliers of the wider area when nothing has changed. As those here turn to their
own, those there do, as far as they have adopted the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.world import WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["custom_of_wider_anchors"]


def custom_of_wider_anchors(world: World) -> np.ndarray:
    """Return the factor on what firms of each section sell to the wider area, (S,); 1 where nothing changes.

    What anchors there no longer buy here they buy from suppliers of their own, which is booked as demand.
    """
    adopted = world.terms.wider_adoption
    if adopted <= 0.0:
        return np.ones(world.market.section_price.shape[0])
    a, n, f, fixed = world.anchors, world.needs, world.firms, world.fixed
    usual = (a.contract_budget * a.wider_target[:, None]).sum(axis=0)
    now = float(n.budget[n.place == WIDER].sum())
    turned_away = adopted * (1.0 - now / max(float(usual.sum()), 1.0))
    sells = np.where(f.is_open, f.site_output * fixed.beyond_share, 0.0)
    sold = np.bincount(f.section, weights=sells, minlength=usual.shape[0]) * fixed.beyond_split[:, 1]
    lost = np.clip(turned_away * usual, -sold, sold)
    world.market.wider_demand += np.rint(np.maximum(lost, 0.0)).astype(np.int64)
    return np.asarray(1.0 - lost / np.maximum(sold, 1e-9))
