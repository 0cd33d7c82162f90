"use strict";
// The page's own script: asks for results and notes, shows them, and asks for more when the end comes into view.
// Everything that people wrote is put in as text, never as markup.

const search = { page: 1, more: true, busy: false, id: Math.random().toString(36).slice(2, 12) + "drill000000" };

async function ask(method, path, body) {
  const request = { method, headers: { "X-Page-Ticket": ticket } };
  if (body) {
    request.headers["Content-Type"] = "application/json;charset=UTF-8";
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  return response.json();
}

function keyword() {
  return new URLSearchParams(location.search).get("keyword") || "";
}

function searchBody() {
  return {
    keyword: keyword(),
    page: search.page,
    page_size: 20,
    search_id: search.id,
    sort: new URLSearchParams(location.search).get("sort") || "general",
    note_type: 0,
    ext_flags: [],
    geo: "",
    image_formats: ["jpg", "webp", "avif"],
  };
}

async function loadPage() {
  if (search.busy || !search.more) return;
  search.busy = true;
  try {
    const answer = await ask("POST", "/api/sns/web/v1/search/notes", searchBody());
    if (!answer.success) {
      search.more = false;
      showWall(answer);
      return;
    }
    const items = answer.data.items || [];
    items.filter((item) => item.model_type === "note").forEach(showCard);
    if (search.page === 1 && items.length === 0) {
      document.getElementById("feeds").append(element("div", "no-result", "没有找到相关内容"));
    }
    search.more = Boolean(answer.data.has_more);
    search.page += 1;
  } catch (error) {
    search.more = false;
    document.getElementById("sentinel").textContent = "加载失败";
  } finally {
    search.busy = false;
  }
  if (search.more && atEnd()) setTimeout(loadPage, 150);
  if (!search.more) document.getElementById("sentinel").textContent = "- THE END -";
}

function showWall(answer) {
  const feeds = document.getElementById("feeds");
  feeds.replaceChildren(element("div", "login-container", answer.code === -100 ? "登录后查看搜索结果" : answer.msg));
}

function atEnd() {
  return document.getElementById("sentinel").getBoundingClientRect().top < window.innerHeight + 200;
}

function showCard(item) {
  const card = item.note_card;
  const section = element("section", "note-item");
  section.dataset.noteId = item.id;
  const link = element("a", "cover mask ld");
  link.href = `/explore/${item.id}?xsec_token=${encodeURIComponent(item.xsec_token)}&xsec_source=pc_search`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    openNote(item.id, item.xsec_token, link.href);
  });
  const footer = element("div", "footer");
  footer.append(element("a", "title", card.display_title));
  const author = element("div", "author-wrapper");
  author.append(element("span", "name", card.user ? card.user.nickname : ""));
  author.append(element("span", "time", card.corner_tag_info[0].text));
  author.append(element("span", "count", card.interact_info.liked_count || "赞"));
  footer.append(author);
  section.append(link, footer);
  document.getElementById("feeds").append(section);
}

async function fetchNote(id, token, source) {
  const feed = await ask("POST", "/api/sns/web/v1/feed", {
    source_note_id: id,
    image_formats: ["jpg", "webp", "avif"],
    extra: { need_body_topic: "1" },
    xsec_source: source,
    xsec_token: token,
  });
  const item = feed.success && (feed.data.items || [])[0];
  if (!item) return null;
  if (!item.note_card.user) return { note: item.note_card, author: null };
  const user = item.note_card.user.user_id;
  const author = await ask("GET", `/api/sns/web/v1/user/otherinfo?target_user_id=${encodeURIComponent(user)}`);
  return { note: item.note_card, author: author.success ? author.data : null };
}

