"use strict";

// The number at the start of a cell (12,345 or −0.4 or <0.001); none sorts last.
function numberOf(text) {
  return parseFloat(text.replaceAll(",", "").replace("−", "-").replace("<", ""));
}

function compared(one, other) {
  const numbers = [numberOf(one), numberOf(other)];
  if (numbers.every((value) => !Number.isNaN(value))) return numbers[0] - numbers[1];
  return one.localeCompare(other, undefined, { numeric: true });
}

function sort(button) {
  const header = button.closest("th");
  const headers = [...header.parentElement.children];
  const body = header.closest("table").tBodies[0];
  const isNumber = header.classList.contains("number");
  const before = header.getAttribute("aria-sort");
  const falling = before ? before === "ascending" : isNumber;
  const text = (row) => row.cells[headers.indexOf(header)].textContent.trim();
  const isEmpty = (row) => isNumber && Number.isNaN(numberOf(text(row)));
  const rows = [...body.rows].sort((one, other) => {
    if (isEmpty(one) || isEmpty(other)) return isEmpty(one) - isEmpty(other);
    return (falling ? -1 : 1) * compared(text(one), text(other));
  });
  headers.forEach((other) => other.removeAttribute("aria-sort"));
  header.setAttribute("aria-sort", falling ? "descending" : "ascending");
  body.append(...rows);
}

function filter(form) {
  const chosen = [...new FormData(form)].filter(([, value]) => value);
  let shown = 0;
  for (const item of form.closest(".examples").querySelectorAll("ol > li")) {
    const fits = chosen.every(([facet, value]) =>
      facet === "text"
        ? item.textContent.toLowerCase().includes(value.toLowerCase())
        : item.dataset[facet] === value
    );
    item.hidden = !fits;
    shown += fits;
  }
  form.querySelector("output").textContent = `${shown} shown`;
}

document.querySelectorAll("th > button").forEach((button) => {
  button.addEventListener("click", () => sort(button));
});

document.querySelectorAll("form.facets").forEach((form) => {
  form.addEventListener("input", () => filter(form));
  form.addEventListener("submit", (event) => event.preventDefault());
});

// On paper nothing can be opened.
const folded = () => document.querySelectorAll("details:not([open])");
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...folded()];
  opened.forEach((details) => (details.open = true));
});
addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));

// The section that is read, in the table of contents.
const links = new Map(
  [...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link])
);
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      links.get(target.id).classList.toggle("here", isIntersecting);
    }
  },
  { rootMargin: "-20% 0px -70% 0px" }
);
document.querySelectorAll("main > section").forEach((section) => watcher.observe(section));
