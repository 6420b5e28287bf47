// Looks at the report's pages as a reader's browser does. One line a page and group of checks; what
// is wrong stands under its line. Node 18 or later, no packages; what each group needs:
//
//     loads     Chromium   nothing on the console, no exception, no request but for the page itself
//     links     Chromium   links and references lead somewhere, between pages too; https outside
//     ids       Chromium   no id twice
//     pictures  Chromium   alternative text
//     layout    Chromium   nothing wider than the window: 1280 and 400 px, light and dark
//     scripts   Chromium   the same words without them, and no dead buttons; with them all buttons
//                          work, and arrow keys lead where links to the pages before and after do
//     print     Chromium   a PDF on A4, nothing wider than its text, nothing folded away
//     axe       axe-core   accessible, light and dark (`make deps-pages`)
//     tidy      tidy       valid HTML
//     vnu       vnu-jar    valid HTML, CSS and SVG, where there is Java (`make deps-pages`)
//     size      nothing    less than 1 MB
//
// and those of course.mjs, which need Chromium.
//
//     node tests/pages/check_pages.mjs [--shots DIR] [--skip-missing] [FOLDER]
//
// FOLDER is report/ unless given. --shots saves what the pages look like. Without --skip-missing a
// missing tool is a failure; Java alone may be missing.

import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { checkCourse, checkCoursePage } from './course.mjs';
import { findChromium, findProgram, output, startChromium } from './chromium.mjs';

const modules = fileURLToPath(new URL('../../build/pages/node_modules/', import.meta.url));
const axe = join(modules, 'axe-core/axe.min.js');
const vnu = join(modules, 'vnu-jar/build/dist/vnu.jar');

const widths = [1280, 400];
const schemes = ['light', 'dark'];
const largest = 1_000_000; // bytes of a page
const tallest = 16_000;    // pixels of a screenshot: Chromium has no larger pictures

// ---- what is asked of the page itself -----------------------------------------------------------
// These functions run in the page.

// Everything by which one place of a page leads to another, and the places.
function findLinks() {
    const links = [...document.querySelectorAll('[href], [src]')].map(
        e => e.getAttribute('href') ?? e.getAttribute('src'));
    const attributes = [...document.querySelectorAll('*')].flatMap(e => [...e.attributes]);
    for (const { name, value } of attributes) {
        if (/^(for|headers|aria-(labelledby|describedby|controls|details))$/.test(name))
            links.push(...value.trim().split(/\s+/).map(id => `#${id}`));
        if (name === 'xlink:href') links.push(value);
        for (const [, id] of value.matchAll(/url\(["']?#([^"')]+)/g)) links.push(`#${id}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
    return { links: [...new Set(links)], ids };
}

function findMuteDrawings() {
    const hidden = e => e.closest('[aria-hidden=true], [role=presentation], [role=none]');
    const text = e => e.getAttribute('alt') || e.getAttribute('aria-label') ||
                      e.querySelector(':scope > title')?.textContent;
    return [...document.querySelectorAll('img, svg')]
        .filter(e => !e.parentElement.closest('svg') && !hidden(e) && !text(e)?.trim())
        .map(e => e.cloneNode().outerHTML.slice(0, 120));
}

// What reaches beyond the right edge, if the page has to be scrolled sideways; the innermost of it.
function findWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrolls = e => e && e !== document.documentElement &&
                         (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
    const wide = [...document.body.querySelectorAll('*')].filter(
        e => e.getBoundingClientRect().right > clientWidth + 1 && !scrolls(e.parentElement));
    const where = wide.filter(e => !wide.some(other => e !== other && e.contains(other)))
        .slice(0, 3).map(e => `${e.cloneNode().outerHTML.slice(0, 80)} ` +
                              e.textContent.trim().slice(0, 40));
    return [`${scrollWidth} px wide in ${clientWidth} px: ${where.join(' | ')}`];
}

function unfold() {
    for (const e of document.querySelectorAll('details')) e.open = true;
}

// The words that a reader sees, but for those on buttons.
function readWords() {
    for (const e of document.querySelectorAll('details')) e.open = true;
    for (const e of document.querySelectorAll('button')) e.hidden = true;
    const words = document.body.innerText.split(/\s+/).filter(word => word);
    for (const e of document.querySelectorAll('button')) e.hidden = false;
    return words;
}

function findButtons() {
    return [...document.querySelectorAll('button')].filter(e => e.checkVisibility())
        .map(e => e.outerHTML.slice(0, 80));
}

async function pressButtons() {
    for (const e of document.querySelectorAll('button')) e.click();
    await new Promise(done => setTimeout(done, 100));
    localStorage.clear(); // other pages are not to know
}

// Where the links to the pages before and after lead.
function findNeighbours() {
    const to = relation => document.querySelector(`a[rel=${relation}]`)?.href;
    return { ArrowLeft: to('prev'), ArrowRight: to('next') };
}

// The width of the text on paper in pixels: A4 without the margins that the style sheet gives it.
function paperWidth() {
    const usual = '10mm';
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]);
    const all = rules.flatMap(rule => [rule, ...(rule.cssRules ?? [])]);
    const page = all.find(rule => rule instanceof CSSPageRule)?.style;
    const ruler = document.body.appendChild(document.createElement('div'));
    const margins = `${page?.marginLeft || usual} - ${page?.marginRight || usual}`;
    ruler.style.width = `calc(210mm - ${margins})`;
    const { width } = ruler.getBoundingClientRect();
    ruler.remove();
    return Math.floor(width);
}

// What is folded although its summary is printed; what paper leaves out altogether is no trap, and
// code that only shows something is a line on paper.
function findFolded() {
    return [...document.querySelectorAll('details:not(.plumbing) > :not(summary)')]
        .filter(e => e.parentElement.checkVisibility() && !e.checkVisibility())
        .map(e => `folded away on paper: ${e.textContent.trim().slice(0, 60)}`);
}

async function runAxe() {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, help, nodes: [{ target, any }, ...more] }) =>
        `${id}: ${help}: ${target.join(' ')} ${any[0]?.message ?? ''}` +
        (more.length ? ` (and at ${more.length} places more)` : ''));
}

