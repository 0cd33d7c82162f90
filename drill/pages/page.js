"use strict";
// What the pages' scripts share. Everything that people wrote is put in as text, never as markup.

const ticket = document.querySelector("meta[name=page-ticket]").content;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
