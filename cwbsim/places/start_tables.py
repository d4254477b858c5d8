"""The fixed tables of a place, assembled: see ``world.Fixed`` for their shapes and units."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim import regional_io
from cwbsim.places.profile import BANDS
from cwbsim.places.start_demand import beyond_split
from cwbsim.places.start_kernels import distances, link_tables, shop_tables
from cwbsim.world import Q24, SECTIONS, Fixed

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.start_firms import Demography
    from cwbsim.places.start_recipes import PayLevels, Recipes
    from cwbsim.places.uk import UK
    from cwbsim.world import Firms, Households

__all__ = ["Sources", "fixed_tables", "on_site_share"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a starting world is built from."""

    profile: Profile
    uk: UK
    parameters: Parameters
    recipe: Recipes
    levels: PayLevels
    delta: float  # exponent of the FLQ


def on_site_share(position: float = 0.0) -> np.ndarray:
    """Return the part of a contract's labour done in the borough whoever holds it, (S,).

    Parameters
    ----------
    position : float
        Where every section stands in its own range: -1 at its low, 0 at its value, 1 at its high.
    """
    with files("cwbsim").joinpath("data/uk/on_site_share.csv").open(encoding="utf-8") as file:
        rows = {row["section"]: row for row in csv.DictReader(file)}
    low, value, high = (np.array([float(rows[s][name]) for s in SECTIONS]) for name in ("low", "value", "high"))
    return value + position * np.where(position < 0.0, value - low, high - value)


def fixed_tables(source: Sources, firms: Firms, demography: Demography, households: Households) -> Fixed:
    """Return the fixed tables; what is solved later (odds, beyond, work) stands at neutral values."""
    profile, uk, p = source.profile, source.uk, source.parameters
    people = np.bincount(households.ward, minlength=len(profile.wards)).astype(float)
    distance = distances(profile)
    n_categories = len(uk.consumption_names)
    shops = shop_tables(firms, distance, people, p.places.shop_distance_km, n_categories)
    links = link_tables(firms)
    owners = np.flatnonzero(households.tenure <= 1).astype(np.int32)
    return Fixed(
        place=profile.name,
        ward_names=tuple(ward.name for ward in profile.wards),
        anchor_names=tuple(anchor.key for anchor in profile.anchors),
        category_names=uk.consumption_names,
        ward_distance=distance,
        category_section=uk.consumption_section.astype(np.int8),
        spend_cumulative=_cumulative(uk.consumption_share_by_decile),
        till_tax=np.rint(uk.vat_and_duty_share * Q24).astype(np.int64),
        till_goods=np.rint(uk.goods_share * Q24).astype(np.int64),
        local_odds=np.zeros((n_categories, len(profile.wards))),
        wider_given_away=np.full(n_categories, p.places.wider_share_of_shopping_elsewhere),
        ward_chance=shops.ward_chance, ward_alias=shops.ward_alias, ward_cut=shops.ward_cut,
        shop_alias=shops.alias, shop_cut=shops.cut, shop_site=shops.site,
        shop_start=shops.start, cell_output=shops.cell_output, base_mass=shops.base_mass,
        goods_local=round(goods_made_here(source) * Q24),
        goods_link=np.full(firms.key.shape[0], -1, np.int32),
        owner_households=owners if owners.size else np.arange(households.key.shape[0], dtype=np.int32),
        owned_elsewhere=_owned_elsewhere(profile, p.places.owned_elsewhere_factor),
        beyond_share=np.zeros(firms.key.shape[0]),
        beyond_split=beyond_split(uk, p),
        link_alias=links.alias, link_cut=links.cut, link_site=links.site, link_start=links.start,
        section_output=links.section_output,
        housing_totals=np.zeros(4, np.int64), usual_use=np.ones(20),
        exit_hazard=demography.exit_hazard, entry_rate=demography.entry_rate,
        wider_supply_share=p.places.wider_supply_share,
        commuting_wanted=np.zeros(2), incommuter_share=np.zeros(2), unemployment_start=0.05,
        matching_efficiency=0.0, separation_rate=p.labour.separation_rate,
        on_site_share=on_site_share(p.procurement.on_site_position),
        **_recipe_tables(source), **_rounds(source),
    )  # fmt: skip


def _recipe_tables(source: Sources) -> dict[str, Any]:
    recipe, levels = source.recipe, source.levels
    return {
        "input_local": recipe.input_local, "input_total": recipe.input_total, "imports_share": recipe.imports,
        "product_tax_share": recipe.product_tax, "production_tax_share": recipe.production_tax,
        "pay_share": recipe.pay, "skill_mix": levels.skill_mix,
        "labour_cost_per_job": np.rint(levels.labour_cost[:20]).astype(np.int64),
        "output_per_job": np.rint(levels.labour_cost[:20] / recipe.pay).astype(np.int64),
        "pay_nodes_log": levels.nodes_log, "pay_nodes": levels.nodes_pence,
        "value_added_share": 1.0 - recipe.input_total.sum(axis=0) - recipe.imports - recipe.product_tax,
    }  # fmt: skip


def goods_made_here(source: Sources) -> float:
    """Return the share of goods for resale made in the borough: domestic share x min(1, FLQ) of manufacturing."""
    national = source.recipe.input_total[2, 6]
    regional = source.recipe.input_local[2, 6]
    return float(source.parameters.places.domestic_share_of_goods * regional / max(national, 1e-12))


def _cumulative(shares: np.ndarray) -> np.ndarray:
    """Return running shares in units of 2**-24, from exactly 0 to exactly 1."""
    out = np.zeros((shares.shape[0], shares.shape[1] + 1), np.int64)
    out[:, 1:] = np.rint(np.cumsum(shares, axis=1) * Q24)
    out[:, -1] = Q24
    return out


def _owned_elsewhere(profile: Profile, factor: float) -> np.ndarray:
    """Return the chance that a firm is owned in the wider area and outside by size class, (8, 2)."""
    share = np.minimum(np.concatenate([[0.0], profile.outside_owned_share_by_band]) * factor, 1.0)
    assert share.shape[0] == len(BANDS) + 1
    wider = profile.outside_owned_wider_area_share
    return np.column_stack([share * wider, share * (1.0 - wider)])


def _rounds(source: Sources) -> dict[str, Any]:
    """Return recipes with households for the wider area and the UK, (S+1, S+1), and jobs a pence of output."""
    uk, p = source.uk, source.parameters
    regional = regional_io.regional_coefficients(
        uk.coefficients, uk.jobs * p.places.wider_area_job_share, uk.jobs, method="flq", delta=source.delta
    )
    spent = uk.spent_of_take_home * (1.0 - p.treasury.incommuter_tax_share)
    at_basic = np.zeros(20)
    np.add.at(at_basic, uk.consumption_section, uk.consumption_share * uk.margin_share)
    out: dict[str, Any] = {}
    wider = p.places.wider_reach_of_households
    for name, inputs, reach in (
        ("wider_rounds", np.asarray(regional), wider),
        ("outside_rounds", uk.coefficients, 1.0),
    ):
        matrix = np.zeros((21, 21))
        matrix[:20, :20] = inputs
        matrix[20, :20] = uk.pay_share
        matrix[:20, 20] = at_basic * spent * reach
        out[name] = matrix
    out["jobs_per_output"] = 12.0 / (uk.output_per_job * 100.0)
    return out
