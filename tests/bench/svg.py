"""Bar charts as SVG: groups of bars, one colour a series, a linear or a logarithmic axis. Text and lines follow the colours of
the page that shows them where it tells (currentColor), so that they can be read on light and dark ones."""
import math
import xml.sax.saxutils

COLOURS = ["#8d99ae", "#2a9d8f", "#e76f51", "#e9c46a", "#457b9d"]
WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 56, 46
FONT = "font-family='sans-serif' font-size='12'"


def text(x, y, content, anchor="middle", extra=""):
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='currentColor' {FONT} {extra}>{xml.sax.saxutils.escape(content)}</text>"


def shown(value):
    """Three digits at most, no zeros at the end."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.{1 if value >= 10 else 2}f}".rstrip("0").rstrip(".")


class Axis:
    def __init__(self, values, logarithmic):
        self.logarithmic = logarithmic
        most = max([value for value in values if value > 0], default=1)
        if logarithmic:
            self.low = 10 ** math.floor(math.log10(min([value for value in values if value > 0], default=1)))
            self.high = 10 ** math.ceil(math.log10(most))
            if self.high <= self.low:
                self.high = self.low * 10
            self.ticks = [self.low * 10 ** i for i in range(round(math.log10(self.high / self.low)) + 1)]
        else:
            step = 10 ** math.floor(math.log10(most))
            step = next(step * factor for factor in (0.1, 0.2, 0.25, 0.5, 1, 2) if most / (step * factor) <= 8)
            self.low, self.high = 0, math.ceil(most / step) * step
            self.ticks = [step * i for i in range(round(self.high / step) + 1)]

    def share(self, value):
        """0 at the foot, 1 at the top."""
        if self.logarithmic:
            value = max(value, self.low)
            return math.log10(value / self.low) / math.log10(self.high / self.low)
        return value / self.high


def bars(title, unit, groups, series, logarithmic=False):
    """An SVG text. groups: names along the axis; series: [(name, [value for each group, None where there is none])]."""
    values = [value for _, row in series for value in row if value is not None]
    axis = Axis(values, logarithmic)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    foot = TOP + high
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' role='img' color='#555'>",
           f"<title>{xml.sax.saxutils.escape(title)}</title>", text(LEFT, 20, title, "start", "font-weight='bold'")]
    x = LEFT
    for i, (name, _) in enumerate(series):
        out.append(f"<rect x='{x}' y='30' width='11' height='11' fill='{COLOURS[i % len(COLOURS)]}'/>")
        out.append(text(x + 16, 40, name, "start"))
        x += 34 + 7 * len(name)
    for tick in axis.ticks:
        y = foot - axis.share(tick) * high
        out.append(f"<line x1='{LEFT}' y1='{y:.1f}' x2='{WIDTH - RIGHT}' y2='{y:.1f}' stroke='currentColor' stroke-opacity='0.25'/>")
        out.append(text(LEFT - 6, y + 4, shown(tick), "end"))
    out.append(text(14, TOP + high / 2, unit, extra=f"transform='rotate(-90 14 {TOP + high / 2:.1f})'"))
    group_wide = wide / max(len(groups), 1)
    bar_wide = group_wide * 0.8 / max(len(series), 1)
    for g, group in enumerate(groups):
        left = LEFT + g * group_wide + group_wide * 0.1
        for i, (_, row) in enumerate(series):
            if row[g] is None:
                continue
            tall = max(axis.share(row[g]) * high, 1)
            x = left + i * bar_wide
            out.append(f"<rect x='{x:.1f}' y='{foot - tall:.1f}' width='{bar_wide * 0.92:.1f}' height='{tall:.1f}' fill='{COLOURS[i % len(COLOURS)]}'/>")
            if bar_wide >= 16:
                out.append(text(x + bar_wide * 0.46, foot - tall - 3, shown(row[g]), extra="style='font-size:10px'"))
        out.append(text(left + group_wide * 0.4, foot + 16, group))
    return "\n".join(out) + "\n</svg>\n"
