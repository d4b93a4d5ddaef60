// A click on a heading sorts its table: numbers largest first, text in order; again: the reverse.
"use strict";
function value(row, place) {
  const text = row.cells[place].textContent.trim();
  const number = parseFloat(text.replace(/,/g, "").replace("\u2212", "-"));
  return text === "" || text === "\u2013" ? null : Number.isNaN(number) ? text : number;
}
function sort(table, place, button) {
  const heading = button.parentElement;
  const rows = Array.from(table.tBodies[0].rows);
  const filled = rows.filter((row) => value(row, place) !== null);
  const empty = rows.filter((row) => value(row, place) === null);
  const numbers = filled.every((row) => typeof value(row, place) === "number");
  const was = heading.getAttribute("aria-sort");
  const descending = was ? was === "ascending" : numbers;
  filled.sort((one, other) => {
    const [a, b] = [value(one, place), value(other, place)];
    const order = numbers ? a - b : String(a).localeCompare(String(b));
    return descending ? -order : order;
  });
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.tBodies[0].append(...filled, ...empty);
}
for (const table of document.querySelectorAll("table")) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, place) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(table, place, button));
  });
}
