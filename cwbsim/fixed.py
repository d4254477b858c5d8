"""The fixed tables of a place: what does not change in a run. Letters and units as in ``world``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Fixed"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Tables of a place that do not change in a run."""

    place: str
    ward_names: tuple[str, ...]
    anchor_names: tuple[str, ...]
    category_names: tuple[str, ...]
    ward_distance: np.ndarray  # (W, W) float km
    # recipes, per pound of output of a section
    input_local: np.ndarray  # (S, S) float, rows = input: regional coefficients (FLQ)
    input_total: np.ndarray  # (S, S) float, rows = input: domestic coefficients
    imports_share: np.ndarray  # (S,) float
    product_tax_share: np.ndarray  # (S,) float
    production_tax_share: np.ndarray  # (S,) float
    pay_share: np.ndarray  # (S,) float labour cost
    skill_mix: np.ndarray  # (S, 3) float
    output_per_job: np.ndarray  # (S,) int64 pence a month
    labour_cost_per_job: np.ndarray  # (S,) int64 pence a month
    # households
    category_section: np.ndarray  # (K,) int8
    spend_cumulative: np.ndarray  # (10, K+1) int64 Q24 cumulative shares
    till_tax: np.ndarray  # (K,) int64 Q24
    till_goods: np.ndarray  # (K,) int64 Q24
    local_odds: np.ndarray  # (K, W) float, starting odds that a choice falls on the borough
    wider_given_away: np.ndarray  # (K,) float, share of choices elsewhere that fall in the wider area
    ward_chance: np.ndarray  # (K, W, W) float: chance of the ward of a shop, by home ward (middle axis)
    ward_alias: np.ndarray  # (K, W, W) int16 alias tables of it
    ward_cut: np.ndarray  # (K, W, W) float
    shop_alias: np.ndarray  # (C,) int32 alias tables of sites by (K, W) cell, flat: row within the cell
    shop_cut: np.ndarray  # (C,) float
    shop_site: np.ndarray  # (C,) int32
    shop_start: np.ndarray  # (K*W+1,) int64
    cell_output: np.ndarray  # (K, W) int64, usual output of all sites, open or vacant
    base_mass: np.ndarray  # (K, W) float, pull of open shops on home wards in the starting world
    housing_totals: np.ndarray  # (4,) int64 a month: council tax, rents within the borough, social rents, to outside
    goods_local: int  # Q24, share of goods for resale bought from producers of the borough
    goods_link: np.ndarray  # (F,) int32 link through which a shop buys them, -1 none
    owner_households: np.ndarray  # (n,) int32 households from which local owners are drawn
    owned_elsewhere: np.ndarray  # (8, 2) float, chance that a firm is owned in the wider area, outside, by size class
    # firms
    beyond_share: np.ndarray  # (F,) float, usual sales beyond the borough over usual output of the site
    beyond_split: np.ndarray  # (S, 3) float, who buys them: treasury (other government), wider area, outside
    link_alias: np.ndarray  # (F,) int32 alias tables of suppliers by section, flat
    link_cut: np.ndarray  # (F,) float
    link_site: np.ndarray  # (F,) int32
    section_output: np.ndarray  # (S,) int64, usual output of all sites, open or vacant
    link_start: np.ndarray  # (S+1,) int64
    usual_use: np.ndarray  # (S,) float, usual trade over usual output of the open premises in the starting world
    exit_hazard: np.ndarray  # (8, 6) float a month by size class and year of life (the last: older)
    entry_rate: np.ndarray  # (8, S) float a month, chance that vacant premises are taken
    # work
    pay_nodes_log: np.ndarray  # (n,) float, log pay level + effect
    pay_nodes: np.ndarray  # (n,) float pence a month
    incommuter_share: np.ndarray  # (2,) float share of the borough's hires from the wider area, outside
    commuting_wanted: np.ndarray  # (2,) int64 residents wanted by employers in the wider area, outside
    wider_supply_share: float  # share of purchases elsewhere that are made in the wider area
    unemployment_start: float
    matching_efficiency: float  # solved: flows into and out of work balance in the starting world
    separation_rate: float  # share of the employed who leave work a month for reasons of their own
    # procurement
    on_site_share: np.ndarray  # (S,) float part of the labour of a contract done in the borough whoever holds it
    wider_rounds: np.ndarray  # (S+1, S+1) float: recipes and households of the wider area
    outside_rounds: np.ndarray  # (S+1, S+1) float: the same for the UK
    jobs_per_output: np.ndarray  # (S,) float UK jobs per pence of monthly output
    value_added_share: np.ndarray  # (S,) float
