"use strict";
// The page's own script: the search page asks by XHR with the page's ticket, the front page loads the newest complaints
// as JSONP; both ask for more when the end comes into view. What people wrote is put in as text, never as markup.

const words = new URLSearchParams(location.search).get("keywords");
const state = { page: 1, more: true, busy: false };

function show(answer) {
  const data = answer.result.data;
  if (answer.result.status.code !== 0 || !data) return false;
  for (const item of data.lists) {
    const card = document.createElement("div");
    card.className = "blackcat-con";
    card.style.minHeight = "160px";
    const link = document.createElement("a");
    link.href = `/complaint/view/${item.main.sn}/`;
    link.textContent = item.main.title.replace(/<[^>]*>/g, "");
    const object = document.createElement("li");
    object.textContent = `[投诉对象] ${item.main.cotitle.replace(/<[^>]*>/g, "")}`;
    card.append(link, object);
    document.getElementById("list").append(card);
  }
  return data.lists.length > 0 && data.pager.current < data.pager.page_amount;
}

async function askSearch() {
  const query = new URLSearchParams({ keywords: words, page_size: 10, page: state.page, ts: Date.now() });
  const response = await fetch(`/api/index/s?${query}`, { headers: { "X-Page-Ticket": ticket } });
  return response.json();
}

function askFeed() {
  return new Promise((resolve, reject) => {
    const name = `jQuery111_${state.page}`;
    window[name] = resolve;
    const script = document.createElement("script");
    script.src = `/api/index/feed?type=1&page_size=10&page=${state.page}&callback=${name}&ts=${ticket}`;
    script.onerror = reject;
    document.head.append(script);
  });
}

async function load() {
  if (state.busy || !state.more) return;
  state.busy = true;
  try {
    state.more = show(await (words === null ? askFeed() : askSearch()));
    state.page += 1;
  } catch (error) {
    state.more = false;
  } finally {
    state.busy = false;
  }
}

function atEnd() {
  return document.getElementById("sentinel").getBoundingClientRect().top < window.innerHeight + 200;
}

window.addEventListener("scroll", () => { if (atEnd()) load(); }, { passive: true });
load();
