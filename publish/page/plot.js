/* The plot of what changed from serial to serial, as SVG: names above, below them what was added,
 * changed (up) and removed (down). All text goes in as text. */
'use strict';

const SVG = 'http://www.w3.org/2000/svg';
const LINE_HEIGHT = 90, BARS_HEIGHT = 90, GAP = 48, LEFT = 4, RIGHT = 4, TOP = 20, BOTTOM = 20;

function part(parent, name, attributes, text) {
    const element = document.createElementNS(SVG, name);

    for (const [key, value] of Object.entries(attributes))
        element.setAttribute(key, value);
    if (text !== undefined)
        element.textContent = text;
    parent.append(element);
    return element;
}

const figure = n => n.toLocaleString('en');
const day = time => new Date(time).toISOString().slice(0, 10);
const moved = change => change === null ? 'what changed: not known' :
    '+' + figure(change.added) + ' −' + figure(change.removed) + ' ~' + figure(change.changed);

/* One mark or bar, with words for a pointer that stays on it. */
function column(svg, x, width, height, entry) {
    const group = part(svg, 'g', {});

    part(group, 'title', {}, 'serial ' + entry.serial + ', ' + day(entry.created) + ': ' + figure(entry.names) + ' names, ' +
        moved(entry.change));
    part(group, 'rect', {x: x - width / 2, y: 0, width, height, fill: 'transparent'});
    return group;
}

function drawNames(svg, entries, at) {
    const counts = entries.map(entry => entry.names), least = Math.min(...counts), most = Math.max(...counts);
    const y = n => TOP + (most === least ? LINE_HEIGHT / 2 : LINE_HEIGHT * (most - n) / (most - least));

    part(svg, 'polyline', {class: 'line', points: entries.map((entry, i) => at(i) + ',' + y(entry.names)).join(' ')});
    entries.forEach((entry, i) => part(svg, 'circle', {class: 'dot', cx: at(i), cy: y(entry.names), r: 2.5}));
    part(svg, 'text', {x: LEFT, y: TOP - 8}, figure(most) + ' names' + (most === least ? '' : ' at most'));
    if (most !== least)
        part(svg, 'text', {x: LEFT, y: TOP + LINE_HEIGHT + 15}, figure(least) + ' at least');
}

function drawBars(svg, columns, entries, at, bar) {
    const known = entries.filter(entry => entry.change !== null).map(entry => entry.change);
    const up = Math.max(0, ...known.map(c => c.added + c.changed)), down = Math.max(0, ...known.map(c => c.removed));
    const scale = up + down > 0 ? BARS_HEIGHT / (up + down) : 0, zero = TOP + LINE_HEIGHT + GAP + up * scale;
    const draw = (i, name, n, y) => n > 0 && part(columns[i], 'rect', {
        class: name, x: at(i) - bar / 2, y, width: bar, height: Math.max(1, n * scale)});

    part(svg, 'line', {class: 'axis', x1: 0, x2: svg.viewBox.baseVal.width, y1: zero, y2: zero});
    entries.forEach(({change}, i) => {
        if (change === null)
            return;
        draw(i, 'added', change.added, zero - Math.max(1, change.added * scale));
        draw(i, 'changed', change.changed, zero - (change.added + change.changed) * scale - (change.added > 0 ? 1 : 0));
        draw(i, 'removed', change.removed, zero);
    });
    part(svg, 'text', {x: LEFT, y: TOP + LINE_HEIGHT + GAP - 8}, known.length === 0 ? 'what changed: not known' :
        'a serial: up to ' + figure(up) + ' added and changed, ' + figure(down) + ' removed');
}

function describe(entries) {
    const last = entries[entries.length - 1];

    return 'Names and what changed, serial ' + entries[0].serial + ' to ' + last.serial + '. Newest: ' + figure(last.names) +
        ' names, ' + moved(last.change) + '. The table below has all figures.';
}

/* `history` is newest first. */
function drawPlot(place, history) {
    const entries = history.slice().reverse(), width = Math.max(240, place.clientWidth || 240);
    const height = TOP + LINE_HEIGHT + GAP + BARS_HEIGHT + BOTTOM + 6, step = (width - 24) / entries.length;
    const at = i => 12 + step * (i + .5), first = entries[0], last = entries[entries.length - 1];
    const svg = document.createElementNS(SVG, 'svg');

    svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', describe(entries));
    drawNames(svg, entries, at);
    const columns = entries.map((entry, i) => column(svg, at(i), step, height - BOTTOM, entry));
    drawBars(svg, columns, entries, at, Math.max(2, Math.min(22, step * .6)));
    part(svg, 'text', {x: LEFT, y: height - 4}, first.serial + ' · ' + day(first.created));
    if (entries.length > 1)
        part(svg, 'text', {x: width - RIGHT, y: height - 4, 'text-anchor': 'end'}, last.serial + ' · ' + day(last.created));
    place.replaceChildren(svg);
}

function fillTable(body, history) {
    body.replaceChildren(...history.map(entry => {
        const row = document.createElement('tr'), change = entry.change;
        const cells = change === null ? ['', '', ''] : [change.added, change.removed, change.changed].map(figure);

        for (const text of [entry.serial, day(entry.created), figure(entry.names), ...cells]) {
            const cell = document.createElement('td');

            cell.textContent = text;
            row.append(cell);
        }
        return row;
    }));
}
