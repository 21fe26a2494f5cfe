# SPDX-License-Identifier: Apache-2.0
"""A report as sections of paragraphs, tables and figures, and its two forms: Markdown and HTML."""
import dataclasses
import html
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "report"


@dataclasses.dataclass(frozen=True)
class Cell:
    """Text of a cell; mark: void, missing, good, bad, strong or nothing."""
    text: str
    mark: str = ""


@dataclasses.dataclass
class Table:
    """Rows of cells or strings; the first `names` columns and `texts` are text, others numbers."""
    header: list
    rows: list
    caption: str = ""
    names: int = 1
    texts: tuple = ()

    def is_text(self, place):
        return place < self.names or place in self.texts


@dataclasses.dataclass
class Figure:
    """A picture: its file's name without ending, what it shows, and its SVG text."""
    name: str
    caption: str
    svg: str


@dataclasses.dataclass
class Section:
    title: str
    blocks: list  # strings (paragraphs, `code` and **strong** in them), lists, tables, figures


def cell(value):
    return value if isinstance(value, Cell) else Cell(str(value))


def markdown_cell(value):
    value = cell(value)
    text = value.text.replace("|", "\\|")
    return {"void": f"*{text}*", "missing": f"*{text}*", "strong": f"**{text}**",
            "bad": f"**{text}**"}.get(value.mark, text) if text else ""


def markdown_table(table):
    align = ["---" if table.is_text(place) else "---:" for place in range(len(table.header))]
    lines = [f"**{table.caption}**\n"] if table.caption else []
    lines.append(f"| {' | '.join(table.header)} |")
    lines.append(f"|{'|'.join(align)}|")
    lines += [f"| {' | '.join(map(markdown_cell, row))} |" for row in table.rows]
    return "\n".join(lines)


def markdown(title, sections, lead=""):
    """The report as Markdown; figures are links to files beside it."""
    parts = [lead, f"# {title}"] if lead else [f"# {title}"]
    for section in sections:
        if section.title:
            parts.append(f"## {section.title}")
        for block in section.blocks:
            if isinstance(block, Table):
                parts.append(markdown_table(block))
            elif isinstance(block, Figure):
                parts.append(f"![{block.caption}]({block.name}.svg)\n\n*{block.caption}*")
            elif isinstance(block, list):
                parts.append("\n".join(f"* {entry}" for entry in block))
            else:
                parts.append(block)
    return "\n\n".join(parts) + "\n"


def inline(text):
    """Text of a paragraph as HTML."""
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)


def html_table(table):
    def row(values, tag):
        cells = []
        for place, value in enumerate(values):
            value = cell(value)
            marks = " ".join(filter(None, ("name" if table.is_text(place) else "",
                                           value.mark)))
            cells.append(f"<{tag} class=\"{marks}\">" if marks else f"<{tag}>")
            cells[-1] += f"{inline(value.text)}</{tag}>"
        return f"<tr>{''.join(cells)}</tr>"

    caption = f"<caption>{inline(table.caption)}</caption>" if table.caption else ""
    body = "\n".join(row(values, "td") for values in table.rows)
    return (f"<div class=\"wide\"><table>{caption}<thead>{row(table.header, 'th')}</thead>"
            f"<tbody>\n{body}\n</tbody></table></div>")


def html_block(block):
    if isinstance(block, Table):
        return html_table(block)
    if isinstance(block, Figure):
        return (f"<figure>{block.svg}<figcaption>{inline(block.caption)}</figcaption></figure>")
    if isinstance(block, list):
        return "<ul>" + "".join(f"<li>{inline(entry)}</li>" for entry in block) + "</ul>"
    return f"<p>{inline(block)}</p>"


def page(title, sections):
    """The report as one HTML file that needs nothing else."""
    body, links = [], []
    for number, section in enumerate(sections):
        if section.title:
            links.append(f"<a href=\"#s{number}\">{inline(section.title)}</a>")
            body.append(f"<h2 id=\"s{number}\">{inline(section.title)}</h2>")
        body += map(html_block, section.blocks)
    text = (FOLDER / "page.html").read_text(encoding="utf-8")
    for name, value in (("title", inline(title)), ("links", "\n".join(links)),
                        ("style", (FOLDER / "style.css").read_text(encoding="utf-8")),
                        ("body", "\n".join(body))):
        text = text.replace(f"<!-- {name} -->", value, 1)
    return text
