"""What usual output is sold to whom, and the reach of each category that was solved. Steps 4, 6 and 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.start_recipes import Recipes
    from cwbsim.places.uk import UK
    from cwbsim.world import Firms

__all__ = ["Channels", "beyond_split", "sales_channels"]


@dataclass(frozen=True, slots=True)
class Channels:
    """Parts of usual output by who buys it, and the reach that was solved."""

    reach: np.ndarray  # (K,) float, share of spending in the borough
    beyond: np.ndarray  # (F,) float, share of a site's usual output sold beyond the borough
    by_section: np.ndarray  # (S, 4) float: households, firms, anchors' placements and grants, beyond


def sales_channels(
    firms: Firms, recipe: Recipes, uk: UK, spending: np.ndarray, contract_output: np.ndarray, given: np.ndarray,
    goods_local: float, least: float, occupied_share: float,
) -> Channels:  # fmt: skip
    """Split usual output by buyer and solve the reach of each category.

    A category's local share is min(1, SLQ) x reach; where that would leave its shops less than ``least`` of
    their output to sell beyond, reach is lowered until it does not: output is never rescaled.

    Parameters
    ----------
    spending : ndarray of float, shape (K,)
        What households of the borough spend a month, pence.
    contract_output : ndarray of float, shape (S,)
        Output of the borough's firms for anchors' contracts, which needs inputs too.
    given : ndarray of float, shape (S,)
        Placements and grants of anchors to firms of the borough, pence.
    goods_local : float
        Share of goods for resale made in the borough.
    least : float
        Least share of output sold beyond the borough.
    occupied_share : float
        Part of premises that are usually occupied.
    """
    usual = firms.site_output * occupied_share
    by_section = np.bincount(firms.section, weights=usual, minlength=20)
    serving = firms.trade >= 0
    by_trade = np.bincount(firms.trade[serving], weights=usual[serving], minlength=spending.shape[0])
    section = uk.consumption_section
    bought = (recipe.input_local * (by_section + contract_output)).sum(axis=1)
    reach = np.minimum(1.0, recipe.location[section]) * uk.consumption_reach
    bought[2] += goods_local * (spending * reach * uk.goods_share).sum()
    size = np.maximum(by_section, 1.0)
    other = (bought + given) / size
    room = np.maximum(1.0 - other[section] - least, 0.0) * by_trade
    asked = spending * reach * uk.margin_share
    reach = np.where(asked > room, reach * room / np.maximum(asked, 1e-9), reach)
    share = spending * reach * uk.margin_share / np.maximum(by_trade, 1.0)
    of_households = np.where(firms.trade >= 0, share[firms.trade], 0.0)
    beyond = np.maximum(1.0 - other[firms.section] - of_households, 0.0)
    to_households = np.bincount(firms.section, weights=of_households * usual, minlength=20)
    sold = np.bincount(firms.section, weights=beyond * usual, minlength=20)
    return Channels(reach, beyond, np.column_stack([to_households, bought, given, sold]))


def beyond_split(uk: UK, parameters: Parameters) -> np.ndarray:
    """Return who buys what is sold beyond the borough, (S, 3): treasury, wider area, outside.

    Government's part is its part of national final demand outside households; visitors, investment and trade
    are split between the wider area and outside by a stated share.
    """
    government = uk.final_demand_share[:, 1]
    others = uk.final_demand_share[:, [2, 3, 4]].sum(axis=1)
    part = government / np.maximum(government + others, 1e-9)
    wider = parameters.places.wider_sales_share
    return np.column_stack([part, (1 - part) * wider, (1 - part) * (1 - wider)])
