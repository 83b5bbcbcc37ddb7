"""A terminal's session as SVG: text alone, without a script or a font of its own, and that text read back."""

from xml.etree import ElementTree
from xml.sax.saxutils import escape

COLUMNS = 88
CHARACTER, LINE, MARGIN, SIZE = 8.4, 20, 18, 14  # pixels
# Dark in itself, and so the same on a light page and on a dark one.
COLOURS = {"": "#d8dee9", "prompt": "#7fd38a", "said": "#c5ccd6", "note": "#e8c468", "added": "#7fd38a",
           "removed": "#f08a8a"}
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" \
height="{height}" role="img" aria-label="{title}">
<title>{title}</title>
<style>text {{ font: {size}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
white-space: pre }}</style>
<rect width="100%" height="100%" rx="8" fill="#14181f"/>
"""


def draw(title, lines):
    """Of [(kind, text)], each a line: the kind is one of COLOURS, and the text of at most COLUMNS characters."""
    out = [HEAD.format(width=COLUMNS * CHARACTER + 2 * MARGIN, height=len(lines) * LINE + 2 * MARGIN,
                       size=SIZE, title=escape(title, {'"': "&quot;"}))]
    for number, (kind, text) in enumerate(lines):
        if len(text) > COLUMNS:
            raise ValueError(f"more than {COLUMNS} characters: {text}")
        if text:
            # Whatever font there is, a column is a column.
            out.append(f'<text x="{MARGIN}" y="{MARGIN + SIZE + number * LINE}" fill="{COLOURS[kind]}" '
                       f'textLength="{len(text) * CHARACTER:.1f}" xml:space="preserve">{escape(text)}</text>\n')
    return "".join(out) + "</svg>\n"


def read(picture):
    """The lines that a picture shows, but for empty ones."""
    return [text.text for text in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
