"""Templates that the extraction was built with: each a layout of its own, as sites of its kind have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape

from eval.pages.stories import BAHN, DAM, ESCOLA, FERRY, HOPITAL, HUELGA, MUSEO, Story


@dataclass(frozen=True, slots=True)
class Page:
    """A page with what is known of it: the lines of its body without the title, its day and publisher, where it tells them."""

    name: str
    layout: str
    html: str
    title: str
    body: tuple[str, ...]
    published: date | None
    publisher: str


Made = tuple[str, tuple[str, ...]]
"""The HTML of a page, and the lines of its body."""


def p(*lines: str) -> str:
    """Return paragraphs."""
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)


def ul(lines: tuple[str, ...], css: str = "") -> str:
    """Return a list."""
    return f"<ul{f' class={css!r}' if css else ''}>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def links(story: Story, css: str = "") -> str:
    """Return a list of links to other articles."""
    return (
        f"<ul class='{css}'>"
        + "".join(f"<li><a href='/n/{n}'>{escape(one)}</a></li>" for n, one in enumerate(story.others))
        + "</ul>"
    )


def table(rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a table with a head."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def row_lines(story: Story) -> tuple[str, ...]:
    """Return the lines of a story's table."""
    return tuple(" ".join(row) for row in story.rows)


def head(story: Story, extra: str = "", *, site: bool = True) -> str:
    """Return the head of a page."""
    named = f'<meta property="og:site_name" content="{escape(story.publisher)}">' if site else ""
    return (
        f'<!doctype html><html lang="{story.language}"><head><meta charset="utf-8"><title>{escape(story.title)} '
        f"| {escape(story.publisher)}</title>"
        f'<link rel="canonical" href="{story.url}"><meta property="og:title" '
        f'content="{escape(story.title)}">{named}{extra}</head>'
    )


def json_ld(data: object) -> str:
    """Return a script of JSON-LD."""
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'


NAV = (
    "<nav class='main-nav'><ul><li><a href='/'>Home</a></li><li><a href='/politics'>Politics</a></li><li><a "
    "href='/sport'>Sport</a></li><li><a href='/culture'>Culture</a></li></ul></nav>"
)
FOOT = (
    "<footer><p>© 2024 All rights reserved</p><ul><li><a href='/about'>About us</a></li><li><a "
    "href='/privacy'>Privacy</a></li><li><a href='/jobs'>Jobs</a></li></ul></footer>"
)
SHARE = "<div class='share-buttons'><a>Facebook</a> <a>Twitter</a> <a>WhatsApp</a> <span>Copy link</span></div>"


def wordpress(story: Story) -> Made:
    """WordPress: entry-content, Jetpack's share and related boxes, a comment thread below."""
    meta = f'<meta property="article:published_time" content="{story.published}T08:00:00+00:00">'
    body = f"""<body class="single single-post">{NAV}<div id="content" class="site-content">
    <article class="post type-post"><header class="entry-header">
    <h1 class="entry-title">{escape(story.title)}</h1><div class="entry-meta">By <a rel="author">{story.author}
    </a> · 4 min read</div></header>
    <div class="entry-content">{p(*story.opening)}<h2>{story.heading}</h2>{p(*story.closing)}
    <div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3>{SHARE}</div>
    <div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3>{links(story)}</div></div></article>
    <div id="comments" class="comments-area"><h2>2 thoughts on “{escape(story.title)}”</h2><ol class="comment-list"><li>
    <p>I grew up there and this makes me very sad indeed.</p></li>
    <li><p>Good riddance, it was always late and always cold on board in the winter.</p></li></ol><div id="respond">
    <h3>Leave a Reply</h3><p>Your email address will not be published.</p></div></div>
    </div><aside class="widget-area"><h2>Recent posts</h2>{links(story)}</aside>{FOOT}</body></html>"""
    return head(story, meta) + body, (*story.opening, story.heading, *story.closing)


