// Names for controls that scripts of the admin make without one: who hears a page instead of seeing it is told what they are.

{
  const nameOf = (select) => select.labels?.[0]?.textContent.trim().replace(/\*$/, "") || select.getAttribute("aria-label") || "";

  function nameChoices() {
    for (const chosen of document.querySelectorAll(".select2-selection:not([data-named])")) {
      const select = chosen.closest(".select2")?.previousElementSibling;
      const label = select instanceof HTMLSelectElement ? nameOf(select) : "";
      if (!label) continue;
      chosen.dataset.named = "";
      chosen.removeAttribute("aria-labelledby"); // it names what is chosen, which may be nothing
      const rendered = chosen.querySelector(".select2-selection__rendered");
      const say = () => chosen.setAttribute("aria-label", `${label}: ${select.selectedOptions[0]?.textContent ?? ""}`.replace(/: $/, ""));
      say();
      window.django?.jQuery?.(select).on("change", say);
      rendered?.setAttribute("aria-label", label);
    }
  }

  function nameRest() {
    for (const hint of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) hint.setAttribute("role", "img");
    nameChoices();
  }

  new MutationObserver(nameRest).observe(document.documentElement, { childList: true, subtree: true });
  nameRest();
}
