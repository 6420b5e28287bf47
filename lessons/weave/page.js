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

    // A mark of a drawing shows its title at once, under a pointer, a finger or the focus; the
    // browser would show it late, and only under a pointer. From mark to mark lead the arrow keys.
    const tip = document.createElement("p");
    tip.className = "tip";
    tip.hidden = true;
    document.body.append(tip);

    function showTip(mark) {
        const box = mark.getBoundingClientRect();
        tip.textContent = mark.querySelector("title").textContent;
        tip.hidden = false;
        const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
        tip.style.left = `${Math.max(8, Math.min(box.left, room)) + scrollX}px`;
        tip.style.top = `${box.bottom + 6 + scrollY}px`;
    }

    // The mark that is nearest in a direction: what lies to the side counts twice.
    function neighbour(mark, key) {
        const middle = (m) => {
            const box = m.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        };
        const [x, y] = middle(mark);
        let best, least = Infinity;
        for (const other of mark.ownerSVGElement.querySelectorAll(".dot")) {
            const [dx, dy] = middle(other).map((c, i) => c - [x, y][i]);
            const turned = { ArrowRight: [dx, dy], ArrowLeft: [-dx, dy],
                             ArrowDown: [dy, dx], ArrowUp: [-dy, dx] }[key];
            const distance = turned[0] + 2 * Math.abs(turned[1]);
            if (turned[0] > 0 && distance < least) best = other, least = distance;
        }
        return best;
    }

    for (const mark of document.querySelectorAll(".dot")) {
        for (const event of ["pointerenter", "focus", "click"])
            mark.addEventListener(event, () => showTip(mark));
        for (const event of ["pointerleave", "blur"])
            mark.addEventListener(event, () => { tip.hidden = true; });
        mark.addEventListener("keydown", (event) => {
            if (event.key === "Escape") tip.hidden = true;
            if (!event.key.startsWith("Arrow")) return;
            event.preventDefault();
            neighbour(mark, event.key)?.focus();
        });
    }

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