def amp(story: Story) -> Made:
    """AMP: amp-* elements, a consent box, a sidebar, JSON-LD in the head."""
    data = json_ld(
        {
            "@context": "http://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": f"{story.published}T10:00:00Z",
            "author": {"@type": "Person", "name": story.author},
            "publisher": {"@type": "Organization", "name": story.publisher},
        }
    )
    body = f"""<body><amp-consent id="consent"><div id="consent-ui">
    <p>We value your privacy. We and our partners store and access information on your device.</p><button>Accept</button>
    </div></amp-consent>
    <amp-sidebar><ul><li>Home</li><li>World</li></ul></amp-sidebar><main><article><h1>{escape(story.title)}</h1>
    <p class="byline">{story.author}</p>
    <amp-img src="x.jpg" alt="{escape(story.caption)}"></amp-img><figcaption>{escape(story.caption)}</figcaption>
    <div class="amp-wp-article-content">{p(*story.opening)}<amp-ad>Advertisement</amp-ad><h2>{story.heading}
    </h2>{p(*story.closing)}</div>
    <amp-social-share type="twitter">Tweet</amp-social-share></article></main>{FOOT}</body></html>"""
    return head(story, data, site=False) + body, (*story.opening, story.heading, *story.closing)


def div_soup(story: Story) -> Made:
    """Divs without any name that means something, no paragraphs; the day in a span."""
    soup = "".join(f"<div class='x{n}'>{escape(line)}</div>" for n, line in enumerate(story.paragraphs))
    body = f"""<body><div class="a1"><div class="b2"><a href="/">Home</a> <a href="/s">Sport</a> <a href="/k">Kids</a>
    </div></div><div class="c3"><h1>{escape(story.title)}</h1>
    <div class="d4"><span>{story.author}</span></div><div class="e5">{soup}</div></div><div class="f6">
    <div class="g7">{links(story)}</div></div></body></html>"""
    return head(story) + body, story.paragraphs


def tables(story: Story) -> Made:
    """The page of a statistics desk: half of it is a table and a list."""
    meta = f'<meta name="date" content="{story.published}">'
    body = f"""<body>{NAV}<main><article><h1>{escape(story.title)}</h1>
    <div class="article-body">{p(*story.opening[:2])}{table(story.rows)}
    {p(story.closing[0])}{ul(story.items)}{p(*story.closing[1:])}</div></article></main>{FOOT}</body></html>"""
    return head(story, meta) + body, (*story.opening[:2], *row_lines(story), story.closing[0], *story.items, *story.closing[1:])


def live_blog(story: Story) -> Made:
    """A live blog: timed entries, the newest first, with a box of key events."""
    stamps = ["18:42", "17:15", "16:03", "14:50", "13:20", "12:05"]
    entries = "".join(
        f"<div class='live-post'><time>{stamp}</time><p>{escape(line)}</p></div>"
        for stamp, line in zip(stamps, story.paragraphs, strict=True)
    )
    data = json_ld(
        {
            "@type": "LiveBlogPosting",
            "headline": story.title,
            "datePublished": f"{story.published}T12:00:00Z",
            "publisher": {"name": story.publisher},
        }
    )
    body = f"""<body>{NAV}<main><h1>{escape(story.title)}</h1><div class="live-blog">{entries}</div><button>Load more
    </button></main><aside class="most-read"><h2>Most read</h2>{links(story)}</aside>{FOOT}</body></html>"""
    return head(story, data) + body, tuple(line for pair in zip(stamps, story.paragraphs, strict=True) for line in pair)


def listicle(story: Story) -> Made:
    """A list article: short items under headings, an advertisement between them."""
    items = "".join(
        f"<h3>{n}. {escape(item)}</h3>{p(line)}<div class='ad-slot'>Advertisement</div>"
        for n, (item, line) in enumerate(zip(story.items, story.opening, strict=True), 1)
    )
    meta = f'<meta property="article:published_time" content="{story.published}">'
    body = (
        f"<body>{NAV}<article><h1>{escape(story.title)}</h1><section "
        f"class='post-body'>{items}{p(story.closing[0])}</section></article>{SHARE}{FOOT}</body></html>"
    )
    told = tuple(
        part
        for n, (item, line) in enumerate(zip(story.items, story.opening, strict=True), 1)
        for part in (f"{n}. {item}", line)
    )
    return head(story, meta) + body, (*told, story.closing[0])


