// The picture anew every ten seconds, while somebody looks and nobody is on one of its links with the keyboard.

const EVERY_MS = 10000;

async function again() {
  const held = document.getElementById("topology");
  if (document.hidden || held.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
  if (!answer?.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("topology");
  if (found) held.replaceWith(document.importNode(found, true));
}

setInterval(again, EVERY_MS);
