/* A preview under way: the bar moves as the server tells, and the page goes on once it is over.

   Without scripts a link refreshes the page. A screen reader hears what is under way when that changes,
   not every step of the bar. */

(() => {
  "use strict";

  const shown = document.querySelector("[data-events]");
  if (!shown || !window.EventSource) return;

  const bar = shown.querySelector("progress");
  const part = shown.querySelector("[data-part]");
  const perCent = shown.querySelector("[data-per-cent]");
  const told = shown.querySelector("[data-told]");
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

  const show = (message) => {
    const now = JSON.parse(message.data);
    if (part.textContent !== now.part) {
      part.textContent = now.part;
      told.textContent = now.part;
    }
    if (now.done === null) bar.removeAttribute("value");
    else bar.value = now.done;
    perCent.textContent = now.done === null ? "" : format.format(now.done);
  };

  const events = new EventSource(shown.dataset.events);
  events.addEventListener("message", show);
  events.addEventListener("ended", () => {
    events.close();
    location.reload();
  });
  addEventListener("pagehide", () => events.close());
})();