def paywall(story: Story) -> Made:
    """Two paragraphs, a fade, and a box that asks to subscribe."""
    data = json_ld(
        {
            "@type": "NewsArticle",
            "headline": story.title,
            "isAccessibleForFree": False,
            "datePublished": f"{story.published}T06:00:00+02:00",
            "publisher": {"name": story.publisher},
        }
    )
    body = f"""<body>{NAV}<article><h1>{escape(story.title)}</h1><div class="article-body">{p(*story.opening)}</div>
    <div class="paywall"><h2>Subscribe to continue reading</h2>
    <p>Get unlimited access from 1 euro a month. Cancel at any time, no questions asked.</p><p>Already a subscriber? Log in
    </p></div></article>{FOOT}</body></html>"""
    return head(story, data) + body, story.opening


def inline_related(story: Story) -> Made:
    """Boxes of related articles and a newsletter form in the middle of the body."""
    box = f"<div class='related-articles'><h4>Read more</h4>{links(story)}</div>"
    form = (
        "<div class='newsletter-signup'><h4>The morning in five minutes</h4><p>Sign up for our free newsletter and "
        "get the day's stories.</p><form><input><button>Sign up</button></form></div>"
    )
    meta = f'<meta name="parsely-pub-date" content="{story.published}T05:30:00Z">'
    body = f"""<body>{NAV}<main><article><h1>{escape(story.title)}</h1>
    <div class="story-body">{p(story.opening[0])}{box}{p(*story.opening[1:])}{form}<h2>{story.heading}
    </h2>{p(*story.closing)}</div></article></main>{FOOT}</body></html>"""
    return head(story, meta) + body, (*story.opening, story.heading, *story.closing)


def endless(story: Story) -> Made:
    """Endless scrolling: a second whole article below the first."""
    other = FERRY if story is not FERRY else DAM
    data = json_ld(
        [
            {
                "@type": "NewsArticle",
                "headline": story.title,
                "datePublished": str(story.published),
                "publisher": {"name": story.publisher},
            },
            {"@type": "NewsArticle", "headline": other.title, "datePublished": str(other.published)},
        ]
    )
    body = f"""<body>{NAV}<div id="feed"><article><h1>{escape(story.title)}</h1>{p(*story.paragraphs)}</article><hr>
    <article><h1>{escape(other.title)}</h1>{p(*other.paragraphs)}</article></div>{FOOT}</body></html>"""
    return head(story, data) + body, story.paragraphs


def data_only(story: Story) -> Made:
    """A page that a script fills in: the article stands in its JSON-LD alone."""
    data = json_ld(
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebPage", "name": story.title},
                {
                    "@type": "NewsArticle",
                    "headline": story.title,
                    "articleBody": "\n\n".join(story.paragraphs),
                    "datePublished": f"{story.published}T09:00:00Z",
                    "publisher": {"@id": "#org"},
                },
                {"@type": "NewsMediaOrganization", "@id": "#org", "name": story.publisher},
            ],
        }
    )
    return (
        head(story, data, site=False)
        + f"<body><div id='root'></div><noscript>Please enable JavaScript to read this page.</noscript>{FOOT}</body></html>",
        story.paragraphs,
    )


def cookie_wall(story: Story) -> Made:
    """A long consent dialog before the article, in the page's own markup."""
    wall = (
        "<div id='cookie-notice' class='cookie-banner' role='dialog'><h2>We value your privacy</h2>"
        + p(
            "We and our 812 partners store and/or access information on a device, such as cookies, and process "
            "personal data, such as unique identifiers.",
            "With your permission we and our partners may use precise geolocation data and identification "
            "through device scanning.",
            "You may click to consent to our and our partners’ processing as described above.",
        )
        + "<button>Accept all</button><button>Reject all</button></div>"
    )
    meta = f'<meta itemprop="datePublished" content="{story.published}">'
    body = (
        f"<body>{wall}{NAV}<main><h1>{escape(story.title)}</h1><div "
        f"itemprop='articleBody'>{p(*story.paragraphs)}</div></main>{FOOT}</body></html>"
    )
    return head(story, meta) + body, story.paragraphs


