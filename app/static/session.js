/* The end of a session: a warning before it, and what was being written kept until it is sent.

   What is kept lies in this window only (sessionStorage), under a word that differs for each person, and comes
   back once: after the session has ended and the same person has signed in again. Numbers that identify a
   person are never kept. */

(() => {
  "use strict";

  const WARN = 300; // seconds before the end
  const LOOK = 15; // seconds between two looks at the clock
  const DRAFT = "draft:";
  const IDENTIFYING = /duf|national|birth|pid/i;
  const PERSONAL_NUMBER = /(?:\d[ .-]?){11,12}/;
  const NEVER = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

  const body = document.body;
  const whose = body.dataset.sessionWhose;

  /* What is being written ---------------------------------------------------------------------- */

  const kept = () => Object.keys(sessionStorage).filter((key) => key.startsWith(DRAFT));
  const read = (key) => {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const write = (key, draft) => {
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      /* Full or switched off: then nothing is kept. */
    }
  };

  const forms = [...document.querySelectorAll("form[method=post]:not([data-no-draft])")];
  const keyOf = (form) =>
    `${DRAFT}${whose}:${location.pathname}:${forms.indexOf(form)}:${form.getAttribute("action")}`;
  const fields = (form) =>
    [...form.elements].filter(
      (field) => field.name && field.type && !NEVER.has(field.type) && !IDENTIFYING.test(field.name),
    );
  const choosable = (field) => field.type === "checkbox" || field.type === "radio";

  const keep = (form) => {
    const typed = fields(form)
      .filter((field) => choosable(field) || !PERSONAL_NUMBER.test(field.value))
      .map((field) => [field.name, field.value, choosable(field) ? field.checked : null]);
    if (typed.length) write(keyOf(form), { typed, back: false });
  };

  const bringBack = (form, draft) => {
    let changed = false;
    for (const field of fields(form)) {
      const found = draft.typed.find(
        ([name, value]) => name === field.name && (!choosable(field) || value === field.value),
      );
      if (!found) continue;
      if (choosable(field)) {
        changed ||= field.checked !== found[2];
        field.checked = found[2];
      } else if (field.value !== found[1]) {
        changed = true;
        field.value = found[1];
      }
    }
    const words = document.getElementById("draft-restored");
    if (changed && words) form.prepend(words.content.cloneNode(true));
  };

  if (whose) {
    for (const key of kept()) {
      const draft = read(key);
      if (!key.startsWith(`${DRAFT}${whose}:`) || !draft || !draft.back) sessionStorage.removeItem(key);
    }
    for (const form of forms) {
      const draft = read(keyOf(form));
      if (draft) bringBack(form, draft);
    }
    document.addEventListener("input", (event) => {
      const form = event.target.closest?.("form");
      if (form && forms.includes(form)) keep(form);
    });
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.getAttribute("action") === "/logg-ut") {
        for (const key of kept()) sessionStorage.removeItem(key);
      } else if (forms.includes(form)) {
        keep(form);
      }
    });
  } else {
    // Nobody is signed in here: if something was being written, the session has ended over it.
    for (const key of kept()) {
      const draft = read(key);
      if (draft) write(key, { ...draft, back: true });
    }
  }

  /* The end ------------------------------------------------------------------------------------ */

  const warning = document.getElementById("session-warning");
  if (!whose || !warning) return;

  let ends = 0;
  let most = 0;
  const learn = (answer) => {
    ends = Date.now() + answer.left * 1000;
    most = Date.now() + answer.most * 1000;
  };
  learn({ left: Number(body.dataset.sessionLeft), most: Number(body.dataset.sessionMost) });
  const left = () => Math.round((ends - Date.now()) / 1000);

  const ask = async (address, options = {}) => {
    const answer = await fetch(address, {
      headers: { accept: "application/json" },
      credentials: "same-origin",
      ...options,
    });
    if (answer.ok) learn(await answer.json());
    else if (answer.status === 401 || answer.status === 403) ends = most = 0;
  };

  const minutes = (seconds) => {
    const number = Math.max(1, Math.ceil(seconds / 60));
    const words = warning.querySelector(`[data-session-unit=${number === 1 ? "one" : "many"}]`);
    return words.textContent.replace("{minutter}", String(number));
  };

  const show = () => {
    const seconds = left();
    if (seconds > WARN) {
      warning.hidden = true;
      return;
    }
    const state = seconds <= 0 ? "over" : most - ends < 60000 ? "last" : "soon";
    for (const part of warning.querySelectorAll("[data-session-when]")) {
      part.hidden = part.dataset.sessionWhen !== state;
    }
    for (const part of warning.querySelectorAll("[data-session-minutes]")) {
      const words = minutes(seconds);
      if (part.textContent !== words) part.textContent = words;
    }
    warning.hidden = false;
  };

  const look = async () => {
    // Another window may have kept the session awake, so the server is asked before anybody is warned.
    if (left() <= WARN && ends !== 0) {
      try {
        await ask("/okt");
      } catch {
        /* No network: go by our own clock. */
      }
    }
    show();
  };

  warning.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await ask("/forleng", { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
    } catch {
      /* No network: the warning stays. */
    }
    show();
    if (warning.hidden) document.getElementById("main").focus({ preventScroll: true });
  });

  setInterval(look, LOOK * 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) look();
  });
  look();
})();
