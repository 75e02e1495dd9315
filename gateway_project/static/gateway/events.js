// Server-sent events by fetch, which, unlike EventSource, tells why a stream was refused.

const RETRY_MS = 2000;
const MOST_RETRY_MS = 15000;

/**
 * Follows a stream until `stop` is called on what it returns. `on.event(name, data)` hears events, `on.state(word, text)`
 * how it goes: "open", "closed" (it is tried again) or "refused" (it is not). While nobody looks at the page nothing is
 * asked for.
 */
export function follow(url, on) {
  let running = null, timer = 0, wait = RETRY_MS, over = false;

  async function run() {
    const abort = running = new AbortController();
    try {
      const answer = await fetch(url, { signal: abort.signal, headers: { Accept: "text/event-stream" } });
      if (!answer.ok || answer.redirected) {
        const told = await answer.json().catch(() => ({}));
        return ended(answer.status === 429 || answer.status >= 500, told.msg || `HTTP ${answer.status}`);
      }
      on.state("open", "");
      wait = RETRY_MS;
      const end = await read(answer.body.getReader());
      ended(!end || end.code === "S10000" || end.code.startsWith("F5"), end ? end.msg : "");
    } catch (error) {
      if (!abort.signal.aborted) ended(true, "");
    }
  }

  async function read(reader) {
    const decoder = new TextDecoder();
    let text = "", end = null;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += decoder.decode(piece.value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const found = /^event: (.*)\ndata: (.*)$/.exec(block);
        if (!found) continue;
        if (found[1] === "end") end = JSON.parse(found[2]);
        else on.event(found[1], JSON.parse(found[2]));
      }
    }
    return end;
  }

  function ended(again, text) {
    running = null;
    if (over) return;
    on.state(again ? "closed" : "refused", text);
    if (!again) return;
    timer = setTimeout(run, wait);
    wait = Math.min(wait * 2, MOST_RETRY_MS);
  }

  function halt() {
    clearTimeout(timer);
    if (running) running.abort();
    running = null;
  }

  function seen() {
    halt();
    if (!document.hidden && !over) run();
  }

  document.addEventListener("visibilitychange", seen);
  seen();
  return { stop() { over = true; halt(); document.removeEventListener("visibilitychange", seen); } };
}