def captions(story: Story) -> Made:
    """Photos with captions and credits, and a pull quote that repeats a sentence."""
    figure = f"<figure><img src='a.jpg'><figcaption>{escape(story.caption)} Photo: A. Lensman / Agency</figcaption></figure>"
    quote = f"<blockquote class='pull-quote'><p>{escape(story.items[0])}</p></blockquote>"
    meta = f'<meta property="article:published_time" content="{story.published}T23:30:00Z">'
    body = f"""<body>{NAV}<article><header><h1>{escape(story.title)}</h1></header>{figure}
    <div class="article__body">{p(*story.opening)}{figure}{quote}{p(*story.closing)}</div></article>{FOOT}</body></html>"""
    return head(story, meta) + body, (*story.opening, story.items[0], *story.closing)


def video(story: Story) -> Made:
    """A video page: messages of the player above a short text."""
    player = """<div class="video-js"><div class="vjs-modal-dialog"><p>This is a modal window.</p>
    <p>The media could not be loaded, either because the server or network failed.</p></div>
    <div class="vjs-control-bar"><button>Play Video</button><span>Current Time 0:00</span><span>Duration 2:41</span>
    <span>1x Playback Rate</span></div></div>"""
    body = f"""<body>{NAV}<main><h1>{escape(story.title)}</h1>{player}<p>Video Player is loading.</p>
    <div class="video-description">{p(*story.opening)}</div><time datetime="{story.published}" itemprop="datePublished">x
    </time></main>{FOOT}</body></html>"""
    return head(story) + body, story.opening


def line_breaks(story: Story) -> Made:
    """An old page: a layout table, paragraphs parted by line breaks, the day in words above the text."""
    text = "<br><br>".join(escape(line, quote=False) for line in story.paragraphs)
    body = f"""<body><table width="900"><tr><td width="150"><a href="/">Home</a><br><a href="/a">Archive</a><br>
    <a href="/c">Contact</a></td>
    <td><h1>{escape(story.title)}</h1><div class="date">{story.published:%-d.%-m.%Y}</div><font size="2">{text}</font></td>
    </tr></table></body></html>"""
    return head(story, site=False) + body, story.paragraphs


LAYOUTS: dict[str, tuple[Callable[[Story], Made], tuple[Story, ...], bool, bool]] = {
    "wordpress": (wordpress, (FERRY, HUELGA), True, True),
    "amp": (amp, (DAM, HOPITAL), True, True),
    "div-soup": (div_soup, (FERRY, BAHN), False, True),
    "tables": (tables, (DAM, ESCOLA), True, True),
    "live-blog": (live_blog, (FERRY, HUELGA), True, True),
    "listicle": (listicle, (DAM, MUSEO), True, True),
    "paywall": (paywall, (HOPITAL, BAHN), True, True),
    "inline-related": (inline_related, (FERRY, HUELGA), True, True),
    "endless": (endless, (DAM, ESCOLA), True, True),
    "data-only": (data_only, (FERRY, MUSEO), True, True),
    "cookie-wall": (cookie_wall, (DAM, BAHN), True, True),
    "captions": (captions, (HUELGA, HOPITAL), True, True),
    "video": (video, (FERRY, ESCOLA), True, True),
    "line-breaks": (line_breaks, (BAHN, MUSEO), True, False),
}
"""Each template with the stories that it is filled with, and whether its pages tell the day and the publisher."""


def pages(layouts: dict[str, tuple[Callable[[Story], Made], tuple[Story, ...], bool, bool]] | None = None) -> list[Page]:
    """Return the pages of templates, in order."""
    found = []
    for name, (layout, stories, is_dated, is_named) in (LAYOUTS if layouts is None else layouts).items():
        for story in stories:
            html, body = layout(story)
            day = story.published if is_dated else None
            publisher = story.publisher if is_named else story.host.removeprefix("www.")
            found.append(Page(f"{name}-{story.language}", name, html, story.title, body, day, publisher))
    return found