// ---- the groups of checks -----------------------------------------------------------------------
// Each takes a tab that shows the page, and the page, and returns what is wrong with it.

const urlOf = page => pathToFileURL(page.path).href;

// What the console, the script engine and the network have noted since the visit began.
function notes(tab, page) {
    const said = {
        'Runtime.consoleAPICalled': p => `console.${p.type}: ${p.args.map(a => a.value).join(' ')}`,
        'Runtime.exceptionThrown': ({ exceptionDetails: e }) =>
            `exception: ${e.exception?.description ?? e.text} (line ${e.lineNumber + 1})`,
        'Log.entryAdded': ({ entry }) => `console: ${entry.text} ${entry.url ?? ''}`,
        'Network.requestWillBeSent': ({ request: { url } }) =>
            url.startsWith('data:') || url === urlOf(page) ? null : `request: ${url}`,
    };
    return tab.events.map(e => said[e.method]?.(e.params)).filter(text => text);
}

// What is wrong with a link, or nothing.
function judgeLink(link, page, pages) {
    if (/^data:/.test(link)) return null;
    let url, place;
    try {
        url = new URL(link, urlOf(page));
        place = decodeURIComponent(url.hash.slice(1));
    } catch {
        return `not an address: ${link}`;
    }
    const { protocol, hostname, pathname } = url;
    if (protocol === 'https:') return hostname.includes('.') ? null : `no host: ${link}`;
    if (protocol !== 'file:') return `neither https nor a file: ${link}`;
    const path = fileURLToPath(`file://${pathname}`), folder = join(dirname(page.path), '/');
    if (!path.startsWith(folder)) return `outside of the report: ${link}`;
    if (!existsSync(path)) return `no such file: ${link}`;
    const target = pages.find(other => other.path === path);
    return !place || target?.ids.includes(place) ? null : `no such place: ${link}`;
}

const repeated = list => [...new Set(list.filter((item, i) => list.indexOf(item) !== i))];

async function checkLayout(tab, page, { shots }) {
    const wrong = [], papers = new Set();
    for (const width of widths) {
        for (const scheme of schemes) {
            await tab.look(width, scheme);
            await tab.visit(urlOf(page)); // folds again what was unfolded
            papers.add(await tab.run(() => getComputedStyle(document.body).backgroundColor));
            if (shots) await saveShot(tab, join(shots, `${page.name}-${width}-${scheme}.png`));
            const wide = await tab.run(findWide);
            await tab.run(unfold);
            wide.push(...await tab.run(findWide));
            wrong.push(...wide.map(what => `${width} ${scheme}: ${what}`));
        }
    }
    if (papers.size < schemes.length) wrong.push('dark mode is as light as light mode');
    return [...new Set(wrong)];
}

