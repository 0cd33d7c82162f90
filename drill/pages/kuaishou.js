"use strict";
// The script of Kuaishou's pages in the drill: asks for results, the video and its comments, and for more on scrolling.
// Everything that people wrote is put in as text, never as markup.

async function ask(path, body) {
  const headers = { "X-Page-Ticket": ticket, "Content-Type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

function onEnd(mark, load) {
  const near = () => { if (mark.getBoundingClientRect().top < innerHeight + 200) load(); };
  window.addEventListener("scroll", near, { passive: true });
  window.addEventListener("wheel", near, { passive: true });
}

function startSearch() {
  const keyword = new URLSearchParams(location.search).get("searchKey") || "";
  const place = document.getElementById("feeds");
  const state = { cursor: "", busy: false };
  async function load() {
    if (state.busy || state.cursor === "no_more") return;
    state.busy = true;
    const body = { keyword, page: "search", webPageArea: "", pcursor: state.cursor, searchSessionId: "" };
    const answer = await ask("/rest/v/search/feed", body).catch(() => null);
    const feeds = (answer && answer.feeds) || [];
    for (const feed of feeds.filter((entry) => entry.photo)) {
      const card = element("div", "video-card");
      card.append(element("p", "caption", feed.photo.caption), element("span", "name", feed.author ? feed.author.name : ""));
      place.append(card);
    }
    if (!feeds.length && !state.cursor) place.append(element("div", "no-result", "没有找到相关结果"));
    state.cursor = answer && answer.result === 1 && answer.pcursor ? answer.pcursor : "no_more";
    state.busy = false;
  }
  onEnd(document.getElementById("sentinel"), load);
  ask("/rest/v/search/feed", { keyword: "大家都在看", page: "search", pcursor: "" }).catch(() => null);
  load();
}

async function startVideo() {
  const photoId = location.pathname.split("/").filter(Boolean).pop();
  const place = document.getElementById("video");
  if (window.__APOLLO_STATE__) {
    place.append(element("div", "no-result", "作品不见了"));
    return;
  }
  const asked = { operationName: "visionVideoDetail", variables: { photoId, page: "detail" }, query: "query visionVideoDetail { }" };
  const answer = await ask("/graphql", asked).catch(() => null);
  const detail = answer && answer.data && answer.data.visionVideoDetail;
  if (!detail || !detail.photo) {
    place.append(element("div", "no-result", "作品不见了"));
    return;
  }
  place.append(element("p", "caption", detail.photo.caption));
  startComments(photoId);
}

function startComments(photoId) {
  const place = document.getElementById("comments");
  const mark = element("div", "comment-end", "…");
  place.append(mark);
  const state = { cursor: "", busy: false };
  async function unfold(button, row, rootCommentId) {
    button.remove();
    const answer = await ask("/rest/v/photo/comment/sublist", { photoId, pcursor: "", rootCommentId }).catch(() => null);
    for (const reply of (answer && answer.subCommentsV2) || []) row.append(element("p", "comment-sub", reply.content));
  }
  async function load() {
    if (state.busy || state.cursor === "no_more") return;
    state.busy = true;
    const answer = await ask("/rest/v/photo/comment/list", { photoId, pcursor: state.cursor }).catch(() => null);
    for (const comment of (answer && answer.rootCommentsV2) || []) {
      const row = element("div", "comment-item", comment.content);
      if (comment.hasSubComments) {
        const button = element("button", "comment-unfold", "展开回复");
        button.addEventListener("click", () => unfold(button, row, comment.comment_id));
        row.append(button);
      }
      place.insertBefore(row, mark);
    }
    state.cursor = answer && answer.result === 1 && answer.pcursorV2 ? answer.pcursorV2 : "no_more";
    state.busy = false;
  }
  onEnd(mark, load);
  load();
}
