"""Contract budgets cut or raised, with the grants that pay for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.economy.lots import change_loads

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["change_budgets"]


def change_budgets(world: World, before: np.ndarray) -> None:
    """Let every need follow its anchor's budget, to the nearest penny.

    Parameters
    ----------
    world : World
        Its terms are those of this month; needs, firms' loads and anchors' revenues change.
    before : ndarray of float, shape (A,)
        Budgets over those of the start until now.
    """
    needs, anchors = world.needs, world.anchors
    ratio = (world.terms.budget / before)[needs.anchor]
    rows = np.flatnonzero(ratio != 1.0)
    change_loads(world, rows, -1)
    old = needs.budget[rows]
    needs.budget[rows] = np.rint(old * ratio[rows]).astype(np.int64)
    change_loads(world, rows, +1)
    more = np.zeros(anchors.key.shape[0], np.int64)
    np.add.at(more, needs.anchor[rows], needs.budget[rows] - old)
    # Grants change first; what they cannot give up is given up of fees.
    short = np.minimum(anchors.revenue_treasury + more, 0)
    anchors.revenue_treasury[:] = np.maximum(anchors.revenue_treasury + more, 0)
    anchors.revenue_outside[:] = np.maximum(anchors.revenue_outside + short, 0)
