// Search and filters over assets/search.json. Without this script, and where the file cannot be read (from a disk), the page's own links do the same.
// No text of the list is ever read as markup: everything is set as text. No inline script or style: a strict content security policy fits.
"use strict";
(() => {
  const home = document.getElementById("search");
  const browse = document.getElementById("browse");
  if (location.protocol === "file:") return;   // a browser reads no other file from a disk
  if (!home || !browse || !window.fetch || !window.URLSearchParams || !String.prototype.normalize) return;
  const root = home.dataset.root || "";
  const STEP = 50;
  const SIGNS = {
    "approved": ["●", "green"], "approved-with-conditions": ["◐", "amber"], "teacher-use-only": ["◐", "amber"], "pilot": ["◐", "amber"],
    "denied": ["◆", "red"], "suspended": ["◆", "red"], "expired": ["◆", "red"], "withdrawn": ["–", "grey"],
  };

  const made = (tag, set = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(set)) {
      if (name === "text") element.textContent = value;
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false) element.setAttribute(name, value);
    }
    element.append(...inside);
    return element;
  };
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const many = (n) => (n === 1 ? "1 tool" : `${n.toLocaleString("en-US")} tools`);

  fetch(`${root}assets/search.json`).then((reply) => (reply.ok ? reply.json() : Promise.reject(new Error(reply.status)))).then(start).catch(() => {});

  function start(data) {
    if (data.schema !== "edtech-equity-audit/search/1") return;
    const values = [];   // every value of every facet: {facet, key, title, box, count}
    const facets = data.facets.map(([key, title, own], facet) => ({
      key, title, chosen: new Set(), own: own.map(([value, words]) => {
        const one = { number: values.length, facet, key: value, title: words, box: null, count: null, label: null };
        values.push(one);
        return one;
      }),
    }));
    const use = facets.findIndex((facet) => facet.key === "use");
    const tools = data.tools.map(([place, name, vendor, numbers]) => {
      const uses = numbers.filter((n) => values[n].facet === use).map((n) => values[n].title);
      return { place, name, vendor, numbers, uses, text: plain(`${name} ${vendor} ${uses.join(" ")}`), first: plain(name) };
    });

    const word = made("input", { type: "search", id: "word", autocomplete: "off", spellcheck: "false" });
    const filters = made("div", { class: "filters" });
    const more = made("details", { class: "more" }, made("summary", { text: "Narrow the list" }), filters);
    const said = made("p", { role: "status", "aria-live": "polite" });
    const clear = made("button", { type: "button", text: "Clear everything" });
    const line = made("div", { class: "found", hidden: true }, said, clear);
    const list = made("ul", { class: "tools", role: "list", hidden: true });
    const next = made("button", { type: "button", hidden: true });
    const form = made("form", { class: "finder", role: "search", "aria-label": "Search the list" },
      made("label", { class: "word", for: "word", text: "Find a tool by name, vendor or use" }), word, more, line);
    for (const facet of facets) filters.append(fieldset(facet));

    function fieldset(facet) {
      const set = made("fieldset", {}, made("legend", { text: facet.title }));
      for (const one of facet.own) {
        one.box = made("input", { type: "checkbox", name: facet.key, value: one.key });
        one.count = made("span", { class: "soft" });
        one.label = made("label", {}, one.box, made("bdi", { text: one.title }), one.count);
        one.box.addEventListener("change", () => {
          if (one.box.checked) facet.chosen.add(one.number); else facet.chosen.delete(one.number);
          show(true);
        });
        set.append(one.label);
      }
      return set;
    }

    // Which tools fit, and how many each further value would leave: a tool that fails in one facet only counts for the values of that facet.
    function fitting() {
      const words = plain(word.value).split(/\s+/).filter(Boolean);
      const asked = facets.filter((facet) => facet.chosen.size);
      const counts = new Uint32Array(values.length);
      const found = [];
      for (const tool of tools) {
        if (!words.every((one) => tool.text.includes(one))) continue;
        let failed = null, fails = 0;
        for (const facet of asked) {
          if (!tool.numbers.some((n) => facet.chosen.has(n))) { failed = facet; fails += 1; if (fails > 1) break; }
        }
        if (fails > 1) continue;
        if (fails === 0) found.push(tool);
        for (const n of tool.numbers) if (fails === 0 || facets[values[n].facet] === failed) counts[n] += 1;
      }
      if (words.length) {
        const start = words.join(" ");
        found.sort((a, b) => b.first.startsWith(start) - a.first.startsWith(start));
      }
      return { found, counts };
    }

    let shown = [];
    function show(remember) {
      const active = word.value.trim() !== "" || facets.some((facet) => facet.chosen.size);
      const { found, counts } = fitting();
      for (const one of values) {
        one.count.textContent = counts[one.number].toLocaleString("en-US");
        one.label.classList.toggle("gone", counts[one.number] === 0);
      }
      shown = found;
      browse.hidden = active;
      line.hidden = list.hidden = !active;
      list.replaceChildren();
      next.hidden = true;
      said.textContent = active ? (found.length ? `${many(found.length)} found` : "No tool fits. Try fewer words, or take a filter away.") : "";
      if (active) add();
      if (remember) keep();
    }

    function add() {
      const from = list.children.length;
      list.append(...shown.slice(from, from + STEP).map(item));
      list.hidden = !list.children.length;
      const left = shown.length - list.children.length;
      next.hidden = left <= 0;
      next.textContent = `Show ${Math.min(left, STEP)} more (${many(left)} left)`;
      return list.children[from];
    }

    function item(tool) {
      const status = values[tool.numbers[0]];
      const [sign, tone] = SIGNS[status.key] || ["○", "blue"];
      const link = made("a", { href: `${root}tools/${encodeURIComponent(tool.place)}/index.html` }, made("bdi", { text: tool.name }));
      return made("li", { class: `tool edge-${tone}` },
        made("div", { class: "who" }, link, " ", made("span", { class: "soft" }, "by ", made("bdi", { text: tool.vendor }))),
        made("div", { class: "what", text: tool.uses.slice(0, 3).join("; ") }),
        made("div", { class: "said" }, made("span", { class: `badge ${tone}` }, made("span", { class: "sign", "aria-hidden": "true", text: sign }), ` ${status.title}`)));
    }

    function keep() {
      const query = new URLSearchParams();
      if (word.value.trim()) query.set("q", word.value.trim());
      for (const facet of facets) for (const one of facet.own) if (facet.chosen.has(one.number)) query.append(facet.key, one.key);
      const text = query.toString();
      try { history.replaceState(null, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`); } catch { /* a page that may not change its address */ }
    }

    function recall() {
      const query = new URLSearchParams(location.search);
      word.value = query.get("q") || "";
      for (const facet of facets) {
        const asked = new Set(query.getAll(facet.key));
        facet.chosen.clear();
        for (const one of facet.own) {
          one.box.checked = asked.has(one.key);
          if (one.box.checked) facet.chosen.add(one.number);
        }
        if (facet.chosen.size) more.open = true;
      }
      show(false);
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    word.addEventListener("input", () => show(true));
    clear.addEventListener("click", () => {
      word.value = "";
      for (const facet of facets) { facet.chosen.clear(); for (const one of facet.own) one.box.checked = false; }
      show(true);
      word.focus();
    });
    next.addEventListener("click", () => { const first = add(); if (first) first.querySelector("a").focus(); });
    addEventListener("popstate", recall);
    home.append(form, list, next);
    recall();
  }
})();
