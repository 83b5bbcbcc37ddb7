/* Reads the folder, in a worker, so that the page stays responsive: HEAD, manifests, deltas, the
 * snapshot. What it reads is hostile: bounded, its form checked, then used. Of the names there is one
 * array of octets, the registry text, and look-ups search in it.
 *
 * Comes: {keys, base} or {keys, files}: the folder; {look}: a name.
 * Goes: {check, good}, good null: could not be checked; {manifest}; {history}; {fetched}: the names
 * are there; {answer}; {end}: all that is checked unasked has been. */
'use strict';

const HEAD_MAX = 16, MANIFEST_MAX = 16384, SIGNATURE_MAX = 10240;
/* Larger texts are for gitdns, not for a browser. */
const TEXT_MAX = 512 * 1024 * 1024;
/* A larger snapshot is fetched once somebody looks a name up. */
const SNAPSHOT_AT_ONCE = 4 * 1024 * 1024;
const HISTORY = 30;
/* gitdns-publish keeps what changed from one serial to the next for so many. */
const DELTAS = 8, DELTA_MAX = 2 * 1024 * 1024;
const LF = 10, MINUS = 45;
/* Browsers have SHA-256 for pages that came by https, from this machine or from its disk. */
const HASHES = Boolean(self.crypto && self.crypto.subtle);

const N = '([1-9][0-9]{0,14})', SERIAL = '([1-9][0-9]{0,8})', HASH = '([0-9a-f]{64})';
const TIME = '([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)';
const MANIFEST = new RegExp('^gitdns registry 1\nname ([a-z0-9-][a-z0-9.-]{0,63})\nserial ' + SERIAL +
    '\nparent (?:none|' + SERIAL + ' ' + HASH + ')\ncreated ' + TIME + '\nexpires ' + TIME + '\nnames ' + N +
    '\ntext ' + N + ' ' + HASH + '\nsnapshot ' + N + ' ' + HASH + '\n((?:delta ' + SERIAL + ' ' + N + ' ' + HASH + '\n)*)$');
const DELTA = new RegExp('delta ' + SERIAL + ' ' + N + ' ' + HASH, 'g');

/* Something is wrong with the folder; its message is for people. */
class Fault extends Error {}
/* A file is not there, or not as long as it should be. */
class Missing extends Fault {
    constructor(what) {
        super(what + '. The folder is not whole: perhaps an upload is under way, or broke off.');
    }
}

const count = n => n.toLocaleString('en');
const ascii = octets => String.fromCharCode.apply(null, octets);
const say = (text, good) => postMessage({check: text, good});

/* open(path): {stream, octets, undone} of a file of the folder. octets null: not known; undone: it came
 * with a Content-Encoding, which the browser has undone. Throws Fault. */
function folderAt(base) {
    return async path => {
        let response;

        try {
            response = await fetch(new URL(path, base), {cache: 'no-cache', credentials: 'same-origin'});
        } catch (error) {
            throw new Fault(path + ': cannot be fetched (' + error.message + ').');
        }
        if (response.status >= 500)
            throw new Fault(path + ': the server says ' + response.status + '.');
        if (!response.ok || response.body === null)
            throw new Missing(path + ' is not there (the server says ' + response.status + ')');
        const undone = response.headers.has('content-encoding'), length = response.headers.get('content-length');
        return {stream: response.body, octets: undone || length === null ? null : Number(length), undone};
    };
}

function folderOf(files) {
    const byPath = new Map(files);

    return async path => {
        const file = byPath.get(path);

        if (file === undefined)
            throw new Missing(path + ' is not there');
        return {stream: file.stream(), octets: file.size, undone: false};
    };
}

/* All of a file, up to `max` octets: more is a fault. */
async function readAll(open, path, max) {
    const file = await open(path), reader = file.stream.getReader(), parts = [];
    let length = 0, at = 0;

    for (;;) {
        let part;

        try {
            part = await reader.read();
        } catch (error) {
            throw new Missing(path + ' broke off after ' + count(length) + ' octets (' + error.message + ')');
        }
        if (part.done)
            break;
        length += part.value.length;
        if (length > max) {
            reader.cancel().catch(() => {});
            throw new Fault(path + ' has more than ' + count(max) + ' octets: ' + (file.undone ?
                'the server sends it with a Content-Encoding, which it should not.' : 'damaged or tampered with.'));
        }
        parts.push(part.value);
    }
    const octets = new Uint8Array(length);
    for (const part of parts) {
        octets.set(part, at);
        at += part.length;
    }
    return octets;
}

async function sha256(octets) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));

    return Array.from(digest, octet => octet.toString(16).padStart(2, '0')).join('');
}

async function checkHash(octets, hash, what) {
    if (HASHES && await sha256(octets) !== hash)
        throw new Fault(what + ' is not the one that is meant (its SHA-256 differs): damaged or tampered with.');
}

