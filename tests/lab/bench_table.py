"""Figures as tables of plain text. In a cell: the median of the rounds, and in brackets the least,
which other load on the machine troubles least."""

import statistics
import sys

median = statistics.median


def say(text):
    """Progress, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def number(value):
    """With as many places as mean something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 10 else 2 if value >= 1 else 3}f}"


def both(values):
    """The median, and in brackets the least."""
    return f"{number(median(values))} ({number(min(values))})"


def _times(value):
    return f"{value:.2f}" if value < 100 else number(value)


def ratio(ours, theirs):
    """The median of the ratios round by round, as what slows the machine down slows both; and in
    brackets the ratio of the least ones."""
    rounds = [a / b for a, b in zip(ours, theirs)]
    return f"{_times(median(rounds))} ({_times(min(ours) / min(theirs))})"


def more(ours, theirs):
    """The median of the differences round by round, and in brackets that of the least ones."""
    rounds = [a - b for a, b in zip(ours, theirs)]
    return f"{median(rounds):+.1f} ({min(ours) - min(theirs):+.1f})"


class Table:
    """Rows under a title; the first `left` columns hold words."""

    def __init__(self, title, columns, left=1):
        self.title, self.columns, self.left = title, columns, left
        self.rows, self.notes = [], []

    def row(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def note(self, text):
        self.notes.append(text)

    def show(self):
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]

        def line(cells):
            words = [cell.ljust(width) if i < self.left else cell.rjust(width)
                     for i, (cell, width) in enumerate(zip(cells, widths))]
            return "  " + "   ".join(words).rstrip()

        print(f"\n{self.title}\n")
        print(line(self.columns))
        for row in self.rows:
            print(line(row))
        if self.notes:
            print()
        for text in self.notes:
            print(f"  {text}")
        sys.stdout.flush()
