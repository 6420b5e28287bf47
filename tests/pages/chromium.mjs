// Drives Chromium without any package: JSON messages of the Chrome DevTools Protocol, each ended by
// a zero byte, over two pipes (the browser reads from descriptor 3 and writes to descriptor 4).
//
//     const browser = startChromium(findChromium());
//     const tab = await browser.openTab();
//     await tab.visit('file:///tmp/page.html');
//     console.log(await tab.run(() => document.title), tab.events);
//     await tab.close();
//     await browser.close();

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const patience = 120_000; // milliseconds that one command or the loading of a page may take

const places = [
    'chromium',
    'chromium-browser',
    'google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

// The path of a program, or undefined.
export function findProgram(name) {
    const folders = name.includes('/') ? [''] : process.env.PATH.split(delimiter);
    return folders.map(folder => join(folder, name)).find(path => {
        try {
            accessSync(path, constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}

// $CHROMIUM, else the first that is installed.
export function findChromium() {
    if (process.env.CHROMIUM) return findProgram(process.env.CHROMIUM);
    return places.map(findProgram).find(path => path);
}

const pause = time => new Promise(resolve => setTimeout(resolve, time));

// The promise, which fails when it takes too long.
function soon(promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
        const error = new Error(`${what}: no end after ${patience} ms`);
        timer = setTimeout(() => reject(error), patience);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function startChromium(program) {
    const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
    const flags = [
        '--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`,
        '--no-first-run', '--disable-gpu', '--disable-quic', '--disable-sync',
        '--disable-background-networking', '--disable-component-update', '--disable-extensions',
        '--host-resolver-rules=MAP * ~NOTFOUND', // no page gets anything from anywhere
        '--force-color-profile=srgb', '--hide-scrollbars',
    ];
    if (process.getuid() === 0) flags.push('--no-sandbox'); // root has none
    const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    return new Browser(child, profile);
}

class Browser {
    #child;
    #profile;
    #ended;
    #rest = [];
    #number = 0;
    #waiting = new Map(); // number of a command -> what settles its promise
    #tabs = new Map();    // session -> Tab

    constructor(child, profile) {
        this.#child = child;
        this.#profile = profile;
        this.#ended = new Promise(resolve => child.on('close', resolve));
        child.on('error', error => this.#fail(error));
        child.on('close', () => this.#fail(new Error('the browser has ended')));
        child.stdio[3].on('error', error => this.#fail(error));
        child.stdio[4].on('data', bytes => this.#read(bytes));
    }

    #fail(error) {
        for (const command of this.#waiting.values()) command.reject(error);
        this.#waiting.clear();
    }

    // Long answers come in many pieces: they are joined once, when the zero byte has come.
    #read(bytes) {
        for (let end; (end = bytes.indexOf(0)) >= 0; bytes = bytes.subarray(end + 1)) {
            const message = Buffer.concat([...this.#rest, bytes.subarray(0, end)]);
            this.#rest = [];
            this.#receive(JSON.parse(message.toString()));
        }
        this.#rest.push(bytes);
    }

    #receive(message) {
        const command = this.#waiting.get(message.id);
        if (!command) return this.#tabs.get(message.sessionId)?.notice(message);
        this.#waiting.delete(message.id);
        if (message.error) command.reject(new Error(`${command.method}: ${message.error.message}`));
        else command.resolve(message.result);
    }

    send(method, params = {}, sessionId = undefined) {
        const id = ++this.#number;
        const answer = new Promise((resolve, reject) => {
            this.#waiting.set(id, { method, resolve, reject });
        });
        this.#child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
        return soon(answer, method);
    }

    async openTab() {
        const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
        const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
        const tab = new Tab(this, targetId, sessionId);
        this.#tabs.set(sessionId, tab);
        for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
            await tab.send(`${domain}.enable`);
        return tab;
    }

    async close() {
        await this.send('Browser.close').catch(() => this.#child.kill());
        await this.#ended;
        rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
}

class Tab {
    events = []; // what has happened since the last visit() began
    #browser;
    #target;
    #session;
    #onEvent = () => {};

    constructor(browser, target, session) {
        this.#browser = browser;
        this.#target = target;
        this.#session = session;
    }

    notice(event) {
        this.events.push(event);
        this.#onEvent(event);
    }

    send(method, params) {
        return this.#browser.send(method, params, this.#session);
    }

    // Returns when the page is loaded and has had the time to do what it does later.
    async visit(url) {
        this.events = [];
        const loaded = new Promise(resolve => {
            this.#onEvent = event => event.method === 'Page.loadEventFired' && resolve();
        });
        const { errorText } = await this.send('Page.navigate', { url });
        if (errorText) throw new Error(`${url}: ${errorText}`);
        await soon(loaded, `loading ${url}`);
        await pause(100);
    }

    // Calls a function in the page; arguments and result are JSON.
    async run(what, ...values) {
        const expression = `(${what})(...${JSON.stringify(values)})`;
        const { result, exceptionDetails: thrown } = await this.send(
            'Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
        return result.value;
    }

    // Presses a key and returns the address where the reader is then.
    async press(key) {
        for (const type of ['rawKeyDown', 'keyUp'])
            await this.send('Input.dispatchKeyEvent', { type, key, code: key });
        await pause(200);
        return this.run(() => location.href);
    }

    // How the page is shown; on paper when the medium is 'print'.
    async look(width, scheme, media = '') {
        await this.send('Emulation.setDeviceMetricsOverride',
                        { width, height: 900, deviceScaleFactor: 1, mobile: false });
        await this.send('Emulation.setEmulatedMedia', {
            media, features: [{ name: 'prefers-color-scheme', value: scheme }],
        });
    }

    close() {
        return this.#browser.send('Target.closeTarget', { targetId: this.#target });
    }
}

// The text that a program prints, both streams together.
export function output(program, values) {
    const { stdout, stderr, error } = spawnSync(program, values, { maxBuffer: 1 << 28 });
    if (error) throw error;
    return `${stdout}${stderr}`;
}
