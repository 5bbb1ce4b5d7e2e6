// The menu, the list of versions and the search. Pages can be read without it.
(() => {
  const own = document.currentScript;
  const top = own.dataset.top;
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const MOST = 12;
  const AROUND = 60;
  let loading = null;
  let chosen = -1;

  const wide = matchMedia("(min-width: 60rem)");
  const openWhereWide = () => (document.getElementById("menu").open = wide.matches);
  wide.addEventListener("change", openWhereWide);
  openWhereWide();

  const version = document.getElementById("version");
  for (const each of window.walwireVersions || []) {
    if (each !== own.dataset.version) {
      version.append(new Option(each, each));
    }
  }
  version.addEventListener("change", () => {
    location.href = top + "../" + version.value + "/index.html";
  });

  /** The index comes when it is first needed. */
  function index() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = top + "search-index.js";
      script.onload = () => resolve(window.walwireIndex);
      script.onerror = () => reject(new Error("The search index cannot be loaded"));
      document.head.append(script);
    });
    return loading;
  }

  const words = text => text.toLowerCase().split(/[\s,;()"[\]]+/).filter(word => word);

  /** Every word has to be somewhere in the part; one in a heading counts more, and a whole heading most. */
  function score(entry, wanted) {
    const heading = entry.heading.toLowerCase();
    const page = entry.page.toLowerCase();
    const text = entry.text.toLowerCase();
    let sum = 0;
    for (const word of wanted) {
      const here = (heading === word ? 40 : 0) + (heading.includes(word) ? 10 : 0)
        + (page.includes(word) ? 4 : 0) + (text.includes(word) ? 1 + Math.min(4, text.split(word).length - 1) : 0);
      if (here === 0) {
        return 0;
      }
      sum += here;
    }
    return page === "changelog" ? sum / 4 : sum; // what is comes before what was
  }

  function excerpt(text, wanted) {
    const lower = text.toLowerCase();
    const places = wanted.map(word => lower.indexOf(word)).filter(place => place >= 0);
    const begin = Math.max(0, (places.length ? Math.min(...places) : 0) - AROUND);
    const part = text.slice(begin, begin + 3 * AROUND);
    return (begin > 0 ? "… " : "") + part + (begin + part.length < text.length ? " …" : "");
  }

  /** As text nodes, so that nothing of a document becomes markup. */
  function marked(parent, text, wanted) {
    const pattern = new RegExp("(" + wanted.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") + ")", "i");
    text.split(pattern).forEach((part, i) => {
      if (i % 2) {
        const mark = document.createElement("mark");
        mark.textContent = part;
        parent.append(mark);
      } else {
        parent.append(part);
      }
    });
  }

  function item(entry, wanted) {
    const link = document.createElement("a");
    link.href = top + entry.url;
    marked(link, entry.heading === entry.page ? entry.page : entry.page + ": " + entry.heading, wanted);
    const small = document.createElement("small");
    marked(small, excerpt(entry.text, wanted), wanted);
    link.append(small);
    const line = document.createElement("li");
    line.append(link);
    return line;
  }

  function nothing(text) {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  }

  async function search() {
    const wanted = words(input.value);
    chosen = -1;
    if (!wanted.length) {
      found.hidden = true;
      return;
    }
    let lines;
    try {
      lines = (await index())
        .map(entry => ({entry, score: score(entry, wanted)}))
        .filter(each => each.score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, MOST)
        .map(each => item(each.entry, wanted));
    } catch (failed) {
      lines = [nothing(failed.message)];
    }
    found.replaceChildren(...(lines.length ? lines : [nothing("Nothing found")]));
    found.hidden = false;
  }

  function choose(next) {
    const lines = [...found.children];
    chosen = Math.max(0, Math.min(lines.length - 1, next));
    lines.forEach((line, i) => line.classList.toggle("chosen", i === chosen));
    lines[chosen]?.scrollIntoView({block: "nearest"});
  }

  input.addEventListener("input", search);
  input.addEventListener("focus", search);
  input.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter") {
      (found.querySelector(".chosen a") || found.querySelector("a"))?.click();
    } else if (event.key === "Escape") {
      found.hidden = true;
    }
  });
  document.addEventListener("click", event => {
    if (!event.target.closest(".search")) {
      found.hidden = true;
    }
  });
  document.addEventListener("keydown", event => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      input.focus();
      event.preventDefault();
    }
  });
})();
