// Looks words up in the index of the pages, which stands in this one.
(function () {
    "use strict";

    const data = JSON.parse(document.getElementById("search-index").textContent);
    const places = data.places.map(([page, id, title]) => ({
        title, page: data.pages[page].title, address: `${data.pages[page].name}.html#${id}`,
    }));
    // A word and the places that have it, each by its distance from the one before, in base 36.
    const words = data.words.split("\n").map((line) => {
        const [word, ...steps] = line.split(" ");
        let at = -1;
        return [word, steps.map((step) => (at += parseInt(step, 36)))];
    });

    const form = document.createElement("form"), input = document.createElement("input");
    const list = document.createElement("ol");
    form.setAttribute("role", "search");
    input.type = "search";
    input.placeholder = "a word, or a name such as tt_fit";
    input.setAttribute("aria-label", "Search lessons and book");
    form.append(input);
    list.className = "found";
    list.setAttribute("aria-live", "polite");
    document.getElementById("search").after(form, list);

    // place -> points; a title counts more, and a whole word more than its beginning.
    function find(query) {
        const points = new Map();
        for (const [word, found] of words) {
            if (!word.startsWith(query)) continue;
            const worth = word === query ? 3 : 1;
            for (const at of found) points.set(at, Math.max(points.get(at) ?? 0, worth));
        }
        places.forEach(({ title }, at) => {
            if (title.toLowerCase().includes(query)) points.set(at, (points.get(at) ?? 0) + 10);
        });
        return points;
    }

    // The places that have all words, the best first.
    function search(text) {
        const queries = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
        if (!queries.length) return [];
        const all = queries.map(find);
        const common = [...all[0].keys()].filter((at) => all.every((points) => points.has(at)));
        const worth = (at) => all.reduce((sum, points) => sum + points.get(at), 0);
        return common.sort((a, b) => worth(b) - worth(a) || a - b).map((at) => places[at]);
    }

    function item({ title, page, address }) {
        const li = document.createElement("li"), link = document.createElement("a");
        const where = document.createElement("span");
        link.href = address;
        link.textContent = title;
        where.textContent = page;
        li.append(link, " ", where);
        return li;
    }

    function nothing() {
        const li = document.createElement("li");
        li.textContent = "Nothing has all of these words.";
        return li;
    }

    function show() {
        const found = search(input.value).slice(0, 15).map(item);
        list.replaceChildren(...(found.length || !input.value.trim() ? found : [nothing()]));
    }
    input.addEventListener("input", show);
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        show();
        list.querySelector("a")?.focus();
    });
    if (location.hash === "#search") input.focus();
})();
