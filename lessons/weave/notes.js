// What links and marks of drawings show before one follows them: under a pointer, a finger or the
// focus. Without scripts links are links, and browsers show the titles of marks.
(function () {
    "use strict";

    const tip = document.createElement("aside");
    tip.className = "tip";
    tip.id = "tip";
    tip.setAttribute("aria-label", "Preview");
    tip.hidden = true;
    document.body.append(tip);
    let shown = null, timer = 0; // whose tip it is; when it comes or goes

    function place(box) {
        const { clientWidth, clientHeight } = document.documentElement;
        const below = box.bottom + 6, above = box.top - 6 - tip.offsetHeight;
        const left = Math.max(8, Math.min(box.left, clientWidth - tip.offsetWidth - 8));
        const fits = below + tip.offsetHeight < clientHeight || above < 0;
        tip.style.left = `${left + scrollX}px`;
        tip.style.top = `${(fits ? below : above) + scrollY}px`;
    }

    function show(what, content) {
        clearTimeout(timer);
        if (shown === what) return;
        hide();
        shown = what;
        tip.replaceChildren(content);
        tip.hidden = false;
        what.setAttribute("aria-describedby", "tip");
        place(what.getClientRects()[0] ?? what.getBoundingClientRect());
    }

    function hide() {
        clearTimeout(timer);
        if (!shown) return;
        shown.removeAttribute("aria-describedby");
        tip.hidden = true;
        shown = null;
    }

    function soon(act) {
        clearTimeout(timer);
        timer = setTimeout(act, 250);
    }
    tip.addEventListener("pointerenter", () => clearTimeout(timer));
    tip.addEventListener("pointerleave", () => soon(hide));
    addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("pointerdown", (event) => {
        if (!tip.contains(event.target) && !shown?.contains(event.target)) hide();
    });

    // ---- links ----

    const notes = new Map(); // address -> what is behind it
    for (const note of document.querySelector("template.notes")?.content.children ?? [])
        notes.set(note.dataset.of, note);

    // A copy without ids, which a page may have only once, and with the way to follow the link.
    function noteFor(link) {
        const address = link.getAttribute("href");
        const found = notes.get(address) ?? shownOnPage(address);
        if (!found) return null;
        const note = document.createElement("div"), go = document.createElement("a");
        note.append(found.cloneNode(true));
        for (const e of note.querySelectorAll("[id]")) e.removeAttribute("id");
        go.href = address;
        go.className = "go";
        go.textContent = "Go there";
        note.append(go);
        return note;
    }

    // Tables and figures of this page.
    function shownOnPage(address) {
        if (!/^#(table|figure)-/.test(address)) return null;
        const there = document.getElementById(address.slice(1));
        return there?.closest(".table") ?? there;
    }

    // A finger has no pointer to wait with: its first tap shows, and the way on is in the note.
    let touched = false;
    for (const link of document.querySelectorAll("main a[href*='#']:not(.anchor)")) {
        const open = () => {
            const note = noteFor(link);
            if (note) show(link, note);
            return note !== null;
        };
        link.addEventListener("pointerdown", (event) => {
            touched = event.pointerType === "touch";
        });
        link.addEventListener("pointerenter", (event) => {
            if (event.pointerType !== "touch") soon(open);
        });
        link.addEventListener("pointerleave", () => soon(hide));
        link.addEventListener("focus", () => { if (link.matches(":focus-visible")) open(); });
        link.addEventListener("blur", () => soon(hide));
        link.addEventListener("click", (event) => {
            const tapped = touched;
            touched = false; // a key may come next
            if (tapped && open()) event.preventDefault();
            else hide();
        });
    }

    // ---- marks of drawings ----

    // The mark that is nearest in a direction: what lies to the side counts twice.
    function neighbour(mark, key) {
        const middle = (m) => {
            const box = m.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        };
        const [x, y] = middle(mark);
        let best = null, least = Infinity;
        for (const other of mark.ownerSVGElement.querySelectorAll(".dot")) {
            const [there, down] = middle(other), dx = there - x, dy = down - y;
            const [ahead, aside] = { ArrowRight: [dx, dy], ArrowLeft: [-dx, dy],
                                     ArrowDown: [dy, dx], ArrowUp: [-dy, dx] }[key];
            const distance = ahead + 2 * Math.abs(aside);
            if (ahead > 0 && distance < least) [best, least] = [other, distance];
        }
        return best;
    }

    for (const mark of document.querySelectorAll(".dot")) {
        const open = () => show(mark, mark.querySelector("title").textContent);
        for (const event of ["pointerenter", "focus", "click"]) mark.addEventListener(event, open);
        for (const event of ["pointerleave", "blur"]) mark.addEventListener(event, hide);
        mark.addEventListener("keydown", (event) => {
            if (!event.key.startsWith("Arrow")) return;
            event.preventDefault();
            neighbour(mark, event.key)?.focus();
        });
    }
})();
