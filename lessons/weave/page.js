// What a page offers where scripts may run; without them it is complete, and shows none of this.
(function () {
    "use strict";

    function addButton(parent, style, text, whenPressed) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = style;
        button.textContent = text;
        button.addEventListener("click", () => whenPressed(button));
        parent.append(button);
    }

    // Copies the code of a cell. Numbers of lines are drawn, so they don't go along.
    async function copy(button) {
        try {
            const code = button.parentNode.querySelector("code");
            await navigator.clipboard.writeText(code.textContent + "\n");
            button.textContent = "Copied";
        } catch {
            button.textContent = "Not allowed here";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
    }
    if (navigator.clipboard)
        for (const listing of document.querySelectorAll(".listing"))
            addButton(listing, "copy", "Copy", copy);

    // Unfolds all code, and folds it again.
    const folded = document.querySelectorAll("details");
    function unfold(button) {
        const open = button.textContent === "Unfold all code";
        for (const details of folded) details.open = open;
        button.textContent = open ? "Fold long code" : "Unfold all code";
    }
    if (folded.length)
        addButton(document.querySelector("header"), "unfold", "Unfold all code", unfold);

    // Paper has no folds. Newer browsers know that from the style sheet.
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
