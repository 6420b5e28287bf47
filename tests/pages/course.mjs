// What makes the pages a course: groups of checks for check_pages.mjs. The first three are of
// lessons only, which are the pages that begin with a number.
//
//     opening    a picture of the result early, and little code before the first output
//     words      no word of the glossary occurs before the place that explains it, over all lessons
//     exercises  each has an answer with what its program printed
//     figures    at 400 px nothing of a figure is cut off or too small to be read
//     names      links leave the underscores of names to be seen
//     code       the switch shows all code, what is essential, or none, and links take it along;
//                headings of tables sort
//     theme      the button chooses light and dark
//     search     finds names and headings, and what it finds is there

import { pathToFileURL } from 'node:url';

const screen = 900;      // pixels of height
const earliest = 1.5;    // screens until the first figure or table
const smallest = 8;      // pixels of letters in a figure on a phone
const mostCode = 15;     // visible lines before the first output

const urlOf = page => pathToFileURL(page.path).href;
const isLesson = page => /^\d/.test(page.name);

// ---- what is asked of the page itself -----------------------------------------------------------

// Where the first figure or table begins, and the lines of code that one sees before an output.
function readOpening() {
    const main = document.querySelector('main');
    const shown = [...main.querySelectorAll('figure, .table, table')].find(e => e.checkVisibility());
    const output = main.querySelector('.out');
    const before = e => output?.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING;
    const code = [...main.querySelectorAll('pre.code')].filter(e => e.checkVisibility());
    const lines = code.filter(before).map(e => e.innerText.replace(/\n$/, '').split('\n').length);
    return {
        top: shown ? Math.round(shown.getBoundingClientRect().top + scrollY) : null,
        lines: output ? lines.reduce((sum, n) => sum + n, 0) : null,
    };
}

// The words of a lesson in reading order, as runs of text; between them the words it explains.
function readText() {
    const silent = 'pre, code, math, svg, nav, header, footer, td, .about, .expected, ' +
                   'template, script, style, button';
    const main = document.querySelector('main');
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
        acceptNode: node => node.nodeType === Node.ELEMENT_NODE && node.matches(silent)
            ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    });
    const runs = [''];
    for (let node; (node = walker.nextNode());) {
        if (node.nodeType === Node.TEXT_NODE) runs[runs.length - 1] += node.data;
        else if (node.localName === 'dfn')
            runs.push({ id: node.id, forms: node.dataset.forms.split(', ') }, '');
        else if (getComputedStyle(node).display !== 'inline') runs[runs.length - 1] += ' ';
    }
    return runs;
}

