"""Which lines count as boilerplate, and which must not."""

import re

import pytest

from rag.ingest.boilerplate import without_boilerplate
from rag.ingest.phrases import ANYWHERE, HEAD, TAIL

BODY = "The strike at the harbour ended on Monday, the union said."

GONE = """
Home » News » Port strike ends
Inicio › Economía › Termina la huelga
You may also like
Related Articles
También te puede interesar:
Lire aussi :
Das könnte Sie auch interessieren
Leia também
Leggi anche
Leave a Comment
LEAVE A REPLY
12 Comments
Comments are closed.
Your email address will not be published. Required fields are marked *
Save my name, email, and website in this browser for the next time I comment.
This site uses Akismet to reduce spam. Learn how your comment data is processed.
Deja un comentario
Laisser un commentaire
Schreibe einen Kommentar
Deixe um comentário
Share your opinions in the comments below!
What do you think of the deal? Let us know in the comments!
Adblock Detected
Please support us by disabling your AdBlocker extension from your browsers for our website.
Advertisement
- ADVERTISEMENT -
Publicidad
Story continues below advertisement
Read more »
Ver Más »
Lire la suite…
Weiterlesen →
Share on Facebook
Share this article
Facebook Twitter WhatsApp Copy link
Compartir en WhatsApp
We use cookies to improve your experience. By continuing you agree.
Utilizamos cookies propias y de terceros para mejorar nuestros servicios.
Diese Website verwendet Cookies.
Accept all cookies
Posted at 10:23 p.m.
Updated at 10:53 p.m.
Published 14:05 GMT
Actualizado a las 18:30 horas
Mis à jour à 18h30
Aktualisiert um 18:30 Uhr
Video Player is loading.
Skip to content
Subscribe to our newsletter
Sign up for our free daily newsletter and never miss a story
Get the day's news delivered to your inbox
By signing up, you agree to our Terms of Service and Privacy Policy.
Suscríbete a nuestro boletín
Inscrivez-vous à notre newsletter
This is a modal window.
Current Time 0:00
Tu navegador no soporta la reproducción de vídeo
4 min read
Tiempo de lectura: 3 min
Lesezeit: 5 Minuten
2 hours ago
3 hours ago · Updated 25 minutes ago
También te puede interesar: Suspenden las clases en la provincia
Get unlimited access to The Ledger for £1 a week
Cancel any time
Hace 3 horas
Vor 20 Minuten
Photo: Ana Ruiz/Herald
Foto: EFE
(Photo by J. Doe/Getty Images)
Jane Doe / Getty Images
REUTERS/Jane Doe
(Reporting by Jane Doe in Port Maren; Editing by John Roe)
Our Standards: The Thomson Reuters Trust Principles.
The post Strike ends appeared first on Herald.
With inputs from AFP
About the author
View all posts by Ana Ruiz
Follow Ana Ruiz on Twitter
Previous article: The mayor resigns
READ MORE: Mayor resigns over parking
Lea también: El alcalde renuncia
Lesen Sie auch: Stadtrat streitet
Subscribe to continue reading
Already a subscriber? Log in
Contenido exclusivo para suscriptores
Cet article est réservé à nos abonnés
We value your privacy
We and our 812 partners store and/or access information on a device.
Alle akzeptieren
Printed from https://a.example/x
""".strip().split("\n")

STAYS = """
Share prices rose after the minister's comments below expectations
Share your wealth, the pope told leaders.
Leave a comment on the draft law by Friday, the ministry said, or it will pass unchanged.
Home prices rose 3% in October.
Home > away: the team wins more at home and the table below shows it | 12 | 4
Posted at the border, the soldiers waited.
Posted on October 3, 2022
Updated on 3 October 2022 at 10:53 p.m.
Published 2022
Advertisement spending fell by 4% last year.
Cookies are baked in the town since 1850.
"We use cookies to track visitors," the company admitted.
Read more books, the teacher said.
Facebook said on Monday that it would appeal.
Facebook, Twitter
Search teams found the boat.
Search in the Andes goes on
Reels of film were found in the cellar.
Videos show the police firing.
Copyright holders have sued the company.
Follow us, the guide said.
More from Gaza
Tags: Chile, China
Autor: The Citizen
Original article: Chile y Bolivia proyectan encuentro
Did you know? The UN Secretary-General is appointed by the General Assembly.
leave a comment
Reporting by the newspaper led to his arrest.
Photo: the last known picture of the ship. It was taken in 1912.
Photographs of the ship were found in the attic
About the dams
Follow the money, she said
Read more: the minister said that he had never seen the paper before.
Next article of the treaty concerns ports
Two hours ago the ship left.
3 hours ago · The harbour
3 hours ago 25 minutes ago
Accept the deal or leave, the union told its members
Source: Ministry of Finance
Harrisburg/PA
Subscribers left in droves
""".strip().split("\n")


@pytest.mark.parametrize("line", GONE)
def test_line_goes_wherever_it_stands(line: str) -> None:
    for lines in ([line, "", BODY], [BODY, "", line, "", BODY], [BODY, line]):
        kept = without_boilerplate("\n".join(lines))
        assert [piece.text for piece in kept.removed] == [line]
        assert line not in kept.text.split("\n")


