// Light or dark as the system has it, or as the reader has chosen; before anything is drawn.
(function () {
    "use strict";

    const next = { auto: "light", light: "dark", dark: "auto" };
    const { dataset } = document.documentElement;

    function remembered() {
        try {
            return localStorage.getItem("theme");
        } catch {
            return null; // nothing is remembered here
        }
    }

    function choose(theme) {
        if (theme === "auto") delete dataset.theme;
        else dataset.theme = theme;
        try {
            localStorage.setItem("theme", theme);
        } catch { /* it holds for this page */ }
    }
    if (remembered() in next) choose(remembered());

    addEventListener("DOMContentLoaded", () => {
        const button = document.createElement("button");
        const say = () => { button.textContent = `Theme: ${dataset.theme ?? "auto"}`; };
        button.type = "button";
        button.className = "theme";
        button.addEventListener("click", () => {
            choose(next[dataset.theme ?? "auto"]);
            say();
        });
        say();
        document.querySelector("header")?.append(button);
    });
})();
