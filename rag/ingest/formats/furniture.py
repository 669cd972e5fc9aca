"""What stands on a page around its article, by the names that sites give it: share bars, related links, comments, captions.

An element goes if its tag, role or a whole word of its class or id says what it is. One that holds much of the page's prose
stays, whatever it is called: it is the article, or the name means something else here.
"""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.flags.length import asks_to_pay
from rag.ingest.formats.hidden import text_of
from rag.types import Removed

MAX_CHARS = 2000
_MOST = 0.3
"""An element with more of the prose of the page stays, unless it is one that can be as long as the article."""

_LEAST_LEFT = 200
"""Characters of prose that must be left when a long element goes."""

_MOST_WALL = 800
"""Characters of a notice that asks to pay; of a cut article hardly more is left than that."""

_NAMES = {
    "cookie notice": "cookie cookies gdpr consent onetrust cmp cookiebar cookie-banner privacy-banner",
    "share buttons": "share sharing sharebar share-bar social social-share share-buttons share-tools addtoany sharedaddy "
    "addthis "
    "socials",
    "related links": "related related-posts related-articles related-stories related-content recirc recirculation recommended "
    "recommendations "
    "read-more readmore more-stories also-like you-may-like trending most-read most-popular popular-posts "
    "taboola outbrain zergnet "
    "jp-relatedposts inline-related see-also read-also lea-tambien relacionadas relacionados ressources "
    "mehr-zum-thema teaser-list promo-box",
    "newsletter": "newsletter newsletter-signup signup-box subscribe-box email-signup mailchimp mc4wp nl-box",
    "advertisement": "ad ads advert advertisement adsbygoogle ad-slot ad-container ad-wrapper dfp-ad google-ad sponsored "
    "publicidad werbung anzeige "
    "ad-label adslot ad-unit",
    "author box": "author-box author-bio authorbox about-author author-card bio-box post-author-bio author-info "
    "author-description "
    "about-the-author byline-bio",
    "navigation": "breadcrumb breadcrumbs navbar nav-links post-navigation pagination pager site-header site-footer site-nav "
    "menu topbar masthead "
    "skip-link tag-list post-tags tags-links entry-tags entry-footer post-meta-footer prev-next",
    "player": "video-player jwplayer video-js vjs-control-bar vjs-modal-dialog player-controls audio-player video-error",
    "caption": "wp-caption-text caption image-caption photo-caption figure-caption photo-credit image-credit img-credit "
    "image-source",
    "paywall": "paywall paywall-box paywall-gate paywall-prompt paywall-message paywall-overlay subscribe-wall regwall "
    "meter-wall piano-offer",
    "comments": "comments comment-list commentlist comment-section disqus disqus_thread respond comment-respond "
    "comments-area fb-comments "
    "comment-form kommentare comentarios commentaires",
}
_LONG = ("comments", "related links")
"""Kinds that can be longer than the article."""

_RULE_OF = {name: rule for rule, names in _NAMES.items() for name in names.split()}
_TAGS = {
    "nav": "navigation",
    "figcaption": "caption",
    "form": "form",
    "button": "form",
    "dialog": "cookie notice",
    "aside": "related links",
}
_ROLES = {"navigation": "navigation", "banner": "navigation", "contentinfo": "navigation", "complementary": "related links",
          "search": "form",
          "dialog": "cookie notice", "alertdialog": "cookie notice"}  # fmt: skip
_KEPT = {"html", "body", "head", "article", "main", "table", "tr", "td", "tbody", "script", "style", "meta", "link", "time"}
_PROSE = ".//p | .//li | .//blockquote | .//dd"


def drop_furniture(tree: Any, title: str) -> tuple[Removed, ...]:
    """Remove, in place, what is named as no part of the article, and articles other than the one of that title.

    Returns:
        The texts of what was removed, in the page's order, each with its rule.
    """
    body = tree.find(".//body")
    if body is None:
        return ()
    total = _prose_chars(body)
    found: list[Removed] = list(_drop_others(tree, title))
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element.tag in _KEPT or not _is_within(element, body):
            continue
        rule = _rule(element)
        if not rule:
            continue
        chars = _prose_chars(element)
        may_be_long = rule in _LONG and total - chars >= _LEAST_LEFT and element.tag != "aside"
        if chars > _MOST * total and not (may_be_long or (rule == "paywall" and _is_wall(element))):
            continue
        if text := text_of(element):
            found.append(Removed(rule, text[:MAX_CHARS]))
        element.drop_tree()
    return tuple(found)


def _rule(element: Any) -> str:
    """Return the rule that names an element; empty if none does."""
    names = " ".join((element.get("class", ""), element.get("id", ""))).lower().split()
    for name in names:
        if rule := _RULE_OF.get(re.sub(r"(?:__|--).*$|[-_]\d+$", "", name)) or _RULE_OF.get(
            name.replace("_", "-").replace("--", "-")
        ):
            return rule
    role = element.get("role", "").lower()
    if role in _ROLES or element.tag in _TAGS:
        return _ROLES.get(role) or _TAGS[element.tag]
    # The page's own head and foot, not those of its article, which hold the headline.
    is_outer = element.tag in ("header", "footer") and not any(
        around.tag in ("article", "main", "section") for around in element.iterancestors()
    )
    return "navigation" if is_outer and element.find(".//h1") is None else ""


def _is_wall(element: Any) -> bool:
    """Whether an element is the notice to those who have not paid, and not what they would read."""
    text = text_of(element)
    return len(text) <= _MOST_WALL and asks_to_pay(text)


def _drop_others(tree: Any, title: str) -> tuple[Removed, ...]:
    """Remove the articles of a page that are not its own: an endless page shows the next ones below the first."""
    articles = [
        one for one in tree.iterfind(".//article") if next(one.iterancestors("article"), None) is None and _heading(one)
    ]
    articles = [one for one in articles if _prose_chars(one) >= _LEAST_LEFT]
    if len(articles) < 2:
        return ()
    own = next(
        (one for one in articles if title and _key(_heading(one)) in (_key(title), _key(title)[: len(_key(_heading(one)))])),
        articles[0],
    )
    found = []
    for one in articles:
        if one is not own:
            found.append(Removed("another article", text_of(one)[:MAX_CHARS]))
            one.drop_tree()
    return tuple(found)


def _heading(element: Any) -> str:
    heading = next(iter(element.xpath(".//h1 | .//h2")), None)
    return " ".join(heading.text_content().split()) if heading is not None else ""


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _prose_chars(element: Any) -> int:
    """Return how many characters of prose stand in an element; that of a page without paragraphs is all its text."""
    chars = sum(len(one.text_content()) for one in element.xpath(_PROSE))
    return chars or (
        len(element.text_content())
        if element.tag in ("body", "p", "li", "blockquote")
        else len((element.text_content() or "").strip())
    )


def _is_within(element: Any, body: Any) -> bool:
    """Whether an element has not gone with one around it."""
    return element is body or any(around is body for around in element.iterancestors())