@pytest.mark.parametrize("line", STAYS)
def test_line_stays(line: str) -> None:
    text = f"{BODY}\n\n{line}\n\n{BODY}"
    assert without_boilerplate(text).text == text


@pytest.mark.parametrize(
    "line",
    [
        "Reels",
        "Facebook",
        "Busca en El Ciudadano",
        "Follow us on X",
        "© 2025 El Diario",
        "Copyright 2025 El Diario",
        "Menu",
        "Impressum",
    ],
)
def test_weak_line_stays_in_the_middle_of_the_text(line: str) -> None:
    assert [piece.text for piece in without_boilerplate(f"{BODY}\n\n{line}\n").removed] == [line]
    assert without_boilerplate(f"{BODY}\n\n{line}\n\n{BODY}").removed == ()


@pytest.mark.parametrize(
    "text",
    [
        "| Advertisement | 12 |\n| Reels | 3 |",
        "Advertisement\t12\nReels\t3",
        "users could then\nShare on Facebook\nwhat they had seen, and most of them did",
        "The company sold its three best known products, Stories, Messenger and\nReels",
        f"{BODY}\n\nReels grew fastest.",
        f"{BODY} Share your opinions in the comments below!",
        f"{BODY} Share your opinions in the comments below! " + BODY * 5,
    ],
)
def test_tables_and_sentences_are_never_touched(text: str) -> None:
    assert without_boilerplate(text).text == text


def test_removed_lines_of_head_and_foot_come_in_order() -> None:
    kept = without_boilerplate(f"Advertisement\n{BODY}\nReels\nVer Más »\nBusca en El Ciudadano")
    assert kept.text == f"Advertisement\n{BODY}".removeprefix("Advertisement\n")
    assert tuple(piece.text for piece in kept.removed) == ("Advertisement", "Reels", "Ver Más »", "Busca en El Ciudadano")


LONG = "The strike at the harbour of Arenal ended on Monday after twelve days, when most of the workers voted for the deal."


def rules(text: str, **known: str) -> list[tuple[str, str]]:
    return [(piece.rule, piece.text) for piece in without_boilerplate(text, **known).removed]


def test_every_piece_names_its_rule_in_order() -> None:
    text = f"Skip to content\n\nAccept all cookies\n\n{LONG}\n\nShare on Facebook\n\nLeave a Comment\n\n© 2025 Herald"
    assert [rule for rule, _ in rules(text)] == ["navigation", "cookie notice", "share buttons", "comment form", "rights"]


def test_headlines_listed_under_related_links_go_with_their_heading() -> None:
    listed = f"{LONG}\n\nRelated articles\n- Mayor resigns over parking\n- Five walks for a weekend\n\n{LONG}"
    assert without_boilerplate(listed).text.split() == f"{LONG} {LONG}".split()
    at_the_end = f"{LONG}\n\nYou may also like\n\nMayor resigns over parking\n\nFive walks for a weekend"
    assert without_boilerplate(at_the_end).text.strip() == LONG
    prose = f"{LONG}\n\nMost read\n\nA heading of three words\n\n{LONG}"
    assert "A heading of three words" in without_boilerplate(prose).text


def test_headline_stands_once() -> None:
    title = "Port strike ends after twelve days"
    text = f"{title}\n\n{LONG}\n\nPORT STRIKE ENDS AFTER TWELVE DAYS\n\n{LONG}\n\n{title}: what is in the deal"
    assert rules(text) == [("repeated heading", "PORT STRIKE ENDS AFTER TWELVE DAYS")]
    assert rules(f"{LONG}\n\n{title}\n\n{LONG}", title=title) == []
    assert rules(f"{LONG}\n\n{LONG}") == []
    assert rules(f"Results\n\n{LONG}\n\nResults\n\n{LONG}") == []


@pytest.mark.parametrize("line", ["Autor: The Citizen", "By: Ana Ruiz", "Original article: Termina la huelga", "Share", "Menu"])
def test_line_of_the_top_goes_there_only(line: str) -> None:
    head = f"Port strike ends after days\n\n{LONG}\n\n{line}\n\n{LONG}"
    assert [text for _, text in rules(head)] == [line]
    assert rules(f"{LONG}\n\n{LONG}\n\n{line}\n\n{LONG}") == []


def test_byline_goes_only_where_it_names_the_known_author() -> None:
    text = f"Port strike ends after days\n\nby James Carter Senior News Editor\n\n{LONG}"
    assert rules(text) == []
    assert rules(text, author="James Carter") == [("byline", "by James Carter Senior News Editor")]
    assert rules(text, author="James") == []


def test_an_agency_is_an_author_of_one_word() -> None:
    text = f"Port strike ends after days\n\nReuters\n\n{LONG}"
    assert rules(text, author="Reuters") == [("byline", "Reuters")]
    assert rules(text) == []


def test_no_rule_has_a_group_that_would_shift_the_names_of_the_next() -> None:
    for rules in (ANYWHERE, HEAD, TAIL):
        assert all(re.compile(pattern, re.VERBOSE).groups == 0 for pattern in rules.values())
