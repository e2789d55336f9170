"use strict";
// Neither an ampersand nor a less-than sign stands in here: so the page is well-formed XML as well.
(function () {
  const byId = function (id) { return document.getElementById(id); };
  const all = function (root, what) { return Array.from(root.querySelectorAll(what)); };
  const words = function (element, name) { return (element.getAttribute(name) || "").split(" ").filter(Boolean); };
  const svg = byId("map"), view = byId("view"), find = byId("find"), choice = byId("namespace"), said = byId("said");
  const nodes = all(svg, "[data-id]"), lines = all(svg, "[data-b]"), tags = all(svg, ".m:not(.k)"), rows = all(byId("flows"), "tr[data-b]");
  const whole = words(svg, "viewBox").map(Number), size = whole.slice(2);
  let box = whole.slice(), pinned = null;

  // Seeing: what belongs to a node is its own name, its compartment, and everyone.
  function belongs(node) {
    const own = words(node, "data-id"), set = new Set(own.concat(words(node, "data-n")));
    if (own.some(function (id) { return id[0] === "n"; })) {
      nodes.forEach(function (other) {
        if (words(other, "data-n").some(function (id) { return own.includes(id); })) {
          words(other, "data-id").forEach(function (id) { set.add(id); });
          if (other.hasAttribute("data-sea")) { set.add("sea"); }
        }
      });
    }
    if (node.hasAttribute("data-sea")) { set.add("sea"); }
    if (!own.some(function (id) { return id[0] === "o"; })) { set.add("all"); }
    return set;
  }
  function ends(line) { return words(line, "data-a").concat(words(line, "data-b")); }
  function wet(node, how) { return (node.getAttribute("data-sea") || "").includes(how); }
  function touches(line, set) { return ends(line).some(function (id) { return set.has(id); }); }
  function show(chosen, set) {
    const near = new Set(), own = new Set();
    lines.forEach(function (line) {
      const on = chosen.includes(line) || (set ? touches(line, set) : false);
      line.classList.toggle("on", on);
      if (on) { ends(line).forEach(function (id) { near.add(id); }); }
    });
    // The label of a line is seen with it.
    const seen = new Set(lines.filter(function (line) { return line.classList.contains("on"); }).map(function (line) { return line.getAttribute("data-k"); }));
    lines.forEach(function (line) {
      if (line.classList.contains("k")) { line.classList.toggle("on", seen.has(line.getAttribute("data-k"))); }
    });
    near.delete("all");
    near.delete("sea");
    chosen.forEach(function (node) { words(node, "data-id").forEach(function (id) { own.add(id); }); });
    const members = nodes.filter(function (node) { return chosen.includes(node) || words(node, "data-n").some(function (id) { return own.has(id); }); });
    const sends = set ? members.some(function (node) { return wet(node, "s"); }) : false, takes = set ? members.some(function (node) { return wet(node, "r"); }) : false;
    const homes = new Set();
    nodes.forEach(function (node) {
      const within = words(node, "data-n");
      const swims = (sends ? wet(node, "r") : false) || (takes ? wet(node, "s") : false);
      const on = swims || members.includes(node) || words(node, "data-id").concat(within).some(function (id) { return near.has(id); });
      node.classList.toggle("on", on);
      node.classList.toggle("pin", node === pinned);
      if (on) { within.forEach(function (id) { homes.add(id); }); }
    });
    nodes.forEach(function (node) {
      if (words(node, "data-id").some(function (id) { return homes.has(id); })) { node.classList.add("on"); }
    });
    tags.forEach(function (tag) {
      const of = tag.getAttribute("data-of");
      tag.classList.toggle("on", members.some(function (one) { return words(one, "data-id").includes(of); }));
    });
    svg.classList.toggle("some", chosen.length > 0);
  }
  function title(node) { const title = node.querySelector("title"); return title ? title.textContent : ""; }
  function refresh() {
    const set = pinned ? belongs(pinned) : null, query = find.value.trim().toLowerCase();
    const hits = query ? nodes.filter(function (node) { return title(node).toLowerCase().includes(query); }) : [];
    nodes.forEach(function (node) { node.classList.toggle("hit", hits.includes(node)); });
    show(pinned ? [pinned] : hits, set);
    let shown = 0;
    rows.forEach(function (row) {
      const on = (set ? touches(row, set) : true) ? row.textContent.toLowerCase().includes(query) : false;
      row.hidden = !on;
      if (on) { shown += 1; }
    });
    byId("shown").textContent = shown === rows.length ? "" : shown + " of " + rows.length + " shown.";
    said.textContent = pinned ? title(pinned).slice(0, 160) : query ? hits.length + " found" : "";
    return hits;
  }
  function pin(node) {
    pinned = pinned === node ? null : node;
    nodes.forEach(function (other) { other.setAttribute("aria-pressed", String(other === pinned)); });
    const id = pinned ? words(pinned, "data-id").concat(words(pinned, "data-n")).find(function (id) { return id[0] === "n"; }) : "";
    choice.value = id || "";
    refresh();
  }
  function clear() { pinned = null; find.value = ""; choice.value = ""; refresh(); }

  // Moving.
  function look() { svg.setAttribute("viewBox", box.map(function (n) { return Math.round(n * 100) / 100; }).join(" ")); }
  function scale() {
    const rect = svg.getBoundingClientRect();
    return Math.max(box[2] / Math.max(rect.width, 1), box[3] / Math.max(rect.height, 1));
  }
  function at(x, y) {
    const rect = svg.getBoundingClientRect(), by = scale();
    return [box[0] + box[2] / 2 + (x - rect.left - rect.width / 2) * by, box[1] + box[3] / 2 + (y - rect.top - rect.height / 2) * by];
  }
  function zoom(by, point) {
    const wide = Math.min(Math.max(box[2] * by, 200), size[0] * 2), real = wide / box[2];
    box = [point[0] - (point[0] - box[0]) * real, point[1] - (point[1] - box[1]) * real, wide, box[3] * real];
    look();
  }
  function middle() { return [box[0] + box[2] / 2, box[1] + box[3] / 2]; }
  function fit() { box = whole.slice(); look(); }
  function near(node, close) {
    const rect = node.getBBox(), frame = view.getBoundingClientRect();
    const room = close ? Math.max(rect.width * 2.4, rect.height * 2.4 * frame.width / Math.max(frame.height, 1), 1100) : box[2];
    const wide = Math.min(room, size[0]), tall = wide * frame.height / Math.max(frame.width, 1);
    const inside = rect.x > box[0] ? rect.y > box[1] ? box[0] + box[2] > rect.x + rect.width ? box[1] + box[3] > rect.y + rect.height : false : false : false;
    if (close || !inside) { box = [rect.x + rect.width / 2 - wide / 2, rect.y + rect.height / 2 - tall / 2, wide, tall]; look(); }
  }
  view.addEventListener("wheel", function (event) {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, at(event.clientX, event.clientY));
  }, { passive: false });
  let drag = null, moved = false;
  view.addEventListener("pointerdown", function (event) {
    if (event.button === 0) { drag = [event.clientX, event.clientY, box[0], box[1]]; moved = false; }
  });
  window.addEventListener("pointermove", function (event) {
    if (!drag) { return; }
    const by = scale(), x = event.clientX - drag[0], y = event.clientY - drag[1];
    if (Math.abs(x) + Math.abs(y) > 4) { moved = true; view.classList.add("drag"); }
    if (moved) { box[0] = drag[2] - x * by; box[1] = drag[3] - y * by; look(); }
  });
  window.addEventListener("pointerup", function () { drag = null; view.classList.remove("drag"); });
  view.addEventListener("keydown", function (event) {
    const step = box[2] / 10;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (move) { box[0] += move[0]; box[1] += move[1]; look(); event.preventDefault(); }
    if (event.key === "+") { zoom(1 / 1.3, middle()); }
    if (event.key === "-") { zoom(1.3, middle()); }
    if (event.key === "0") { fit(); }
  });

  // Choosing.
  nodes.forEach(function (node) {
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-pressed", "false");
    node.setAttribute("aria-label", title(node));
    node.addEventListener("pointerenter", function () { if (!pinned) { if (!find.value) { show([node], belongs(node)); } } });
    node.addEventListener("pointerleave", refresh);
    node.addEventListener("focus", function () {
      near(node, false);
      if (!pinned) { show([node], belongs(node)); }
    });
    node.addEventListener("blur", refresh);
    node.addEventListener("click", function (event) { event.stopPropagation(); if (!moved) { pin(node); } });
    node.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pin(node); }
    });
  });
  lines.forEach(function (line) {
    line.addEventListener("pointerenter", function () { if (!pinned) { if (!find.value) { show([line], null); } } });
    line.addEventListener("pointerleave", refresh);
  });
  view.addEventListener("click", function () { if (!moved) { pinned = null; refresh(); } });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { clear(); } });
  find.addEventListener("input", function () { pinned = null; choice.value = ""; refresh(); });
  find.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") { return; }
    event.preventDefault();
    const hit = refresh()[0];
    if (hit) { near(hit, true); }
  });
  choice.addEventListener("change", function () {
    const id = choice.value;
    const node = nodes.find(function (node) { return words(node, "data-id").includes(id); });
    find.value = "";
    pinned = null;
    if (node) { pin(node); near(node, true); } else { refresh(); fit(); }
  });
  byId("in").addEventListener("click", function () { zoom(1 / 1.3, middle()); });
  byId("out").addEventListener("click", function () { zoom(1.3, middle()); });
  byId("fit").addEventListener("click", fit);
  byId("clear").addEventListener("click", clear);
  all(document, "[hidden].scripted").forEach(function (element) { element.hidden = false; });
  refresh();
})();
