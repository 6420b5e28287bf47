// Light or dark, as the reader has chosen; before anything is drawn.
try {
    const theme = localStorage.getItem("theme");
    if (theme) document.documentElement.dataset.theme = theme;
} catch { /* nothing is remembered here */ }
