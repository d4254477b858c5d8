"""Build a borough's place profile from official tables, judgements and a user's own figures.

Behind ``cwbsim place build CODE --data FOLDER --out FOLDER``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError
from cwbsim.places.sources.anchor_bodies import add_anchors
from cwbsim.places.sources.areas import Place, building, place_of, slug
from cwbsim.places.sources.businesses import add_businesses
from cwbsim.places.sources.coverage import check_coverage
from cwbsim.places.sources.draft import Draft, read_toml
from cwbsim.places.sources.incomes import add_incomes
from cwbsim.places.sources.jobs import add_jobs
from cwbsim.places.sources.own_figures import OwnFigures, read_own_figures
from cwbsim.places.sources.people import add_people
from cwbsim.places.sources.published import need_readers
from cwbsim.places.sources.readme import place_page
from cwbsim.places.sources.wards import add_wards

JUDGEMENTS = "judgements.toml"


def build_profile(code: str, data: Path, own: Path | None = None) -> dict[str, str]:
    """The text of every file of a profile.

    Parameters
    ----------
    code
        Authority of England, ``"E08000010"`` for Wigan.
    data
        Folder of official tables.
    own
        TOML of the user's own anchors and figures, which go over everything else.

    Returns
    -------
    dict[str, str]
        File name to text; the same input gives the same text.

    Raises
    ------
    UserError
        An authority that the tables do not cover (all that is missing is listed), a figure that cannot be used, a
        budget that cannot close.
    MissingExtraError
        A package that reads the tables is not installed.
    """
    need_readers()
    if not data.is_dir():
        raise UserError(f"no folder {data}", "place build", mend="--data the folder of official tables")
    with warnings.catch_warnings():
        # the published workbooks lack a default style, which openpyxl remarks on
        warnings.filterwarnings("ignore", module="openpyxl")
        place = place_of(code, data)
        check_coverage(place, data)
        figures = read_own_figures(own)
        judged = _merged(_merged(building("national.toml"), judgements_of(place)), {"anchors": figures.anchors})
        draft = Draft(place, data, judged, figures.figures)
        gather(draft, figures)
        return {**draft.files(), "README.md": place_page(draft)}


def gather(draft: Draft, own: OwnFigures) -> None:
    """Fill a draft: people, places, incomes, firms, jobs, anchors."""
    add_people(draft)
    add_wards(draft)
    add_incomes(draft)
    add_businesses(draft)
    add_jobs(draft)
    add_anchors(draft)
    own.check_used(draft)


def judgements_of(place: Place) -> dict[str, Any]:
    """What is judged of one place: the file that ships with its profile, nothing for a place that has none."""
    path = files("cwbsim") / "data" / "places" / slug(place.name) / JUDGEMENTS
    return read_toml(Path(str(path))) if path.is_file() else {}


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Groups of judgements, those of a place over those of the nation, a user's over both, field by field."""
    out = dict(under)
    for group, entries in over.items():
        below = out.get(group)
        both = isinstance(entries, Mapping) and isinstance(below, Mapping) and "value" not in entries
        out[group] = _merged(below, entries) if both else entries  # type: ignore[arg-type]
    return out


def write_profile(texts: Mapping[str, str], folder: Path) -> None:
    """Write a profile's files, all of them or none.

    Raises
    ------
    UserError
        The files do not make a profile whose totals agree.
    CannotWriteError
        The folder cannot be written to.
    """
    import shutil
    import tempfile

    from cwbsim.errors import CannotWriteError
    from cwbsim.places.profile import load_profile

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as made:
            for name, text in texts.items():
                (Path(made) / name).write_text(text, encoding="utf-8", newline="\n")
            load_profile(made)
            folder.mkdir(exist_ok=True)
            for name in texts:
                shutil.move(str(Path(made) / name), folder / name)
    except OSError as fault:
        raise CannotWriteError(f"cannot write: {fault.strerror}", str(folder), mend="--out another folder") from None
