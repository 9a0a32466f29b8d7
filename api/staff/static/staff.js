"use strict";

/* Swaps only what changed, and never the element that has the focus: what is being typed stays.
   An element with `data-parts` holds nothing but elements with ids, which are compared one by one.
   `keep` is for what changed elsewhere, `keep-acted` for the answer to what was done here: there everything is
   swapped, and the focus goes back to where it was, or to the nearest `data-home`. */
(() => {
  let overdue = false;
  let announced = [];

  const hasFocus = (element) => document.activeElement !== document.body && element.contains(document.activeElement);

  function swap(standing, fresh) {
    if (standing.isEqualNode(fresh)) return;
    note(standing, fresh);
    if (standing.hasAttribute("data-parts") && fresh.hasAttribute("data-parts")) {
      copyAttributes(standing, fresh);
      swapParts(standing, fresh);
    } else if (hasFocus(standing)) {
      overdue = true;
    } else {
      standing.replaceWith(fresh);
      htmx.process(fresh);
    }
  }

  function swapParts(parent, fresh) {
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((child) => child.id));
    for (const child of [...parent.children]) {
      if (ids.has(child.id)) continue;
      if (hasFocus(child)) overdue = true;
      else child.remove();
    }
    let place = parent.firstElementChild;
    for (const child of wanted) {
      const standing = [...parent.children].find((one) => one.id === child.id);
      if (!standing) {
        note(null, child);
        parent.insertBefore(child, place);
        htmx.process(child);
        continue;
      }
      if (standing !== place && hasFocus(standing)) overdue = true;
      else if (standing !== place) parent.insertBefore(standing, place);
      swap(standing, child);
      place = (parent.querySelector(`:scope > #${CSS.escape(child.id)}`) || place).nextElementSibling;
    }
  }

  function copyAttributes(standing, fresh) {
    for (const { name } of [...standing.attributes]) if (!fresh.hasAttribute(name)) standing.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (standing.getAttribute(name) !== value) standing.setAttribute(name, value);
  }

  /* What a row says is read out when it changes, and the row is marked for the eye. */
  function note(standing, fresh) {
    const said = fresh.getAttribute("data-said");
    if (!said || (standing && standing.getAttribute("data-said") === said)) return;
    announced.push(said);
    fresh.classList.add("changed");
  }

  function announce() {
    if (!announced.length) return;
    const rest = announced.length - 3;
    const said = announced.slice(0, 3).join(". ");
    document.getElementById("announcer").textContent = rest > 0 ? `${said}. And ${rest} more changes.` : said;
    announced = [];
  }

  function keepOpen(fragment) {
    for (const details of fragment.querySelectorAll("details[id]")) {
      const standing = document.getElementById(details.id);
      if (standing) details.open = standing.open;
    }
  }

  function swapAll(target, fragment) {
    const ends = [...target.querySelectorAll("[data-end]")].filter(atEnd).map((element) => element.id);
    swapParts(target, fragment);
    announce();
    for (const element of target.querySelectorAll("[data-end]")) if (ends.includes(element.id)) toEnd(element);
  }

  function act(target, fragment) {
    const focused = document.activeElement;
    const path = [];
    for (let at = focused; at && at !== document.body; at = at.parentElement) if (at.id) path.push(at.id);
    if (focused !== document.body) focused.blur();
    for (const details of target.querySelectorAll("details[open]")) details.open = false;
    swapAll(target, fragment);
    if (path.length) focusBack(path);
  }

  function focusBack(path) {
    const same = document.getElementById(path[0]);
    const around = path.map((id) => document.getElementById(id)).find((element) => element && element.querySelector("[data-home]"));
    const home = same || (around || document).querySelector("[data-home]");
    if (home) home.focus({ preventScroll: true });
  }

  const atEnd = (element) => element.scrollTop + element.clientHeight >= element.scrollHeight - 40;
  const toEnd = (element) => { element.scrollTop = element.scrollHeight; };

  htmx.defineExtension("keep", {
    isInlineSwap: () => false,
    handleSwap(style, target, fragment) {
      if (style !== "keep" && style !== "keep-acted") return false;
      if (style === "keep") keepOpen(fragment);
      (style === "keep" ? swapAll : act)(target, fragment);
      return true;
    },
  });

  /* What could not be swapped while it had the focus is read again once it has not. */
  document.addEventListener("focusout", () => {
    if (!overdue) return;
    overdue = false;
    setTimeout(() => htmx.trigger(document.body, "live"), 0);
  });

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-end]").forEach(toEnd));
})();

/* The stream that says when something changed. What it says is a mark: the page reads itself anew. */
(() => {
  const place = document.getElementById("live");
  const words = document.getElementById("live-words");
  const address = document.body.dataset.live;
  let seen = null;

  function show(state, text) {
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    words.textContent = text;
  }

  /* A browser keeps few connections to a host, so a page that nobody sees gives its own back. */
  let stream = null;

  function listen() {
    if (stream || document.hidden) return;
    stream = new EventSource(address);
    stream.onopen = () => show("on", "Live");
    stream.addEventListener("changed", (event) => {
      show("on", "Live");
      if (event.data === seen) return;
      seen = event.data;
      htmx.trigger(document.body, "live");
    });
    stream.onerror = () => {
      show("off", "Not live: connecting again…");
      if (stream.readyState !== EventSource.CLOSED) return;
      stop();
      setTimeout(listen, 3000);
    };
  }

  function stop() {
    if (stream) stream.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
  listen();
})();

/* What went wrong is told above the page; somebody who was signed out sees how to sign in. */
(() => {
  const alert = document.getElementById("alert");

  function tell(text) {
    alert.textContent = text;
    alert.hidden = false;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr;
    if (status === 401) {
      window.location.reload();
      return;
    }
    tell(responseText || "That did not work. Try again.");
    if (event.detail.requestConfig.verb === "post") htmx.trigger(document.body, "live");
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.verb === "post") tell("Nothing was done: the service cannot be reached. Try again.");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || event.detail.requestConfig.verb !== "post") return;
    alert.hidden = true;
    if (event.detail.elt.matches("[data-empties]")) event.detail.elt.reset();
  });
})();

/* An open menu closes with Escape, or when something else is touched. */
(() => {
  const closeAll = (but) => document.querySelectorAll("details.more[open]").forEach((menu) => { if (!menu.contains(but)) menu.open = false; });
  document.addEventListener("click", (event) => closeAll(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest("details.more[open]");
    closeAll(null);
    if (menu) menu.querySelector("summary").focus();
  });
})();
