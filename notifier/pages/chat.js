"use strict";
(() => {
  const feed = document.getElementById("feed");
  const live = document.getElementById("live");
  const toast = document.getElementById("toast");
  const EVERY = 2500;
  let timer = 0;
  let hideToast = 0;

  document.documentElement.classList.add("scripted");
  const person = document.getElementById("person");
  if (person) person.addEventListener("change", () => person.form.submit());

  const stream = () => document.getElementById("stream");
  const scroller = () => (stream() ? stream().closest(".history") : null);
  const toBottom = () => { const s = scroller(); if (s) s.scrollTop = s.scrollHeight; };
  const nearBottom = () => { const s = scroller(); return !s || s.scrollHeight - s.scrollTop - s.clientHeight < 80; };

  const state = (name) => { live.dataset.state = name; live.textContent = live.dataset[name]; };
  const say = (text, ok) => {
    toast.textContent = text;
    toast.classList.toggle("bad", !ok);
    toast.hidden = false;
    clearTimeout(hideToast);
    hideToast = setTimeout(() => { toast.hidden = true; }, 6000);
  };

  // Somebody is typing: the page must not change under their hands.
  const busy = () => feed.querySelector("details[open] textarea") !== null;

  async function refresh() {
    clearTimeout(timer);
    try {
      const answer = await fetch("/feed", { headers: { "If-None-Match": feed.dataset.etag }, cache: "no-store" });
      if (answer.status === 401) { location.href = "/login"; return; }
      const html = answer.status === 200 ? await answer.text() : "";
      if (answer.status === 200 && !busy()) {
        const follow = nearBottom();
        feed.innerHTML = html;
        feed.dataset.etag = answer.headers.get("ETag") || "";
        if (follow) toBottom();
      }
      state(answer.ok || answer.status === 304 ? "live" : "offline");
    } catch (error) {
      state("offline");
    }
    timer = setTimeout(refresh, document.hidden ? EVERY * 4 : EVERY);
  }

  feed.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.classList.contains("press")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(new FormData(form)).toString(),
      });
      const told = await answer.json();
      say(told.text, told.ok);
      if (told.ok) { const box = form.closest("details"); if (box) box.open = false; }
      await refresh();
    } catch (error) {
      state("offline");
    } finally {
      button.disabled = false;
    }
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  toBottom();
  state("live");
  timer = setTimeout(refresh, EVERY);
})();