/* A file of which size and hash are known. */
async function readKnown(open, path, octets, hash) {
    const read = await readAll(open, path, octets);

    if (read.length < octets)
        throw new Missing(path + ' has ' + count(read.length) + ' of ' + count(octets) + ' octets');
    await checkHash(read, hash, path);
    return read;
}

/* Inflates and gives each part to `take`; more than `max` octets is a fault. */
async function inflate(octets, max, path, take) {
    const reader = new Blob([octets]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
    let length = 0;

    for (;;) {
        let part;

        try {
            part = await reader.read();
        } catch (error) {
            throw new Fault(path + ' cannot be decompressed: damaged or tampered with.');
        }
        if (part.done)
            return length;
        if (length + part.value.length > max) {
            reader.cancel().catch(() => {});
            throw new Fault(path + ' becomes larger than the manifest says: damaged or tampered with.');
        }
        take(part.value, length);
        length += part.value.length;
    }
}

function parseManifest(octets, serial) {
    const path = serial + '/manifest', m = MANIFEST.exec(ascii(octets));

    if (m === null)
        throw new Fault(path + ' is no manifest: damaged, or half uploaded.');
    if (Number(m[2]) !== serial)
        throw new Fault(path + ' says that it is serial ' + m[2] + ': damaged or tampered with.');
    const deltas = Array.from(m[12].matchAll(DELTA), d => ({base: Number(d[1]), octets: Number(d[2]), hash: d[3]}));
    return {
        name: m[1], serial, parent: Number(m[3] || 0), parentHash: m[4],
        created: Date.parse(m[5]), expires: Date.parse(m[6]), names: Number(m[7]),
        textOctets: Number(m[8]), textHash: m[9], octets: Number(m[10]), hash: m[11], deltas};
}

/* The key id of a public key or a signature, as base64, or of neither: ''. */
function keyId(base64, kind) {
    let octets = '';

    try {
        octets = atob(base64);
    } catch (error) {
        return '';
    }
    return octets.startsWith(kind) ? octets.slice(2, 10) : '';
}

async function checkSignature(open, serial, keys) {
    const path = serial + '/manifest.minisig';
    const lines = ascii(await readAll(open, path, SIGNATURE_MAX)).split('\n');
    const id = lines.length >= 4 ? keyId(lines[1], 'ED') : '';

    if (id === '')
        throw new Fault(path + ' is no signature: damaged, or half uploaded.');
    if (!keys.some(key => keyId(key, 'Ed') === id))
        throw new Fault(path + ' is by another key than those that this page shows.');
    say(path + ' is there, and names the key that this page shows', true);
}

/* How many names a delta adds, removes and changes, by its lines and how many names there were before. */
async function countDelta(open, manifest, delta, before) {
    const path = manifest.serial + '/delta-' + delta.base + '.gz';
    let lines = 0, removed = 0, start = true;

    const packed = await readKnown(open, path, delta.octets, delta.hash);
    await inflate(packed, before.textOctets + manifest.textOctets, path, part => {
        for (const octet of part) {
            if (start && octet === MINUS)
                removed++;
            start = octet === LF;
            if (start)
                lines++;
        }
    });
    const added = manifest.names - before.names + removed;
    return {added, removed, changed: lines - removed - added};
}

/* The manifests below, each by the hash that its child names, newest first. */
async function readChain(open, newest) {
    const chain = [newest];

    for (let child = newest; child.parent > 0 && chain.length <= HISTORY; child = chain[chain.length - 1]) {
        const path = child.parent + '/manifest';
        let octets;

        try {
            octets = await readAll(open, path, MANIFEST_MAX);
        } catch (error) {
            /* Somebody may have tidied up. */
            if (error instanceof Missing)
                break;
            throw error;
        }
        await checkHash(octets, child.parentHash, path);
        chain.push(parseManifest(octets, child.parent));
    }
    return chain;
}

async function readHistory(open, newest) {
    const chain = await readChain(open, newest);
    const history = chain.slice(0, HISTORY).map(m => ({serial: m.serial, created: m.created, names: m.names, change: null}));

    if (chain.length > 1)
        say('the manifests before it, back to serial ' + chain[chain.length - 1].serial + ', are those that it is built on',
            HASHES || null);
    postMessage({history});
    for (let i = 0; i < DELTAS && i + 1 < chain.length; i++) {
        const delta = chain[i].deltas.find(d => d.base === chain[i].parent);

        if (delta === undefined || delta.octets > DELTA_MAX)
            continue;
        try {
            history[i].change = await countDelta(open, chain[i], delta, chain[i + 1]);
            postMessage({history});
        } catch (error) {
            /* Those of HEAD have to be there; of earlier ones only what the publisher keeps. */
            if (i === 0 || !(error instanceof Missing))
                throw error;
        }
    }
}

/* Gives a promise of the registry text, which is fetched and checked once. */
function makeNames(open, manifest) {
    let text = null;

    async function read() {
        const path = manifest.serial + '/snapshot.gz';

        if (manifest.textOctets > TEXT_MAX)
            throw new Fault('The names take more than a browser should hold; on a machine with gitdns: gitdns lookup NAME.');
        const packed = await readKnown(open, path, manifest.octets, manifest.hash);
        const octets = new Uint8Array(manifest.textOctets);
        let lines = 0;
        const length = await inflate(packed, octets.length, path, (part, at) => {
            octets.set(part, at);
            for (let lf = part.indexOf(LF); lf >= 0; lf = part.indexOf(LF, lf + 1))
                lines++;
        });
        if (length !== octets.length || lines !== manifest.names || octets[length - 1] !== LF)
            throw new Fault(path + ' has not the names that the manifest says: damaged or tampered with.');
        await checkHash(octets, manifest.textHash, 'The text of ' + path);
        postMessage({fetched: true});
        say(path + ' and the ' + count(lines) + ' names in it are what the manifest says', HASHES || null);
        return octets;
    }
    return () => text = text || read().catch(error => {
        say(error.message, false);
        throw error;
    });
}

/* Of a snapshot that is not fetched yet: is it there, and as long as it should be? */
async function checkThere(open, manifest) {
    const path = manifest.serial + '/snapshot.gz', file = await open(path);

    await file.stream.cancel();
    if (file.octets !== null && file.octets < manifest.octets)
        throw new Missing(path + ' has ' + count(file.octets) + ' of ' + count(manifest.octets) + ' octets');
    if (file.octets !== null && file.octets > manifest.octets)
        throw new Fault(path + ' has more octets than the manifest says: damaged or tampered with.');
    say(path + ' is there; what is in it is checked when a name is looked up', null);
}

const byLabels = name => name.split('.').reverse();

/* The canonical order of names, in which the text stands. */
function compare(a, b) {
    for (let i = 0; i < a.length && i < b.length; i++)
        if (a[i] !== b[i])
            return a[i] < b[i] ? -1 : 1;
    return a.length - b.length;
}

/* The words of a name's line, or null. */
function find(text, name) {
    const wanted = byLabels(name);
    let from = 0, to = text.length;

    while (from < to) {
        const middle = Math.floor((from + to) / 2);
        const start = middle > 0 ? text.lastIndexOf(LF, middle - 1) + 1 : 0, end = text.indexOf(LF, start);
        const words = ascii(text.subarray(start, end)).split(' '), order = compare(wanted, byLabels(words[0]));

        if (order === 0)
            return words;
        if (order < 0)
            to = start;
        else
            from = end + 1;
    }
    return null;
}

async function look(state, name) {
    const answer = {name, serial: state.manifest.serial, found: false};

    try {
        const words = find(await state.names(), name);

        if (words !== null) {
            const cname = words.find(word => word.startsWith('cname='));
            const addresses = words.slice(1).filter(word => word !== cname);

            Object.assign(answer, {
                found: true, cname: cname ? cname.slice('cname='.length) : '',
                ipv4: addresses.filter(address => !address.includes(':')),
                ipv6: addresses.filter(address => address.includes(':'))});
        }
    } catch (error) {
        answer.fault = error.message;
    }
    postMessage({answer});
}

/* Runs a check and tells what it finds. */
async function attempt(check) {
    try {
        return await check();
    } catch (error) {
        say(error.message, false);
        return null;
    }
}

async function readFolder(open, keys) {
    const head = ascii(await readAll(open, 'HEAD', HEAD_MAX)).replace(/\n$/, '');

    if (!new RegExp('^' + SERIAL + '$').test(head))
        throw new Fault('HEAD holds no serial: damaged, or half uploaded.');
    const serial = Number(head), path = serial + '/manifest';
    const manifest = parseManifest(await readAll(open, path, MANIFEST_MAX), serial);
    say('HEAD names serial ' + serial + ', and ' + path + ' is its manifest', true);
    if (!HASHES)
        say('hashes: a browser checks them only where a page came by https or from the machine itself', null);
    return {manifest, names: makeNames(open, manifest)};
}

let state = null;

async function begin(open, keys) {
    state = await attempt(() => readFolder(open, keys));
    if (state === null) {
        postMessage({end: true});
        return;
    }
    const atOnce = state.manifest.octets <= SNAPSHOT_AT_ONCE;
    postMessage({manifest: {...state.manifest, atOnce}});
    await attempt(() => checkSignature(open, state.manifest.serial, keys));
    if (atOnce)
        await state.names().catch(() => {});
    else
        await attempt(() => checkThere(open, state.manifest));
    await attempt(() => readHistory(open, state.manifest));
    postMessage({end: true});
}

onmessage = async event => {
    const asked = event.data;

    if (asked.keys)
        await begin(asked.files ? folderOf(asked.files) : folderAt(asked.base), asked.keys);
    else if (asked.look && state !== null)
        await look(state, asked.look);
};
