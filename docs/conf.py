"""The documentation site: ``uv run --group docs sphinx-build -W --keep-going docs docs/_build/html``.

Nothing is fetched: formulas become MathML, there is no intersphinx, fonts are the reader's own.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])  # for executed pages
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])  # for `!cwbsim`
os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"  # tqdm's, wherever there are no widgets

import cwbsim  # noqa: E402  (after the path)

logger = logging.getLogger(__name__)

project = "cwbsim"
author = "The cwbsim developers"
copyright = "2025, the cwbsim developers"
version = release = cwbsim.__version__
language = "en-GB"

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "*.py"]
templates_path = ["_templates"]
nitpicky = False
suppress_warnings = ["misc.copy_overwrite"]

# -- pages
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist", "smartquotes"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 900  # a first run compiles, and a busy machine takes its time
nb_merge_streams = True
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "alpha"

# -- code
autosummary_generate = ["api.rst"]
autodoc_typehints = "none"  # numpydoc's sections say types, shapes and units
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# -- looks
html_theme = "pydata_sphinx_theme"
html_title = "cwbsim"
html_static_path = ["_static"]
html_css_files = ["cwbsim.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_assets_policy = "per_page"
html_show_sourcelink = False
html_context = {"default_mode": "auto"}  # light or dark as the reader's own system
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

#: Files of the repository that the site shows as pages of its own. In the files themselves links go to files.
SHOWN = {
    "worked_month": "tests/golden/worked_month.md",
    "followed_pound": "tests/golden/followed_pound.md",
    "scenario_files": "scenarios/README.md",
    "places_built": "cwbsim/data/places/README.md",
    "fit_of_start": "experiments/start/target_against_drawn.md",
    "results": "RESULTS.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}
PAGE_OF = {ROOT / path: page for page, path in SHOWN.items()}
LINK = re.compile(r"\[([^\]]*)\]\((?!https?://|#)([^)#\s]+)(#[^)\s]*)?\)")


TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOTEBOOK = "\n\n---\n\n*To run it:* {{nb-download}}`this page as a notebook <{here}.ipynb>`, where cwbsim is installed.\n"
LEFT_OVER = "% pages that no other list names\n"


def _left_over() -> str:
    """Pages of this folder that no list of pages names, a line each, so that a new page is on the site at once."""
    lists = (found for page in DOCS.rglob("*.md") for found in TOCTREE.findall(page.read_text(encoding="utf-8")))
    named = {Path(line.strip()).name for found in lists for line in found.splitlines()}
    return "".join(f"{page.stem}\n" for page in sorted(DOCS.glob("*.md")) if page.stem not in {*named, "index"})


def _from_the_repository(app: Any, docname: str, source: list[str]) -> None:
    """Put the file a page shows in its place, and let links between files lead to pages."""
    del app
    file = ROOT / SHOWN[docname] if docname in SHOWN else DOCS / f"{docname}.md"
    text = file.read_text(encoding="utf-8") if docname in SHOWN else source[0]
    here = (DOCS / docname).parent

    def led(found: re.Match[str]) -> str:
        target = (file.parent / found[2]).resolve()
        outside = target not in PAGE_OF and DOCS not in target.parents
        if outside and (target.suffix == ".md" or target.is_dir()):
            return f"{found[1]} (`{os.path.relpath(target, ROOT)}`)"  # a file the site does not show
        page = f"{DOCS / PAGE_OF[target]}.md" if target in PAGE_OF else target
        return f"[{found[1]}]({os.path.relpath(page, here)}{found[3] or ''})" if target.exists() else found[0]

    notebook = NOTEBOOK.format(here=Path(docname).name) if text.startswith("---\nfile_format: mystnb") else ""
    source[0] = LINK.sub(led, text).replace(LEFT_OVER, _left_over()) + notebook


def _lists_again(app: Any, env: Any, *changes: set[str]) -> list[str]:
    """Read the list of what is left over again whenever a page is added."""
    del app, env, changes
    return ["model"]


def _mathml(self: Any, node: nodes.Element, display: bool) -> None:
    label = node.get("number")
    formula = node.astext().replace(r"\dots", r"\ldots")
    try:
        markup = tex2mathml(formula, as_block=display)
    except MathError as error:
        logger.warning("formula %r: %s", formula, error, location=node)
        markup = escape(formula)
    if display:
        number = f'<span class="equation-number">({label})</span>' if label else ""
        self.body.append(f'<div class="math" id="{(node.get("ids") or [""])[0]}">{markup}{number}</div>')
    else:
        self.body.append(markup)
    raise nodes.SkipNode


class Demo(SphinxDirective):
    """A page to try: the runs of ``docs/demos/NAME.json``, put into the page so that it also works from a disk."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place where demos.js draws, what is said without scripts, and the data."""
        name = self.arguments[0]
        file = DOCS / "demos" / f"{name}.json"
        self.env.note_dependency(str(file))
        data = file.read_text(encoding="utf-8").strip().replace("</", "<\\/")
        without = f"This needs a browser with scripts switched on. The numbers are in <code>docs/demos/{name}.json</code>."
        html = f'<div class="demo" data-demo="{name}"><noscript><p>{without}</p></noscript></div>\n'
        html += f'<script type="application/json">{data}</script>'
        made = json.loads(data)["made"]
        size = f"Scale {made['scale']:g} of Wigan, {made['months']} months"
        luck = f"{len(made['seeds'])} draws of luck" if len(made["seeds"]) > 1 else "one draw of luck"
        told = f"{size}, {luck}, version {made['version']}. Made by ``{made['command']}``."
        return [nodes.raw("", html, format="html"), *self.parse_text_to_nodes(told.replace("``", "`"))]


def _scripts_of_demos(app: Any, pagename: str, template: str, context: Any, doctree: nodes.document | None) -> None:
    del template, context
    if doctree is not None and any('class="demo"' in raw.astext() for raw in doctree.findall(nodes.raw)):
        app.add_css_file("demos.css")
        app.add_js_file("demos.js", loading_method="defer")


def _inline_math(self: Any, node: nodes.Element) -> None:
    _mathml(self, node, display=False)


def _block_math(self: Any, node: nodes.Element) -> None:
    _mathml(self, node, display=True)


def setup(app: Any) -> None:
    """Add the formula writer and the links to pages."""
    app.add_html_math_renderer("mathml", (_inline_math, None), (_block_math, None))
    app.add_directive("demo", Demo)
    app.connect("html-page-context", _scripts_of_demos)
    app.connect("source-read", _from_the_repository)
    app.connect("env-get-outdated", _lists_again)


html_math_renderer = "mathml"