async function saveShot(tab, path) {
    const { cssContentSize } = await tab.send('Page.getLayoutMetrics');
    const clip = { ...cssContentSize, height: Math.min(cssContentSize.height, tallest), scale: 1 };
    const what = { clip, captureBeyondViewport: true };
    const { data } = await tab.send('Page.captureScreenshot', what);
    writeFileSync(path, data, 'base64');
}

// Where the words of two readings part.
function compareWords(without, having) {
    const at = having.findIndex((word, i) => word !== without[i]);
    if (at < 0 && without.length === having.length) return [];
    const from = at < 0 ? having.length : at;
    const some = words => words.slice(Math.max(0, from - 3), from + 5).join(' ');
    return [`with scripts "${some(having)}", without "${some(without)}"`];
}

async function checkKeys(tab, page) {
    const wrong = [];
    await tab.visit(urlOf(page));
    for (const [key, url] of Object.entries(await tab.run(findNeighbours))) {
        if (!url) continue;
        await tab.visit(urlOf(page));
        const there = await tab.press(key);
        if (there !== url) wrong.push(`${key} leads to ${there}, the link to ${url}`);
    }
    return wrong;
}

async function checkScripts(tab, page) {
    await tab.look(widths[0], schemes[0]);
    const wrong = await checkKeys(tab, page);
    await tab.visit(urlOf(page));
    const having = await tab.run(readWords);
    tab.events = [];
    await tab.run(pressButtons);
    wrong.push(...notes(tab, page).map(note => `pressing all buttons: ${note}`));

    await tab.send('Emulation.setScriptExecutionDisabled', { value: true });
    await tab.visit(urlOf(page));
    wrong.push(...(await tab.run(findButtons)).map(b => `dead without scripts: ${b}`));
    wrong.push(...compareWords(await tab.run(readWords), having));
    await tab.send('Emulation.setScriptExecutionDisabled', { value: false });
    return wrong;
}

async function checkPrint(tab, page) {
    await tab.visit(urlOf(page));
    await tab.look(await tab.run(paperWidth), 'light', 'print');
    const wrong = [...await tab.run(findWide), ...await tab.run(findFolded)];
    await tab.look(widths[0], 'light');
    const { data } = await tab.send('Page.printToPDF', { preferCSSPageSize: true });
    const pdf = Buffer.from(data, 'base64').toString('latin1');
    const sizes = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(
        ([, box]) => box.trim().split(/\s+/).slice(2).map(x => Math.round(x)).join(' x '));
    if (!pdf.startsWith('%PDF-') || !sizes.length) wrong.push('no PDF comes out');
    const others = new Set(sizes.filter(size => size !== '595 x 842'));
    return wrong.concat([...others].map(size => `paper of ${size} points is not A4`));
}

async function checkAxe(tab, page) {
    await tab.visit(urlOf(page));
    await tab.run(unfold);
    await tab.send('Runtime.evaluate', { expression: readFileSync(axe, 'utf8') });
    const wrong = [];
    for (const scheme of schemes) {
        await tab.look(widths[0], scheme);
        wrong.push(...(await tab.run(runAxe)).map(what => `${scheme}: ${what}`));
    }
    return wrong;
}

function checkTidy(page) {
    return output('tidy', ['-q', '-e', page.path]).split('\n').filter(line => line);
}

// What is newer than the vnu-jar of `make deps-pages`: container queries.
const unknownToVnu = [
    "CSS: “container-type”: Property “container-type” doesn't exist.",
    'CSS: “--line-width”: Parse Error.', // 100cqw
];

// All pages at once, since Java starts slowly: page -> what is wrong.
function runVnu(pages) {
    const paths = pages.map(page => page.path);
    const text = output('java', ['-jar', vnu, '--errors-only', '--format', 'json', ...paths]);
    const wrong = new Map(pages.map(page => [page, []]));
    for (const { url, lastLine, message } of JSON.parse(text).messages) {
        const page = pages.find(p => p.name === basename(url));
        if (!unknownToVnu.includes(message)) wrong.get(page).push(`line ${lastLine}: ${message}`);
    }
    return wrong;
}

function checkSize({ path }) {
    const { size } = statSync(path);
    return size < largest ? [] : [`${size} bytes`];
}