function findUnanswered() {
    const heading = [...document.querySelectorAll('main h2')].find(
        e => e.textContent.startsWith('Exercises'));
    if (!heading) return ['there are no exercises'];
    const items = [...heading.parentElement.querySelectorAll('ol > li')].filter(
        e => !e.parentElement.closest('li') &&
             heading.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
    const printed = e => [...e.querySelectorAll('details.answer .out pre')].some(
        pre => pre.textContent.trim());
    return items.length
        ? items.filter(e => !printed(e)).map(e => `no answer: ${e.textContent.trim().slice(0, 60)}`)
        : ['there are no exercises'];
}

// Figures that reach out of their boxes, words that reach out of a drawing or are too small there.
function findCut(smallest) {
    const wrong = [], name = e => e.closest('figure').id || e.closest('figure').className;
    for (const e of document.querySelectorAll('figure svg, figure img, figure table')) {
        if (!e.checkVisibility()) continue;
        const box = e.getBoundingClientRect(), { clientWidth } = document.documentElement;
        const hidden = e.parentElement.scrollWidth - e.parentElement.clientWidth;
        if (hidden > 1 || box.right > clientWidth + 1)
            wrong.push(`${name(e)} is cut off: ${Math.round(box.width)} px wide`);
        const visible = getComputedStyle(e).overflow === 'visible';
        const paper = visible ? { left: 0, right: clientWidth } : box;
        for (const text of e.querySelectorAll('text')) {
            const { left, right, width } = text.getBoundingClientRect();
            const out = Math.max(paper.left - left, right - paper.right);
            if (!width) continue;
            if (out > 3)
                wrong.push(`${name(e)}: ${Math.round(out)} px of "${text.textContent}" are cut off`);
            const { a, b } = text.getScreenCTM();
            const size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
            if (size < smallest)
                wrong.push(`${name(e)}: "${text.textContent}" is ${size.toFixed(1)} px large`);
        }
    }
    return wrong;
}

// Links whose underline runs through the underscores of a name.
function findStruckNames() {
    return [...document.querySelectorAll('a')].filter(link => {
        const style = getComputedStyle(link), size = parseFloat(style.fontSize);
        const offset = style.textUnderlineOffset.endsWith('px')
            ? parseFloat(style.textUnderlineOffset) / size : 0;
        return link.matches(':has(> code), pre.code a') && link.textContent.includes('_') &&
               style.textDecorationLine.includes('underline') && offset < 0.3;
    }).map(link => `the underline hides the underscores of ${link.textContent}`);
}

// What happens to the paper while the button is pressed until it says what it said at first.
function pressTheme() {
    const button = document.querySelector('button.theme');
    if (!button) return null;
    const said = button.textContent, papers = [];
    do {
        button.click();
        const paper = getComputedStyle(document.body).backgroundColor;
        const light = paper.match(/\d+/g).slice(0, 3).every(c => c > 127);
        papers.push(`${button.textContent}: ${light ? 'light' : 'dark'}`);
    } while (button.textContent !== said && papers.length < 9);
    localStorage.clear();
    return papers;
}

// What is wrong with the switch for code, on a page that has cells.
function pressCodes() {
    if (!document.querySelector('.cell')) return [];
    const buttons = [...document.querySelectorAll('.codes button')], wrong = [];
    const press = choice => buttons.find(e => e.textContent === choice)?.click();
    const some = selector => [...document.querySelectorAll(selector)].some(e => e.checkVisibility());
    if (buttons.length !== 3) return ['there is no switch for code'];
    press('all');
    if (some('.plumbing:not([open])')) wrong.push('"all" leaves code folded');
    press('none');
    if (some('.cell pre.code')) wrong.push('"none" leaves code to be seen');
    const next = document.querySelector('a[rel=next]');
    if (next && !next.href.endsWith('?code=none')) wrong.push('the next lesson forgets "none"');
    press('essential');
    if (some('.plumbing[open]')) wrong.push('"essential" unfolds what only shows');
    return wrong;
}

// The tables whose last column isn't in order when its heading is pressed, and turned when again.
function sortTables() {
    const values = table => [...table.tBodies[0].rows].map(row => row.cells[row.cells.length - 1])
        .map(cell => Number(cell.textContent.replaceAll(',', '').replace('−', '-')));
    const rises = numbers => numbers.every((n, i) => !i || n >= numbers[i - 1]);
    return [...document.querySelectorAll('.out table:has(.sort)')].filter(table => {
        const buttons = table.querySelectorAll('.sort'), button = buttons[buttons.length - 1];
        if (values(table).some(Number.isNaN)) return false;
        button.click();
        const up = rises(values(table));
        button.click();
        return !up || !rises(values(table).reverse());
    }).map(table => `${table.id} isn't sorted by its last column`);
}

function searchFor(words) {
    const input = document.querySelector('[role=search] input');
    if (!input) return null;
    input.value = words;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    return [...document.querySelectorAll('.found a')].map(link => link.getAttribute('href'));
}

// ---- the groups ---------------------------------------------------------------------------------

async function checkOpening(tab) {
    const { top, lines } = await tab.run(readOpening), wrong = [];
    if (top === null) wrong.push('there is neither a figure nor a table');
    if (top > earliest * screen)
        wrong.push(`the first figure or table is ${top} px down, after ${earliest * screen}`);
    if (lines > mostCode)
        wrong.push(`${lines} lines of code before the first output, more than ${mostCode}`);
    return wrong;
}

async function checkTheme(tab) {
    const papers = await tab.run(pressTheme);
    if (!papers) return ['there is no button'];
    const good = papers.includes('Theme: light: light') && papers.includes('Theme: dark: dark') &&
                 papers.at(-1).startsWith('Theme: auto');
    return good ? [] : [papers.join(', ')];
}

async function checkSearch(tab, pages) {
    const headings = pages.flatMap(({ searched }) => searched ?? []), wrong = [];
    for (const { words, address } of headings) {
        const found = await tab.run(searchFor, words);
        if (!found) return ['there is nothing to search with'];
        if (!found.includes(address)) wrong.push(`"${words}" doesn't find ${address}`);
        for (const link of found) {
            const [name, id] = link.split('#'), target = pages.find(p => p.name === name);
            if (!target?.ids.includes(id)) wrong.push(`"${words}" finds ${link}, which is not there`);
        }
    }
    return [...new Set(wrong)];
}

// What the search has to find of a page: its last heading, and in the book a name.
function readSearched(name) {
    if (name === 'index.html') return [];
    const heading = [...document.querySelectorAll('main h2[id]')].filter(
        e => !e.closest('.index-of-names')).at(-1);
    const word = document.querySelector('.index-of-names a[href="#tt_fit"]');
    const of = (words, id) => ({ words, address: `${name}#${id}` });
    return [heading && of(heading.textContent.replace(/ #$/, ''), heading.id),
            word && of('tt_fit', 'tt_fit')].filter(found => found);
}

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// The places of one lesson that have a word which is explained only later.
function findEarly(runs, unexplained) {
    const wrong = [];
    for (const run of runs) {
        if (typeof run !== 'string') {
            unexplained.delete(run.id);
            continue;
        }
        const text = run.replace(/\s+/g, ' ');
        for (const { forms } of unexplained.values()) {
            const any = forms.map(escaped).join('|');
            const found = text.match(new RegExp(`.{0,30}\\b(${any})\\b.{0,20}`, 'i'));
            if (found) wrong.push(`"${found[1]}" is not explained yet: ${found[0].trim()}`);
        }
    }
    return wrong;
}

function checkWords(pages, report) {
    const lessons = pages.filter(isLesson);
    const explained = lessons.flatMap(({ text }) => text.filter(run => typeof run !== 'string'));
    const unexplained = new Map(explained.map(word => [word.id, word]));
    for (const page of lessons) report(page, 'words', findEarly(page.text, unexplained));
}

// ---- for check_pages.mjs ------------------------------------------------------------------------

// The groups that see one page in a tab; leaves in the page what the others need.
export async function checkCoursePage(tab, page, report) {
    await tab.look(1280, 'light');
    await tab.visit(urlOf(page));
    report(page, 'names', await tab.run(findStruckNames));
    page.searched = await tab.run(readSearched, page.name);
    if (isLesson(page)) {
        page.text = await tab.run(readText);
        report(page, 'opening', await checkOpening(tab));
        report(page, 'exercises', await tab.run(findUnanswered));
    }
    report(page, 'code', [...await tab.run(pressCodes), ...await tab.run(sortTables)]);
    report(page, 'theme', await checkTheme(tab));
    await tab.look(400, 'light');
    await tab.visit(urlOf(page));
    report(page, 'figures', await tab.run(findCut, smallest));
}

// The groups that need to know all pages.
export async function checkCourse(tab, pages, report) {
    checkWords(pages, report);
    const index = pages.find(page => page.name === 'index.html');
    if (!index) return;
    await tab.visit(urlOf(index));
    report(index, 'search', await checkSearch(tab, pages));
}
