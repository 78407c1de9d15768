// The page of a run: links terms across both sides, opens notes, filters, keys. Works from a file, without requests.
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".row")];
  const keys = new Map();
  document.documentElement.classList.add("js");

  // a browser that cannot show what is closed has it opened where there is room
  if (!CSS.supports("selector(::details-content)")) one("overview").open = matchMedia("(width > 48rem)").matches;

  // notes -------------------------------------------------------------------------------------------------
  const triggers = (row, id) => row.querySelectorAll(`[data-n="${id}"], [data-f="${id}"]`);
  function setNote(id, open) {
    const note = one(id);
    if (!note) return;
    note.classList.toggle("open", open);
    for (const item of triggers(note.closest(".row"), id)) {
      if (item.dataset.n === id) item.setAttribute("aria-expanded", String(open));
    }
  }
  const isOpen = (id) => one(id)?.classList.contains("open") ?? false;
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-n]");
    if (!mark) return;
    event.preventDefault();
    const open = !isOpen(mark.dataset.n);
    setNote(mark.dataset.n, open);
    if (mark.dataset.f) setNote(mark.dataset.f, open);
  });
  function light(event) {
    const mark = event.target.closest?.("[data-n]");
    for (const old of document.querySelectorAll(".lit")) old.classList.remove("lit");
    if (!mark) return;
    for (const item of triggers(mark.closest(".row"), mark.dataset.n)) item.classList.add("lit");
  }
  document.addEventListener("mouseover", light);
  document.addEventListener("focusin", light);

  // filters -----------------------------------------------------------------------------------------------
  const text = (row) => {
    if (!keys.has(row)) {
      keys.set(row, searchKey(row.querySelector(".source").textContent + "\n" + row.querySelector(".target").textContent));
    }
    return keys.get(row);
  };
  function wanted(row, want) {
    return (!want.doc || row.dataset.doc === want.doc) && (!want.status || row.dataset.status === want.status)
      && (!want.check || row.dataset.checks.split(" ").includes(want.check))
      && (!want.finding || row.dataset.flags.split(" ").includes("finding"))
      && (!want.contested || row.dataset.flags.split(" ").includes("contested"))
      && (!want.q || text(row).includes(want.q));
  }
  function filter() {
    const want = {
      doc: one("f-doc").value, status: one("f-status").value, check: one("f-check").value,
      finding: one("f-finding").checked, contested: one("f-contested").checked, q: searchKey(one("q").value),
    };
    let count = 0;
    for (const row of rows) {
      row.hidden = !wanted(row, want);
      if (!row.hidden) count += 1;
    }
    for (const section of document.querySelectorAll(".doc")) section.hidden = !section.querySelector(".row:not([hidden])");
    one("nothing").hidden = count > 0 || rows.length === 0;
    one("shown").textContent = count === rows.length ? `${count} segments` : `${count} of ${rows.length} segments`;
  }
  let waiting = 0;
  const form = document.querySelector(".bar");
  function folds() {
    for (const item of document.querySelectorAll("details.more")) item.open = one("folds").checked;
  }
  one("folds").addEventListener("change", folds);
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  one("clear").addEventListener("click", () => { form.reset(); filter(); one("q").focus(); });
  form.reset();
  filter();

  // keys --------------------------------------------------------------------------------------------------
  const shown = () => rows.filter((row) => !row.hidden);
  const noted = (row) => /finding|contested/.test(row.dataset.flags);
  function move(step, test = () => true) {
    const list = shown();
    const here = list.indexOf(document.activeElement.closest?.(".row"));
    for (let at = here < 0 && step < 0 ? list.length - 1 : here + step; at >= 0 && at < list.length; at += step) {
      if (test(list[at])) {
        list[at].focus({ preventScroll: true });
        list[at].scrollIntoView({ block: "nearest" });
        return;
      }
    }
  }
  function everything() {
    const row = document.activeElement.closest?.(".row");
    if (!row) return;
    const open = !row.querySelector(".note.open, details[open]");
    for (const note of row.querySelectorAll(".note")) setNote(note.id, open);
    for (const item of row.querySelectorAll("details")) item.open = open;
  }
  const commands = {
    j: () => move(1), k: () => move(-1), n: () => move(1, noted), p: () => move(-1, noted), o: everything,
    r: () => { one("folds").click(); },
    "/": () => one("q").focus(), "?": () => one("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape") {
      if (typing) typing.blur();
      else document.activeElement.closest?.(".row")?.querySelectorAll(".note.open").forEach((note) => setNote(note.id, false));
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !one("keys-on").checked || one("help").open) return;
    const command = commands[event.key];
    if (!command) return;
    event.preventDefault();
    command();
  });
  one("help-open").addEventListener("click", () => one("help").showModal());
  function openHash() {
    const note = one(decodeURIComponent(location.hash.slice(1)));
    if (note?.classList.contains("note")) { setNote(note.id, true); note.scrollIntoView({ block: "center" }); }
  }
  window.addEventListener("hashchange", openHash);
  openHash();
})();
