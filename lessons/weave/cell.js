// What cells and tables offer where scripts may run.
(function () {
    "use strict";

    function button(text, whenPressed) {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = text;
        made.addEventListener("click", () => whenPressed(made));
        return made;
    }

    // ---- copying: all code of a cell, folded or not; numbers of lines are drawn, not copied ----

    async function copy(pressed) {
        const parts = pressed.closest(".listing").querySelectorAll("pre > code");
        const text = [...parts].map((code) => code.textContent.replace(/\n$/, "")).join("\n");
        try {
            await navigator.clipboard.writeText(`${text}\n`);
            pressed.textContent = "Copied";
        } catch {
            pressed.textContent = "Not allowed here";
        }
        setTimeout(() => { pressed.textContent = "Copy"; }, 2000);
    }

    function headOf(listing) {
        const there = listing.querySelector(":scope > .head");
        if (there) return there;
        const made = document.createElement("p");
        made.className = "head";
        listing.prepend(made);
        return made;
    }
    for (const listing of navigator.clipboard ? document.querySelectorAll(".listing") : []) {
        const made = button("Copy", copy);
        made.className = "copy";
        headOf(listing).append(made);
    }

    // ---- how much code is shown: all, what is essential, or none ----

    const codes = ["all", "essential", "none"], group = document.createElement("div");

    // The address remembers it, and links to other lessons take it along.
    function remember(choice) {
        const query = choice === "essential" ? "" : `?code=${choice}`;
        try {
            history.replaceState(null, "", location.pathname + query + location.hash);
        } catch { /* it holds for this page */ }
        for (const link of document.querySelectorAll("nav.lessons a, a[rel]")) {
            const url = new URL(link.href);
            url.search = query;
            link.href = url.href;
        }
    }

    function choose(choice) {
        document.documentElement.dataset.code = choice;
        for (const details of document.querySelectorAll(".plumbing"))
            details.open = choice === "all";
        for (const made of group.querySelectorAll("button"))
            made.setAttribute("aria-pressed", String(made.textContent === choice));
    }

    if (document.querySelector(".cell")) {
        group.className = "codes";
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", "Code that is shown");
        for (const choice of codes)
            group.append(button(choice, () => { choose(choice); remember(choice); }));
        document.querySelector("header").append(group);
        const asked = new URLSearchParams(location.search).get("code");
        if (codes.includes(asked)) remember(asked);
        choose(codes.includes(asked) ? asked : "essential");
    }

    // ---- tables: sorted by a column, when its heading is pressed ----

    function valueOf(row, column) {
        const text = row.cells[column].textContent;
        const number = Number(text.replaceAll(",", "").replace("−", "-").replace(/[%*]$/, ""));
        return text.trim() === "" || Number.isNaN(number) ? text : number;
    }

    function compare(a, b) {
        if (typeof a === "number" && typeof b === "number") return a - b;
        return String(a).localeCompare(String(b), "en", { numeric: true });
    }

    function sort(heading) {
        const { tBodies: [body], tHead: { rows: [head] } } = heading.closest("table");
        const falls = heading.ariaSort === "ascending", { cellIndex } = heading;
        const rows = [...body.rows].sort((a, b) =>
            compare(valueOf(a, cellIndex), valueOf(b, cellIndex)) * (falls ? -1 : 1));
        for (const other of head.cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
        body.append(...rows);
    }
    for (const heading of document.querySelectorAll(".out .table thead th")) {
        if (heading.closest("table").tBodies[0].rows.length < 3) continue;
        const made = button("", () => sort(heading));
        made.className = "sort";
        made.setAttribute("aria-label", `Sort by ${heading.textContent}`);
        heading.append(made);
    }
})();
