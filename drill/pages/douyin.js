"use strict";
// The page's own script: asks for results, posts and comments, shows them, and asks for more when the end comes near.
// Everything that people wrote is put in as text, never as markup.

const app = document.getElementById("app");

async function ask(path, given) {
  const response = await fetch(`/aweme/v1/web${path}?${new URLSearchParams(given)}`, { headers: { "X-Page-Ticket": ticket } });
  return response.text();
}

// The first screen comes in parts, each behind a line with its length.
function documentsOf(body) {
  if (body.startsWith("{")) return [JSON.parse(body)];
  return body.split(/\r?\n/).filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

function postsOf(card) {
  if (card.aweme_info) return [card.aweme_info];
  return card.aweme_mix_info ? card.aweme_mix_info.mix_items : [];
}

function startSearch() {
  const query = new URLSearchParams(location.search);
  const keyword = decodeURIComponent(location.pathname.replace(/^\/search\//, ""));
  const search = { offset: 0, more: true, busy: false, id: "" };
  const feed = element("div", "search-feed");
  const end = element("div", "search-end");
  app.append(feed, end);
  const path = () => {
    if (query.get("type") === "video") return "/search/item/";
    return search.offset === 0 ? "/general/search/stream/" : "/general/search/single/";
  };
  const load = async () => {
    if (search.busy || !search.more) return;
    search.busy = true;
    search.more = false;
    const given = { keyword, search_channel: query.get("type") === "video" ? "aweme_video_web" : "aweme_general", offset: search.offset, count: 10, search_id: search.id, sort_type: query.get("sort_type") || "0", publish_time: "0" };
    try {
      const documents = documentsOf(await ask(path(), given));
      const last = documents[documents.length - 1];
      const cards = documents.flatMap((document) => document.data || []);
      cards.flatMap(postsOf).forEach((post) => feed.append(element("div", "search-result-card", post.desc)));
      if (last.status_code !== 0) feed.replaceChildren(element("div", "login-tip", last.status_msg));
      if (search.offset === 0 && cards.length === 0 && last.extra) feed.append(element("div", "search-empty", "暂无搜索结果"));
      search.more = Boolean(last.has_more);
      search.offset = last.cursor;
      search.id = last.extra ? last.extra.logid : "";
    } catch (error) {
      end.textContent = "加载失败";
    }
    search.busy = false;
  };
  window.addEventListener("scroll", () => {
    if (end.getBoundingClientRect().top < window.innerHeight + 300) load();
  }, { passive: true });
  load();
}

async function startPost() {
  const id = location.pathname.split("/").pop();
  const state = JSON.parse(decodeURIComponent(document.getElementById("RENDER_DATA").textContent)).app;
  let post = state.videoDetail;
  if (!post) {
    const answer = JSON.parse(await ask("/aweme/detail/", { aweme_id: id }));
    post = answer.aweme_detail;
    if (!post) {
      app.append(element("div", "not-found", answer.filter_detail ? answer.filter_detail.notice : "加载失败"));
      return;
    }
  }
  app.append(element("h1", "title", post.desc));
  startComments(id);
}

function startComments(id) {
  const list = element("div", "comment-mainContent");
  app.append(list);
  const comments = { cursor: 0, more: true, busy: false };
  const load = async () => {
    if (comments.busy || !comments.more) return;
    comments.busy = true;
    const answer = JSON.parse(await ask("/comment/list/", { aweme_id: id, cursor: comments.cursor, count: 20 }));
    comments.more = Boolean(answer.has_more);
    comments.cursor = answer.cursor;
    (answer.comments || []).forEach((comment) => list.append(threadElement(comment, id)));
    comments.busy = false;
  };
  list.addEventListener("scroll", () => {
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 100) load();
  });
  load();
}

function threadElement(comment, id) {
  const thread = element("div", "comment-item");
  const show = (one) => thread.append(element("p", "", `${one.user ? one.user.nickname : ""} ${one.text}`));
  show(comment);
  if (!comment.reply_comment_total) return thread;
  let cursor = 0;
  const more = element("button", "comment-reply-expand-btn", `展开${comment.reply_comment_total}条回复`);
  more.addEventListener("click", async () => {
    const given = { item_id: id, comment_id: comment.cid, cursor, count: cursor === 0 ? 3 : 10 };
    const answer = JSON.parse(await ask("/comment/list/reply/", given));
    cursor = answer.cursor;
    (answer.comments || []).forEach(show);
    if (answer.has_more) more.textContent = `展开${comment.reply_comment_total - cursor}条回复`;
    else more.remove();
  });
  thread.append(more);
  return thread;
}
