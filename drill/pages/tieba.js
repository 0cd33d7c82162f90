"use strict";
// The pages' own script: newer pages ask for results and floors, an older thread page for what stands under its floors.
// What people wrote is put in as text, never as markup.

const given = new URLSearchParams(location.search);
const state = { page: 1, more: true, busy: false };

async function ask(path, request) {
  const response = await fetch(path, { ...request, headers: { "X-Page-Ticket": ticket } });
  return response.json();
}

function line(text) {
  const made = document.createElement("div");
  made.style.minHeight = "120px";
  made.textContent = text;
  document.getElementById("app").append(made);
}

async function results() {
  if (state.busy || !state.more) return;
  state.busy = true;
  try {
    const query = new URLSearchParams({ word: given.get("qw"), pn: state.page, rn: 20, st: 1 });
    const answer = await ask(`/mo/q/search/multsearch?${query}`);
    for (const card of answer.data.card_list) line(card.data.content || "");
    state.more = answer.data.has_more === 1;
    state.page += 1;
  } catch (error) {
    state.more = false;
  } finally {
    state.busy = false;
  }
}

async function thread() {
  const body = new URLSearchParams({
    kz: location.pathname.split("/").pop(), pn: given.get("pn") || "", pid: given.get("pid") || "",
  });
  const answer = await ask("/c/f/pb/page_pc", { method: "POST", body });
  for (const floor of answer.post_list || []) line(floor.content.map((part) => part.text || "").join(""));
}

function atEnd() {
  return document.getElementById("sentinel").getBoundingClientRect().top < window.innerHeight + 200;
}

if (location.pathname.startsWith("/old/p/")) {
  const number = document.querySelector("meta[name=page-number]").content;
  const query = new URLSearchParams({ tid: location.pathname.split("/").pop(), pn: number, see_lz: 0 });
  ask(`/old/p/totalComment?${query}`);
} else if (location.pathname.startsWith("/p/")) {
  thread();
} else {
  window.addEventListener("scroll", () => { if (atEnd()) results(); }, { passive: true });
  results();
}
