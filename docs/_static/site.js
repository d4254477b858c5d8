/* What the theme leaves out for those who use a keyboard or a screen reader. */
document.addEventListener("DOMContentLoaded", () => {
  for (const toggle of document.querySelectorAll("summary > .toctree-toggle")) toggle.parentElement.setAttribute("aria-label", "pages below this one");
  const reachable = () => {
    for (const table of document.querySelectorAll(".bd-article table")) {
      if (table.scrollWidth > table.clientWidth) table.setAttribute("tabindex", "0"); // it scrolls by itself, with arrow keys too
      else table.removeAttribute("tabindex");
    }
  };
  reachable();
  window.addEventListener("resize", reachable);
});
