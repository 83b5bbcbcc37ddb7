/* What a person sees of the folder. A worker reads and checks it; what it says goes in as text. */
'use strict';

const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const element = id => document.getElementById(id);
const worker = new Worker(URL.createObjectURL(new Blob([element('worker').textContent])));
const keys = Array.from(document.querySelectorAll('.key'), key => key.textContent);

const faults = [];
let manifest = null, entries = [], asked = null, ended = false, fetched = false;

function make(name, text, className) {
    const made = document.createElement(name);

    made.textContent = text;
    if (className)
        made.className = className;
    return made;
}

const show = id => { element(id).hidden = false; };
const megabytes = octets => octets < 1e6 ? Math.ceil(octets / 1e3) + ' kB' : (octets / 1e6).toFixed(1) + ' MB';
const moment = time => new Date(time).toISOString().replace('T', ' ').slice(0, 16);

function span(milliseconds) {
    const length = Math.abs(milliseconds);
    const units = [[DAY, 'day'], [HOUR, 'hour'], [MINUTE, 'minute']];
    const [unit, name] = units.find(([least]) => length >= 2 * least) || units[2];
    const n = Math.max(1, Math.round(length / unit));

    return n + ' ' + name + (n === 1 ? '' : 's');
}

function showState() {
    const state = element('state');

    state.className = faults.length > 0 ? 'bad' : ended ? 'good' : '';
    if (faults.length > 0)
        state.textContent = 'Something is wrong with this folder:';
    else if (!ended)
        state.textContent = 'Reading the folder…';
    else
        state.textContent = fetched ? 'What lies in this folder fits together.' :
            'What has been read of this folder fits together.';
    state.hidden = false;
}

function addCheck(text, good) {
    element('checks').append(make('li', text, good === true ? 'good' : good === false ? 'bad' : ''));
    show('checked');
    if (good === false) {
        faults.push(text);
        element('faults').append(make('li', text));
        show('faults');
    }
    showState();
}

function setTime(id, time, text, bad) {
    element(id).replaceChildren(moment(time), make('small', 'UTC, ' + text, bad ? 'bad' : ''));
}

function showManifest(found) {
    const now = Date.now(), expired = found.expires <= now;

    manifest = found;
    element('serial').textContent = found.serial;
    element('names').textContent = found.names.toLocaleString('en');
    setTime('created', found.created, found.created > now + MINUTE ? 'in ' + span(found.created - now) + ', by this clock' :
        span(now - found.created) + ' ago');
    setTime('expires', found.expires, expired ?
        span(now - found.expires) + ' ago: machines do not answer from it any more' :
        'in ' + span(found.expires - now), expired);
    if (found.name !== document.querySelector('h1').textContent)
        addCheck('the manifest is of the registry ' + found.name + ', and this page of another: damaged or ' +
            'tampered with.', false);
    element('size').textContent = found.atOnce ? '' :
        'The first look-up fetches all names, ' + megabytes(found.octets) + '.';
    show('newest');
    show('look');
}

function showHistory(history) {
    entries = history;
    show('changes');
    drawPlot(element('plot'), history);
    fillTable(element('table'), history);
}

/* A host name as registries have it, of what people type or paste; or ''. */
function normal(text) {
    let name = text.trim();

    try {
        if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
            name = new URL(name.replace(/^[^:]*/, 'http')).hostname;
        else if (/[^\x00-\x7f]/.test(name))
            name = new URL('http://' + name.replace(/[/?#].*/, '')).hostname;
    } catch (error) {
        return '';
    }
    name = name.toLowerCase().replace(/\.$/, '');
    return NAME.test(name) ? name : '';
}

function lookUp(event) {
    const typed = element('name').value, name = normal(typed);

    event.preventDefault();
    asked = null;
    if (typed.trim() === '')
        element('answer').replaceChildren();
    else if (name === '')
        element('answer').replaceChildren(make('p', 'That is not a host name.'));
    else {
        asked = name;
        element('answer').replaceChildren(make('p', fetched ? 'Looking…' :
            'Fetching the names, ' + megabytes(manifest.octets) + '…'));
        worker.postMessage({look: name});
    }
}

function addFact(list, title, values) {
    if (values.length === 0)
        return;
    list.append(make('dt', title));
    const description = make('dd', '', 'address');
    description.append(...values.flatMap((value, i) => i === 0 ? [value] : [document.createElement('br'), value]));
    list.append(description);
}

function showAnswer(answer) {
    if (answer.name !== asked)
        return;
    if (answer.fault !== undefined) {
        element('answer').replaceChildren(make('p', 'No names can be shown. ' + answer.fault));
        return;
    }
    if (!answer.found) {
        element('answer').replaceChildren(make('p', answer.name + ' is not in serial ' + answer.serial + '.'));
        return;
    }
    const list = document.createElement('dl');
    addFact(list, 'IPv4', answer.ipv4);
    addFact(list, 'IPv6', answer.ipv6);
    addFact(list, 'Alias of', answer.cname === '' ? [] : [answer.cname]);
    element('answer').replaceChildren(make('p', answer.name + ' is in serial ' + answer.serial + ':'), list);
}

/* Where there is no clipboard for pages, as with plain http, the lines are left selected. */
async function copy() {
    const selection = getSelection();

    selection.selectAllChildren(element('settings'));
    try {
        await navigator.clipboard.writeText(element('settings').textContent);
        element('copied').textContent = 'Copied.';
        selection.removeAllRanges();
    } catch (error) {
        element('copied').textContent = document.execCommand('copy') ? 'Copied.' : 'Selected: copy them with your keyboard.';
    }
}

function readBeside() {
    const base = new URL('.', location.href).href;

    element('url').textContent = base;
    if (typeof DecompressionStream === 'undefined') {
        element('state').textContent = 'This browser is too old for this page to read the folder.';
        show('state');
        return;
    }
    if (location.protocol === 'file:') {
        show('picker');
        return;
    }
    showState();
    worker.postMessage({keys, base});
}

/* A file is known by its path below the folder that was chosen. */
function readChosen() {
    const files = Array.from(element('folder').files, file => [file.webkitRelativePath.replace(/^[^/]*\//, ''), file]);

    if (files.length === 0)
        return;
    faults.length = 0;
    ended = fetched = false;
    element('faults').hidden = true;
    for (const id of ['faults', 'checks', 'answer'])
        element(id).replaceChildren();
    showState();
    worker.postMessage({keys, files});
}

worker.onmessage = event => {
    const told = event.data;

    if (told.check !== undefined)
        addCheck(told.check, told.good);
    else if (told.manifest !== undefined)
        showManifest(told.manifest);
    else if (told.history !== undefined)
        showHistory(told.history);
    else if (told.answer !== undefined)
        showAnswer(told.answer);
    else if (told.fetched !== undefined)
        fetched = true;
    else if (told.end !== undefined)
        ended = true;
    showState();
};
worker.onerror = event => addCheck('this page does not work in this browser: ' + (event.message || 'no worker'), false);
element('form').addEventListener('submit', lookUp);
element('copy').addEventListener('click', copy);
element('folder').addEventListener('change', readChosen);
new ResizeObserver(() => entries.length > 0 && drawPlot(element('plot'), entries)).observe(document.querySelector('main'));
show('copy');
readBeside();
