// Proves that check_pages.mjs finds what it looks for: pages broken on purpose, each in one way,
// must fail in the groups that are meant and in no other, and a good page in none.
//
//     node tests/pages/prove_check_pages.mjs

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPages, findTools, sayMissing } from './check_pages.mjs';

const style = `
:root { color-scheme: light dark; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
body { background: light-dark(#fff, #111); color: light-dark(#111, #eee); }
svg { max-width: 100%; }
a { color: inherit; }
@page { size: A4; margin: 20mm; }
@media print { details::details-content { content-visibility: visible; } }`;

const theme = readFileSync(new URL('../../lessons/weave/theme.js', import.meta.url), 'utf8');
const themed = `<script>${theme}</script>`;

const pageOf = ({ head = '', body = '', theme = themed }) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title>
<style>${style}</style>
${theme}
${head}
</head>
<body>
<header><p>Pages</p></header>
<main>
<h1 id="top">A page</h1>
<p>Its text, and <a href="good.html#top">a link</a>.</p>
${body}
</main>
</body>
</html>
`;

const script = text => `<script>${text}</script>`;
const atEnd = text => `<script>addEventListener('DOMContentLoaded', () => { ${text} });</script>`;
const addButton = (name, text) => atEnd(`
    const button = document.createElement('button');
    button.textContent = '${name}';
    button.onclick = () => { ${text} };
    document.querySelector('main').append(button);`);

// A lesson as it should be, but for the parts that are given.
const drawing = (text, more = '') => `<figure id="figure-it"><svg role="img" aria-label="A drawing"
    width="300" height="40" viewBox="0 0 300 40"><text x="9" y="30" font-size="13" fill="currentColor"
    ${more}>${text}</text></svg></figure>`;
const exercises = answer => `<h2 id="exercises">Exercises</h2><ol><li>One.
    <details class="answer"><summary>Answer</summary>${answer}</details></li></ol>`;
const printed = '<div class="out"><pre tabindex="0">42</pre></div>';
const lesson = ({ figure = drawing('text'), code = 'int main(void);', text = '',
                  answers = exercises(printed) }) => ({
    body: `${figure}<pre class="code" tabindex="0"><code>${code}</code></pre>${printed}
           <div><p>Text.</p>${text}</div>${answers}`,
});
const explains = (word, forms = word) =>
    `<p>Now: <dfn id="word-${word}" data-forms="${forms}">${word}</dfn>.</p>`;

const dot = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';

// name, the groups that must fail with words of what they say, what is put into the page.
const broken = [
    ['good', {}, {
        head: addButton('Copy', 'navigator.clipboard.writeText("text")'),
        body: `<details><summary>More</summary><p>And more.</p></details>
               <p><a href="https://doi.org/10.1145/2827872">outside</a></p>
               <p><img src="${dot}" alt="a dot"></p>`,
    }],
    ['console', { loads: 'console.error: wrong' }, { head: script('console.error("wrong");') }],
    ['exception', { loads: 'nowhere is not defined' }, { head: script('nowhere();') }],
    ['request', { loads: 'request: http://127.0.0.1/x' }, {
        head: script('fetch("http://127.0.0.1/x");'),
    }],
    ['late', { loads: 'request: http' }, {
        head: script('setTimeout(() => { new Image().src = "http://127.0.0.1/x.png"; }, 20);'),
    }],
    ['anchor', { links: 'no such place: #nowhere' }, {
        body: '<p><a href="#nowhere">dead</a></p>',
    }],
    ['other_anchor', { links: 'no such place: good.html#x' }, {
        body: '<p><a href="good.html#x">dead</a></p>',
    }],
    ['file', { links: 'no such file: nowhere.html' }, {
        body: '<p><a href="nowhere.html">dead</a></p>',
    }],
    ['plain_http', { links: 'neither https' }, {
        body: '<p><a href="http://a.example/">insecure</a></p>',
    }],
    ['garbled', { links: 'not an address: https://', vnu: 'Bad value' }, {
        body: '<p><a href="https://">garbled</a></p>',
    }],
    ['leaves', { links: 'outside of the report' }, { body: '<p><a href="../x.html">x</a></p>' }],
    ['use', { links: 'no such place: #gone' }, {
        body: '<svg role="img" aria-label="nothing" width="9" height="9"><use href="#gone"/></svg>',
    }],
    ['twice', { ids: 'twice: one', tidy: 'anchor "one"', vnu: 'Duplicate ID' }, {
        body: '<p id="one">1</p><p id="one">2</p>',
    }],
    ['mute', { pictures: 'no text: <img', axe: 'image-alt', tidy: '"alt"', vnu: '“alt”' }, {
        body: `<p><img src="${dot}"></p>`,
    }],
    ['mute_svg', { pictures: 'no text: <svg' }, { body: '<svg width="9" height="9"></svg>' }],
    ['wide', { layout: '1280 light: 20', print: 'px wide in' }, {
        body: '<p style="width: 2000px">wide</p>',
    }],
    ['narrow_only', { layout: '400 dark: 6' }, {
        body: '<p style="width: 600px">wide for a telephone</p>',
    }],
    ['unswitched', { code: 'no switch' }, { body: '<div class="cell"><p>Code.</p></div>' }],
    ['unsorted', { code: "numbers isn't sorted" }, {
        body: `<div class="out"><table id="numbers"><thead><tr><th>number</th></tr></thead>
               <tbody><tr><td>2</td></tr><tr><td>1</td></tr></tbody></table></div>`,
        head: atEnd(`
            const button = document.createElement('button');
            button.className = 'sort';
            button.setAttribute('aria-label', 'Sort');
            document.querySelector('th').append(button);`),
    }],
    ['glaring', { layout: 'as light as', theme: 'dark: light' }, {
        head: '<style>body { background: #fff !important; color: #111 !important; }</style>',
    }],
    ['pale', { axe: 'light: color-contrast' }, {
        body: '<p style="color: #aaa; background: #fff">pale in light and dark</p>',
    }],
    ['pale_in_the_dark', { axe: 'dark: color-contrast' }, {
        head: '<style>@media (prefers-color-scheme: dark) { h1 { color: #444; } }</style>',
    }],
    ['unnamed', { axe: 'label' }, { body: '<p><input type="text"></p>' }],
    ['unclosed', { tidy: 'missing </em>', vnu: 'em' }, { body: '<p><em>never ended</p>' }],
    ['css', { vnu: 'CSS' }, { body: '<p style="colour: red">no such property</p>' }],
    ['large', { size: '11' }, { body: `<!-- ${'x'.repeat(1_100_000)} -->` }],
    ['script_text', { scripts: 'with scripts "and a link. Only' }, {
        head: atEnd('document.querySelector("main").append("Only with a script.");'),
    }],
    ['noscript_text', { scripts: 'without' }, {
        body: '<noscript><p>Only without a script.</p></noscript>',
    }],
    ['dead_button', { scripts: 'dead without scripts' }, {
        body: '<p><button type="button">Does nothing</button></p>',
    }],
    ['bad_button', { scripts: 'nowhere is not defined' }, {
        head: addButton('Break', 'nowhere();'),
    }],
    ['keys', { scripts: 'ArrowRight leads to' }, {
        head: script(`addEventListener('keydown', event => {
            if (event.key === 'ArrowLeft') location.assign('good.html');
        });`),
        body: `<p><a rel="prev" href="good.html">before</a>
               <a rel="next" href="wide.html">after</a></p>`,
    }],
    ['01_good', {}, lesson({ text: explains('atom', 'atom, atoms') + '<p>An atom, and atoms.</p>' })],
    ['01_late', { opening: 'px down, after 1350' }, lesson({
        figure: `<p style="height: 1500px">much</p>${drawing('text')}`,
    })],
    ['01_code_first', { opening: '20 lines of code' }, lesson({ code: 'int i;\n'.repeat(20) })],
    ['01_unanswered', { exercises: 'no answer: One' }, lesson({ answers: exercises('Yes.') })],
    ['01_without_exercises', { exercises: 'there are no' }, lesson({ answers: '' })],
    ['02_early', { words: '"Quarks" is not explained yet' }, lesson({
        text: `<p>Quarks come first.</p>${explains('quark', 'quark, quarks')}`,
    })],
    ['02_early_heading', { words: '"gluon" is not explained yet' }, lesson({
        text: '<h2>The gluon</h2><p>Text <code>gluon</code></p>',
    })],
    ['03_explains', {}, lesson({ text: explains('gluon') })],
    ['cut', { figures: 'is cut off' }, {
        body: `<figure><div style="overflow-x: auto">${drawing('text').replace('<svg',
            '<svg style="min-width: 600px"')}</div></figure>`.replace('id="figure-it"', ''),
    }],
    ['cut_words', { figures: 'of "a long text' }, { body: drawing('a long text, '.repeat(9)) }],
    ['small_words', { figures: '"tiny" is 5.0 px' }, { body: drawing('tiny', 'style="font-size: 5px"') }],
    ['struck', { names: 'hides the underscores of tt_fit' }, {
        body: '<p><a href="good.html#top"><code>tt_fit</code></a></p>',
    }],
    ['no_theme', { theme: 'there is no button' }, { theme: '' }],
    ['index', { search: 'doesn\'t find 04_sought.html#lost' }, {
        head: atEnd(`
            const form = document.createElement('form'), input = document.createElement('input');
            form.setAttribute('role', 'search');
            input.setAttribute('aria-label', 'Search');
            form.append(input);
            document.querySelector('main').append(form);`),
    }],
    ['04_sought', {}, lesson({ answers: exercises(printed) + '<h2 id="lost">Lost</h2>' })],
    ['letter', { print: 'paper of 612 x 792' }, { head: '<style>@page { size: letter; }</style>' }],
    ['wide_on_paper', { print: 'px wide in' }, {
        head: '<style>@media print { p { width: 900px; } }</style>',
    }],
    ['folded_on_paper', { print: 'folded away on paper: Hidden' }, {
        head: '<style>@media print { details::details-content { content-visibility: hidden; } }' +
              '</style>',
        body: '<details><summary>More</summary><p>Hidden.</p></details>',
    }],
];

// What is unexpected in the results of one page, or missing: group -> what was said.
function judge(expected, found) {
    const wrong = [];
    for (const [group, words] of Object.entries(expected))
        if (!found[group]?.join('\n').includes(words))
            wrong.push(`${group} should say "${words}": ${found[group]?.join(' | ') ?? 'nothing'}`);
    for (const group of Object.keys(found).filter(group => !(group in expected)))
        wrong.push(`${group} should say nothing: ${found[group].join(' | ')}`);
    return wrong;
}

const tools = findTools();
if (sayMissing(tools, false)) process.exit(1);
if (!tools.java) for (const [, expected] of broken) delete expected.vnu;

const folder = mkdtempSync(join(tmpdir(), 'pages-'));
try {
    const found = Object.fromEntries(broken.map(([name]) => [name, {}]));
    for (const [name, , parts] of broken)
        writeFileSync(join(folder, `${name}.html`), pageOf(parts));
    await checkPages(folder, tools, {}, (page, group, wrong) => {
        if (wrong.length) found[page.name.replace('.html', '')][group] = wrong;
    });
    let failed = 0;
    for (const [name, expected] of broken) {
        const wrong = judge(expected, found[name]);
        failed += wrong.length > 0;
        console.log(`${wrong.length ? 'FAILED ' : 'ok     '} ${name}: ` +
                    `${Object.keys(expected).join(', ') || 'nothing'} found`);
        for (const what of wrong) console.log(`        ${what}`);
    }
    console.log(`${broken.length} pages, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
} finally {
    rmSync(folder, { recursive: true });
}
