"""Which lines count as boilerplate, and which must not."""

import pytest

from rag.ingest.boilerplate import without_boilerplate

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
""".strip().split("\n")


@pytest.mark.parametrize("line", GONE)
def test_line_goes_wherever_it_stands(line: str) -> None:
    for lines in ([line, "", BODY], [BODY, "", line, "", BODY], [BODY, line]):
        kept = without_boilerplate("\n".join(lines))
        assert kept.removed == (line,)
        assert line not in kept.text.split("\n")


@pytest.mark.parametrize("line", STAYS)
def test_line_stays(line: str) -> None:
    text = f"{BODY}\n\n{line}\n\n{BODY}"
    assert without_boilerplate(text).text == text


@pytest.mark.parametrize(
    "line",
    ["Reels", "Facebook", "Busca en El Ciudadano", "Follow us on X", "© 2025 El Diario", "Copyright 2025 El Diario", "Menu"],
)
def test_weak_line_goes_only_below_the_last_line_of_prose(line: str) -> None:
    assert without_boilerplate(f"{BODY}\n\n{line}\n").removed == (line,)
    assert without_boilerplate(f"{line}\n\n{BODY}").removed == ()
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
    assert kept.removed == ("Advertisement", "Reels", "Ver Más »", "Busca en El Ciudadano")