function noteElement(found) {
  const box = element("div", "note-container");
  box.id = "noteContainer";
  if (!found) {
    box.append(element("div", "not-found", "当前笔记暂时无法浏览"));
    return box;
  }
  const fans = found.author && found.author.interactions.find((entry) => entry.type === "fans");
  box.append(element("div", "username", found.note.user ? found.note.user.nickname : ""));
  box.append(element("div", "fans", fans ? `粉丝 ${fans.count}` : ""));
  box.append(element("div", "title", found.note.title));
  box.append(element("div", "desc", found.note.desc.replaceAll("[话题]#", "")));
  box.append(element("div", "date", found.note.ip_location));
  return box;
}

async function openNote(id, token, href) {
  const before = location.href;
  history.pushState({ note: id }, "", href);
  const mask = element("div", "note-detail-mask");
  document.body.append(mask);
  const close = () => {
    mask.remove();
    document.removeEventListener("keydown", onKey);
    history.replaceState({}, "", before);
  };
  const onKey = (event) => { if (event.key === "Escape") close(); };
  document.addEventListener("keydown", onKey);
  mask.addEventListener("click", (event) => { if (event.target === mask) close(); });
  mask.append(noteElement(await fetchNote(id, token, "pc_search")));
}

function startSearch() {
  window.addEventListener("scroll", () => { if (atEnd()) loadPage(); }, { passive: true });
  loadPage();
}

function writtenNote(id) {
  const kept = window.__INITIAL_STATE__.note.noteDetailMap[id];
  return kept ? { note: { ...kept.note, ip_location: kept.note.ipLocation }, author: null } : null;
}

async function startNote() {
  const query = new URLSearchParams(location.search);
  const id = location.pathname.split("/").pop();
  const token = query.get("xsec_token") || "";
  const found = writtenNote(id) || (await fetchNote(id, token, query.get("xsec_source") || "pc_feed"));
  const box = noteElement(found);
  document.getElementById("app").append(box);
  if (found) startComments(box, id, token);
}

function startComments(box, id, token) {
  const scroller = element("div", "note-scroller");
  box.append(scroller);
  const comments = { cursor: "", more: true, busy: false };
  const load = async () => {
    if (comments.busy || !comments.more) return;
    comments.busy = true;
    const asked = new URLSearchParams({ note_id: id, cursor: comments.cursor, top_comment_id: "", image_formats: "jpg,webp,avif", xsec_token: token });
    const answer = await ask("GET", `/api/sns/web/v2/comment/page?${asked}`).catch(() => ({}));
    comments.more = Boolean(answer.success && answer.data.has_more);
    if (answer.success) {
      comments.cursor = answer.data.cursor;
      (answer.data.comments || []).forEach((comment) => scroller.append(threadElement(comment, id, token)));
    }
    if (!comments.more) scroller.append(element("div", "end-container", "- THE END -"));
    comments.busy = false;
  };
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 100) load();
  });
  load();
}

function threadElement(comment, id, token) {
  const thread = element("div", "parent-comment");
  const show = (one) => thread.append(element("div", "comment-item", `${one.user_info ? one.user_info.nickname : ""} ${one.content}`));
  show(comment);
  (comment.sub_comments || []).forEach(show);
  if (!comment.sub_comment_has_more) return thread;
  let cursor = comment.sub_comment_cursor;
  const more = element("div", "show-more", `展开 ${Number(comment.sub_comment_count) - comment.sub_comments.length} 条回复`);
  more.addEventListener("click", async () => {
    const asked = new URLSearchParams({ note_id: id, root_comment_id: comment.id, num: "10", cursor, xsec_token: token });
    const answer = await ask("GET", `/api/sns/web/v2/comment/sub/page?${asked}`).catch(() => ({}));
    if (!answer.success || !answer.data.has_more) more.remove();
    if (!answer.success) return;
    cursor = answer.data.cursor;
    (answer.data.comments || []).forEach(show);
  });
  thread.append(more);
  return thread;
}

function startProfile() {
  const user = location.pathname.split("/").pop();
  ask("GET", `/api/sns/web/v1/user/otherinfo?target_user_id=${encodeURIComponent(user)}`).then((answer) => {
    const name = answer.success ? answer.data.basic_info.nickname : answer.msg;
    document.getElementById("app").append(element("div", "user-name", name));
  });
}
