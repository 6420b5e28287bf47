// What a page offers where scripts may run; without them it is complete, and shows none of this.
(function () {
    "use strict";

    // Contents are folded where they would stand before the title.
    const contents = document.querySelector(".toc > details");
    if (contents && matchMedia("(max-width: 40rem)").matches) contents.open = false;

    // Paper has no folds. Newer browsers know that from the style sheet.
    // What only shows things remains a line.
    const folded = document.querySelectorAll("details:not(.plumbing, .rows)");
    let closed = [];
    addEventListener("beforeprint", () => {
        closed = [...folded].filter((details) => !details.open);
        for (const details of closed) details.open = true;
    });
    addEventListener("afterprint", () => {
        for (const details of closed) details.open = false;
    });

    // The arrow keys lead to the lessons before and after, but not where they scroll.
    const relations = { ArrowLeft: "prev", ArrowRight: "next" };
    addEventListener("keydown", (event) => {
        const relation = relations[event.key], root = document.documentElement;
        const modified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
        const scrolls = event.target.closest("[tabindex], .drawing") ||
            root.scrollWidth > root.clientWidth;
        if (!relation || modified || scrolls || event.defaultPrevented) return;
        const link = document.querySelector(`a[rel=${relation}]`);
        if (link) location.assign(link.href);
    });
})();