// ---- all pages ----------------------------------------------------------------------------------

// What of a page others ask for, and the groups that need to see it only once.
async function meet(tab, page, report) {
    await tab.look(widths[0], schemes[0]);
    await tab.visit(urlOf(page));
    report(page, 'loads', notes(tab, page));
    Object.assign(page, await tab.run(findLinks));
    report(page, 'ids', repeated(page.ids).map(id => `twice: ${id}`));
    report(page, 'pictures', (await tab.run(findMuteDrawings)).map(e => `no text: ${e}`));
}

async function checkInBrowser(browser, pages, tools, options, report) {
    await browser.send('Browser.grantPermissions',
                       { permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'] });
    for (const page of pages) {
        const tab = await browser.openTab();
        await meet(tab, page, report);
        report(page, 'layout', await checkLayout(tab, page, options));
        report(page, 'scripts', await checkScripts(tab, page));
        report(page, 'print', await checkPrint(tab, page));
        if (tools.axe) report(page, 'axe', await checkAxe(tab, page));
        await checkCoursePage(tab, page, report);
        await tab.close();
    }
    const tab = await browser.openTab();
    await checkCourse(tab, pages, report);
    await tab.close();
    for (const page of pages) {
        const judged = page.links.map(link => judgeLink(link, page, pages));
        report(page, 'links', judged.filter(wrong => wrong));
    }
}

export function findTools() {
    return {
        chromium: findChromium(), axe: existsSync(axe), tidy: findProgram('tidy'),
        vnu: existsSync(vnu), java: findProgram('java'),
    };
}

// Calls report(page, group, what is wrong) for every page of a folder and every group.
export async function checkPages(folder, tools, options, report) {
    const names = readdirSync(folder).filter(name => name.endsWith('.html')).sort();
    const pages = names.map(name => ({ name, path: resolve(folder, name) }));
    for (const page of pages) report(page, 'size', checkSize(page));
    if (tools.tidy) for (const page of pages) report(page, 'tidy', checkTidy(page));
    if (tools.vnu && tools.java)
        for (const [page, wrong] of runVnu(pages)) report(page, 'vnu', wrong);
    if (!tools.chromium) return pages.length;
    const browser = startChromium(tools.chromium);
    try {
        await checkInBrowser(browser, pages, tools, options, report);
    } finally {
        await browser.close();
    }
    return pages.length;
}

// ---- the command --------------------------------------------------------------------------------

// Says which tools are missing; returns how many of them should be there.
export function sayMissing(tools, skip) {
    const missing = Object.keys(tools).filter(tool => !tools[tool]);
    const failing = missing.filter(tool => tool !== 'java' && !skip);
    for (const tool of missing) {
        const how = tool === 'java' ? 'vnu is not run' : '`make deps-pages` installs it';
        console.log(`${failing.includes(tool) ? 'FAILED ' : 'SKIPPED'} ${tool} is missing: ${how}`);
    }
    return failing.length;
}

function readOptions() {
    try {
        const { values, positionals: [folder = 'report', ...more] } = parseArgs({
            options: { 'shots': { type: 'string' }, 'skip-missing': { type: 'boolean' } },
            allowPositionals: true,
        });
        if (more.length) throw new Error('one folder at most');
        if (!existsSync(join(folder, 'index.html')))
            throw new Error(`${folder} has no index.html: \`make report\` writes it`);
        return { folder, shots: values.shots, skip: values['skip-missing'] };
    } catch ({ message }) {
        console.error(`check_pages: ${message}`);
        process.exit(2);
    }
}

async function main() {
    const { folder, shots, skip } = readOptions(), tools = findTools();
    if (shots) mkdirSync(shots, { recursive: true });
    let passed = 0, failed = sayMissing(tools, skip);
    const pages = await checkPages(folder, tools, { shots }, (page, group, wrong) => {
        if (wrong.length) failed++;
        else passed++;
        console.log(`${wrong.length ? 'FAILED ' : 'ok     '} ${page.name}: ${group}`);
        for (const what of wrong.slice(0, 10)) console.log(`        ${what}`);
        if (wrong.length > 10) console.log(`        and ${wrong.length - 10} more`);
    });
    console.log(`${pages} pages: ${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
    await main().catch(({ message }) => {
        console.error(`check_pages: ${message}`);
        process.exitCode = 1;
    });
