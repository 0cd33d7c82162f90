"use strict";
// The page's own script: the search page asks for results, a post's page for comments once its button is pressed; both
// ask for more when the end comes into view. What people wrote is put in as text, never as markup.

const state = { offset: 0, more: false, busy: false, next: null };

async function ask(path, query) {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`, { headers: { "X-Page-Ticket": ticket } });
  return response.json();
}

function line(parent, text) {
  const made = document.createElement("div");
  made.style.minHeight = "120px";
  made.textContent = text;
  document.getElementById(parent).append(made);
}

async function results() {
  const given = new URLSearchParams(location.search);
  const answer = await ask("/api/v4/search_v3", {
    t: "general", q: given.get("q"), correction: 1, offset: state.offset, limit: 20,
    search_source: "Filter", sort: given.get("sort") || "",
  });
  for (const entry of answer.data) if (entry.type === "search_result") line("list", entry.object.excerpt || "");
  return answer.paging;
}

function comments(order) {
  return async () => {
    const kind = { p: "articles", zvideo: "zvideos" }[location.pathname.split("/")[1]] || "answers";
    const id = location.pathname.split("/").pop();
    const answer = await ask(`/api/v4/comment_v5/${kind}/${id}/root_comment`, {
      order_by: order, limit: 20, offset: state.offset,
    });
    for (const comment of answer.data) line("comments", comment.content.replace(/<[^>]*>/g, ""));
    return answer.paging;
  };
}

async function load() {
  if (state.busy || !state.more) return;
  state.busy = true;
  try {
    const paging = await state.next();
    state.more = paging.is_end === false;
    state.offset += 20;
  } catch (error) {
    state.more = false;
  } finally {
    state.busy = false;
  }
}

function begin(next) {
  Object.assign(state, { offset: 0, more: true, next });
  load();
}

function openComments() {
  const newest = document.createElement("div");
  newest.textContent = "最新";
  newest.addEventListener("click", () => begin(comments("ts")));
  document.getElementById("comments").append(newest);
  begin(comments("score"));
}

function atEnd() {
  return document.getElementById("sentinel").getBoundingClientRect().top < window.innerHeight + 200;
}

window.addEventListener("scroll", () => { if (atEnd()) load(); }, { passive: true });
const button = document.querySelector("button.ContentItem-action");
if (button) button.addEventListener("click", openComments);
if (location.pathname === "/search") begin(results);
