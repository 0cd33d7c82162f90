"use strict";
// The script of Bilibili's pages in the drill: shows what the server wrote into the page, and asks for the rest.
// Everything that people wrote is put in as text, never as markup.

async function ask(path, values) {
  const response = await fetch(`${path}?${new URLSearchParams(values)}`, { headers: { "X-Page-Ticket": ticket } });
  return response.json();
}

async function startSearch() {
  const query = new URLSearchParams(location.search);
  const place = document.getElementById("results");
  let found = window.__pinia ? window.__pinia.searchTypeResponse.searchTypeResponse : null;
  if (!found) {
    const values = {
      search_type: "video",
      keyword: query.get("keyword") || "",
      page: query.get("page") || "1",
      page_size: 20,
      order: query.get("order") || "",
    };
    ask("/x/web-interface/wbi/search/type", { ...values, keyword: "大家都在搜" }).catch(() => null);
    const answer = await ask("/x/web-interface/wbi/search/type", values).catch(() => null);
    found = answer && answer.code === 0 ? answer.data : null;
  }
  const results = (found && found.result) || [];
  for (const item of results.filter((entry) => entry.type === "video")) {
    const card = element("div", "bili-video-card");
    card.append(element("div", "cover"), element("h3", "title", item.title.replace(/<\/?em[^>]*>/g, "")));
    card.append(element("span", "author", item.author));
    place.append(card);
  }
  if (!results.length) place.append(element("div", "empty", "没有相关数据"));
}

async function startVideo() {
  const place = document.getElementById("info");
  const bvid = location.pathname.split("/").filter(Boolean).pop();
  if (window.__INITIAL_STATE__ && window.__INITIAL_STATE__.error.code) {
    place.append(element("div", "empty", "视频不见了"));
    return;
  }
  const answer = await ask("/x/web-interface/wbi/view/detail", { bvid, need_view: 1 }).catch(() => null);
  if (!answer || answer.code !== 0 || !answer.data.View) {
    place.append(element("div", "empty", "加载失败"));
    return;
  }
  const view = answer.data.View;
  place.append(element("h1", "video-title", view.title), element("p", "desc", view.desc));
  startComments(String(view.aid));
}

function startComments(aid) {
  const host = document.createElement("bili-comments");
  const inner = host.attachShadow({ mode: "open" });
  const list = element("div", "feed");
  const end = element("div", "end", "…");
  const state = { mode: "3", offset: "", busy: false, more: true, begun: false };
  const order = (name, mode) => {
    const button = element("button", "sort", name);
    button.addEventListener("click", () => {
      if (state.mode === mode) return;
      Object.assign(state, { mode, offset: "", more: true });
      list.replaceChildren();
      load();
    });
    return button;
  };
  async function load() {
    if (state.busy || !state.more) return;
    state.busy = true;
    const values = { oid: aid, type: "1", mode: state.mode, pagination_str: JSON.stringify({ offset: state.offset }), plat: "1" };
    const answer = await ask("/x/v2/reply/wbi/main", values).catch(() => null);
    const data = answer && answer.code === 0 ? answer.data : null;
    state.busy = false;
    if (!data || !data.cursor) {
      state.more = false;
      return;
    }
    for (const comment of data.replies || []) {
      const row = element("div", "comment", comment.content.message);
      row.style.minHeight = "90px";
      list.append(row);
    }
    state.more = !data.cursor.is_end;
    state.offset = data.cursor.pagination_reply.next_offset || "";
    state.begun = true;
  }
  inner.append(order("最热", "3"), order("最新", "2"), list, end);
  document.getElementById("commentapp").append(host);
  new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting) && !state.begun) load(); }).observe(end);
  window.addEventListener("scroll", () => { if (state.begun && end.getBoundingClientRect().top < innerHeight + 200) load(); }, { passive: true });
  window.addEventListener("wheel", () => { if (state.begun && end.getBoundingClientRect().top < innerHeight + 200) load(); }, { passive: true });
}
