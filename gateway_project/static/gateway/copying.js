// Buttons that copy a text: [data-copy] holds it. What they do is said where readers of the screen hear it.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    select(button); // without https browsers give no clipboard: the text is marked for the keyboard
    return;
  }
  button.textContent = "✓";
  setTimeout(() => { button.textContent = said; }, 1200);
});

function select(button) {
  const text = button.parentElement.querySelector("code, bdi");
  if (text) getSelection().selectAllChildren(text);
}
