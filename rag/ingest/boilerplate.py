"""Lines that a page puts around its article: menus, share buttons, comment forms, notices.

A line goes only if a rule matches the whole of it, apart from bullets and arrows at its ends. Three things are never
touched: a table row (a line with `|` or a tab), a line over 300 characters, and a line inside a hard-wrapped sentence
(it begins, or the line right below it begins, with a small letter). A rule that is safe only at the foot of a page is a
tail rule: it holds below the last line of prose. A line that says something no rule foresees stays.

To add a phrase, put it into the rule of its kind, in small letters; patterns are tried on the line in small letters and
with single spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAX_LINE_CHARS = 300

_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|reddit|tumblr|flipboard|instagram|threads|bluesky|"
    r"mastodon|messenger|e-?mail|copy\ link|print|pocket)"
)
_CLOCK = (
    r"(?:\d{1,2}[:.h]\d{2}(?:\ ?[ap]\.?\ ?m\.?)?|\d{1,2}\ ?[ap]\.?\ ?m\.?)"
    r"(?:\ ?(?:uhr|h|hrs?|horas|gmt|utc|bst|cest|cet|[ecmp][sd]?t)\.?)?"
)

ANYWHERE = {
    "breadcrumb": r"""
        (?:home|homepage|startseite|inicio|portada|accueil|início|hjem)\ ?[»›>→]\ ?.+""",
    "comment form": r"""
        leave\ a\ (?:comment|reply)(?:\ cancel\ reply)? | (?:post|add|write)\ a\ comment | cancel\ reply
        | (?:view|show|hide)\ (?:all\ )?(?:\d+\ )?comments? | (?:\d+|no)\ comments?(?:\ yet)? | comments\ are\ closed
        | your\ e-?mail\ address\ will\ not\ be\ published.* | required\ fields\ are\ marked
        | save\ my\ name,\ e-?mail,?\ and\ website\ in\ this\ browser.* | you\ must\ be\ logged\ in\ to\ .{0,40}comment
        | this\ site\ uses\ akismet\ .* | learn\ how\ your\ comment\ data\ is\ processed
        | dejar?\ (?:un|tu)\ comentario | deja\ una\ respuesta | cancelar\ (?:la\ )?respuesta
        | tu\ dirección\ de\ correo\ electrónico\ no\ será\ publicada.*
        | laisser\ un\ commentaire | annuler\ la\ réponse | votre\ adresse\ e-?mail\ ne\ sera\ pas\ publiée.*
        | schreibe\ einen\ kommentar | kommentar\ (?:schreiben|verfassen|abgeben) | antwort\ abbrechen
        | deixe\ (?:um\ comentário|uma\ resposta) | cancelar\ resposta
        | lascia\ un(?:\ commento|a\ risposta) | annulla\ risposta""",
    # A question goes with the call that follows it, and only when the line holds nothing else.
    "call for comments": r"""
        (?:(?:what\ are\ your|what\ do\ you|how\ do\ you|do\ you|have\ you|would\ you)\ [^?.!]{1,200}\?\ )?
        (?:share\ your|leave\ your|tell\ us|let\ us\ know|have\ your\ say)\b[^?.!]{0,100}
        \bin\ the\ comments?(?:\ section)?(?:\ below)?""",
    "related links": r"""
        you\ (?:may|might)\ also\ (?:like|be\ interested\ in)
        | (?:related|recommended|popular|trending)\ (?:articles?|posts?|stories|news|content|coverage|topics)
        | more\ (?:stories|on\ this\ (?:story|topic)) | (?:read|up)\ next
        | (?:también\ )?te\ puede\ interesar | (?:artículos|noticias)\ relacionad[oa]s
        | (?:à\ )?lire\ aussi | sur\ le\ même\ sujet | articles\ (?:similaires|liés)
        | das\ könnte\ (?:sie|dich)\ auch\ interessieren | lesen\ sie\ auch | mehr\ zum\ thema
        | leia\ também | veja\ também | (?:artigos|notícias)\ relacionad[oa]s
        | potrebbe\ interessarti(?:\ anche)? | leggi\ anche | articoli\ correlati""",
    "more": r"""
        (?:read|see|view|show|load)\ more | continue\ reading | (?:ver|leer|cargar)\ m[aá]s
        | lire\ (?:la\ suite|plus) | voir\ plus | weiterlesen | mehr\ (?:lesen|anzeigen|erfahren)
        | (?:ler|ver|leia)\ mais | leggi\ (?:tutto|di\ più) | mostra\ altro""",
    "advertisement": r"""
        advertisements? | (?:story|article)\ continues\ (?:below|after)(?:\ this)?\ (?:advertisement|ad)
        | sponsored(?:\ content|\ post)? | publicidad | publicité | anzeige | werbung | publicidade | pubblicità
        | ad\ ?-?block(?:er)?\ detected
        | please\ (?:support\ us\ by\ |consider\ )?(?:disabl|turn|whitelist|paus)[^.]{0,120}
        \bad\ ?-?block[^.]{0,100}""",
    "share buttons": rf"""
        share\ this(?:\ (?:article|story|post|page|on\ {_NETWORK}))? | (?:print|e-?mail)\ this\ (?:article|story|page)
        | (?:click\ to\ )?(?:share|tweet)\ (?:on|via)\ {_NETWORK}(?:\ \(opens\ in\ new\ window)?
        | {_NETWORK}(?:[\ ·•/]+{_NETWORK})+
        | compartir\ en\ {_NETWORK} | partager\ sur\ {_NETWORK} | auf\ {_NETWORK}\ teilen
        | compartilhar\ no\ {_NETWORK} | condividi\ su\ {_NETWORK}""",
    "cookie notice": r"""
        (?:we|this\ (?:web)?site|our\ (?:web)?site)\ uses?\ (?:essential\ )?cookies\b.*
        | accept\ (?:all\ )?cookies | (?:cookie|manage)\ (?:settings|preferences|consent|cookies)
        | (?:usamos|utilizamos|este\ sit(?:io|e)(?:\ web)?\ (?:usa|utiliza))\ cookies\b.* | aceptar\ (?:las\ )?cookies
        | (?:nous\ utilisons|ce\ site\ utilise)\ des\ cookies\b.*
        | (?:wir\ verwenden|diese\ (?:web)?(?:site|seite)\ (?:verwendet|nutzt))\ cookies\b.*
        | (?:utilizziamo|questo\ sito\ (?:usa|utilizza))\ (?:i\ )?cookie\b.*""",
    # Only a time of day: a line with a date in it dates the article and stays.
    "clock": rf"""
        (?:first\ )?(?:posted|published|(?:last\ )?(?:updated|modified))(?:\ at)?:?\ {_CLOCK}
        | (?:publicado|actualizado)(?:\ a\ las?)?:?\ {_CLOCK} | (?:publié|mis\ à\ jour)(?:\ à)?:?\ {_CLOCK}
        | (?:veröffentlicht|aktualisiert)(?:\ um)?:?\ {_CLOCK} | (?:publicado|atualizado)(?:\ às)?:?\ {_CLOCK}
        | (?:pubblicato|aggiornato)(?:\ alle)?:?\ {_CLOCK}""",
    "player": r"""
        video\ player\ is\ loading | this\ is\ a\ modal\ window | play\ video
        | your\ browser\ does\ not\ support\ (?:the\ )?(?:html5\ )?(?:video|audio)(?:\ (?:tag|element))?""",
    "navigation": r"""
        skip\ to\ (?:main\ )?content | back\ to\ top | toggle\ navigation | (?:ir|saltar)\ al\ contenido
        | aller\ au\ contenu | zum\ inhalt\ springen | pular\ para\ o\ conteúdo | vai\ al\ contenuto""",
    "newsletter": r"""
        (?:subscribe|sign\ up)\ (?:to|for)\ (?:our|the)\ (?:daily\ |weekly\ |free\ )?newsletters?
        | suscríbete\ a\ nuestr[oa]\ (?:newsletter|boletín) | inscrivez-vous\ à\ notre\ newsletter
        | newsletter\ abonnieren | assine\ nossa\ newsletter | iscriviti\ alla\ (?:nostra\ )?newsletter""",
}

TAIL = {
    "menu entries": rf"""
        reels | stories | videos? | menu | search | shares? | comments? | buscar | suche | rechercher | {_NETWORK}
        | compartir | partager | teilen | compartilhar | condividi""",
    "site search": r"""
        (?:busca|buscar|search|rechercher|suche|pesquisar|procurar|cerca)
        \ (?:in|en|on|dans|sur|auf|em|no|na|nel|su)\ .{1,60}""",
    "follow us": r"""
        (?:follow\ us|síguenos|suivez-nous|folgen\ sie\ uns|siga-nos|seguici)(?:\ (?:on|en|sur|auf|no|su)\ .{1,40})?""",
    "rights": r"""
        ©.* | copyright\ (?:©|\(c\)|\d{4}).* | all\ rights\ reserved
        | todos\ los\ derechos\ reservados | tous\ droits\ réservés
        | alle\ rechte\ vorbehalten | todos\ os\ direitos\ reservados | tutti\ i\ diritti\ riservati""",
}


def _compiled(rules: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in rules.values()), re.VERBOSE)


_ANYWHERE, _TAIL = _compiled(ANYWHERE), _compiled(TAIL)
_BEFORE, _AFTER = " #*•·▪◦+->–—→", " *:;.!…_»›>→)-–—"
_SENTENCE_ENDS = (".", "!", "?", "…", "”", '"', "»", ")", ":", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class Kept:
    """The text that stays, and the lines that do not, in order and stripped."""

    text: str
    removed: tuple[str, ...]


def without_boilerplate(text: str) -> Kept:
    """Return `text` without its boilerplate lines; doing it again removes nothing."""
    lines = text.split("\n")
    removed: dict[int, str] = {}
    for i, line in enumerate(lines):
        if _matches(_ANYWHERE, line) and not (i + 1 < len(lines) and lines[i + 1].lstrip()[:1].islower()):
            removed[i] = line.strip()
    stay = [i for i in range(len(lines)) if i not in removed]
    while stay:
        i = stay[-1]
        if lines[i].strip():
            before = lines[stay[-2]] if len(stay) > 1 else ""
            if not _matches(_TAIL, lines[i]) or not (_ends(before) or _matches(_TAIL, before)):
                break
            removed[i] = lines[i].strip()
        stay.pop()
    return Kept("\n".join(lines[i] for i in stay), tuple(removed[i] for i in sorted(removed)))


def _matches(pattern: re.Pattern[str], line: str) -> bool:
    """Whether the whole of `line` is boilerplate of the pattern's kind."""
    line = line.strip()
    if not line or len(line) > _MAX_LINE_CHARS or "|" in line or "\t" in line:
        return False
    core = " ".join(line.lstrip(_BEFORE).rstrip(_AFTER).split())
    return bool(core) and not core[0].islower() and pattern.fullmatch(core.lower()) is not None


def _ends(line: str) -> bool:
    """Whether a line ends a paragraph, so that the next one does not go on with its sentence."""
    return not line.strip() or line.rstrip().endswith(_SENTENCE_ENDS)
