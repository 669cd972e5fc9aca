"""Invented news in six languages; no name or place in it is anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Story:
    """An article as its author wrote it: the paragraphs before and after a subheading, a list and a table."""

    key: str
    language: str
    title: str
    author: str
    publisher: str
    host: str
    published: date
    opening: tuple[str, ...]
    heading: str
    closing: tuple[str, ...]
    items: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    others: tuple[str, ...]

    @property
    def url(self) -> str:
        """An address that does not give the day away."""
        return f"https://{self.host}/news/{self.key}"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The opening and closing paragraphs."""
        return self.opening + self.closing


FERRY = Story(
    "ferry-line-closes",
    "en",
    "Ferry line to Sorrel closes after 96 years",
    "Ingrid Halloway",
    "Maren Courier",
    "www.marencourier.example",
    date(2024, 3, 18),
    (
        "The ferry between Port Maren and the island of Sorrel will make its last crossing on Friday, the "
        "harbour company said on Monday, after 96 years of service.",
        "“We carried fewer than 300 people a day last winter,” said its director, Tobias Wendt. “The boat needs "
        "a new engine, and the engine costs more than three years of fares.”",
        "Islanders were told by letter. Many had hoped that the county would step in, as it did in 2011.",
    ),
    "A bridge instead",
    (
        "The county plans a bridge of 2.4 kilometres. Work is to begin in 2026 and to cost 140 million crowns, "
        "according to a paper that the council saw last week.",
        "Until then a bus will run round the bay. The trip takes 75 minutes; the ferry took 20.",
        "“My mother rowed across when she was a girl,” said Agnes Toll, who keeps the island's only shop. “We "
        "may have to do that again.”",
    ),
    ("Last crossing: Friday at 6:40 p.m.", "Bus from Monday, every two hours", "Season tickets are refunded in full"),
    (("Year", "Passengers", "Fare"), ("2019", "212,000", "3.80"), ("2021", "148,000", "4.20"), ("2023", "104,000", "4.60")),
    "The ferry Sorrel II leaves Port Maren on a winter morning.",
    ("Mayor of Port Maren resigns over parking", "Five walks for a long weekend", "Why the herring came back"),
)
DAM = Story(
    "dam-inspection-report",
    "en",
    "Inspectors find cracks in 4 of 19 valley dams",
    "Rashid Coleman",
    "The Upland Post",
    "uplandpost.example",
    date(2023, 9, 1),
    (
        "Four of the nineteen dams in the Kelder valley have cracks that must be mended before the winter, state "
        "inspectors said in a report published on Friday.",
        "None of them is about to break. But water seeps through the oldest, at Brack, at a rate of 40 litres a "
        "minute, twice as much as in 2020.",
        "“That is a number we cannot ignore,” the chief inspector, Lena Ozols, told reporters.",
    ),
    "Who pays",
    (
        "The dams belong to three farming cooperatives, which say that they cannot pay for the work. The state "
        "has offered a loan of $18 million at 2 percent.",
        "The cooperatives want a grant. Their lawyer, Pieter Vance, said that they would take the state to court "
        "if it ordered the work without paying for it.",
        "A hearing is set for Oct. 12 in Kelder Falls.",
    ),
    ("Brack: seepage of 40 litres a minute", "Upper Holt: cracks in the spillway", "Stonegate: rusted gates"),
    (("Dam", "Built", "State"), ("Brack", "1931", "poor"), ("Upper Holt", "1954", "fair"), ("Stonegate", "1962", "fair")),
    "Water runs down the face of the Brack dam in August.",
    ("Drought ends in the east", "Kelder Falls opens new library", "A guide to the autumn fairs"),
)
HUELGA = Story(
    "fin-huelga-puerto",
    "es",
    "Termina la huelga del puerto de Arenal tras doce días",
    "Lucía Ferrada",
    "El Diario de Arenal",
    "www.diarioarenal.example",
    date(2024, 5, 27),
    (
        "La huelga de los estibadores del puerto de Arenal terminó este lunes después de doce días, cuando el "
        "62% de los trabajadores votó a favor del acuerdo con la empresa portuaria.",
        "«Conseguimos lo que pedíamos desde el primer día», dijo el presidente del sindicato, Óscar Beltrán. "
        "«Nadie va a perder su puesto por las nuevas grúas».",
        "El puerto había dejado de mover unas 9.000 toneladas de fruta por jornada, según la cámara de exportadores.",
    ),
    "Qué dice el acuerdo",
    (
        "El convenio fija un aumento del 7% para este año y del 4% para el próximo. La empresa se compromete "
        "además a formar a 120 operarios para las grúas automáticas.",
        "Los exportadores calculan pérdidas de 31 millones de pesos. El ministro de Transporte, Hugo Saldías, "
        "descartó ayudas directas.",
        "Los primeros barcos zarparán el martes por la mañana.",
    ),
    ("Aumento del 7% este año", "Formación para 120 operarios", "Comisión mixta cada tres meses"),
    (("Jornada", "Barcos", "Toneladas"), ("Lunes", "3", "8.400"), ("Martes", "5", "9.100"), ("Miércoles", "6", "9.700")),
    "Estibadores celebran el resultado de la votación.",
    ("El alcalde presenta el presupuesto", "Diez recetas para el invierno", "Cierra el cine Imperial"),
)
HOPITAL = Story(
    "hopital-montrel-urgences",
    "fr",
    "À Montrel, les urgences rouvrent la nuit",
    "Claire Vasseur",
    "La Gazette du Val",
    "gazetteduval.example",
    date(2023, 11, 6),
    (
        "Les urgences de l'hôpital de Montrel, fermées la nuit depuis le mois de mars, rouvriront le 15 "
        "novembre, a annoncé lundi la directrice de l'établissement, Hélène Marchal.",
        "Six médecins ont été recrutés, dont quatre à temps plein. « Nous avons reçu trente candidatures, ce que "
        "personne n'espérait », a-t-elle expliqué.",
        "Pendant huit mois, les habitants devaient faire 54 kilomètres pour se faire soigner la nuit.",
    ),
    "Un service sous surveillance",
    (
        "L'agence régionale de santé versera 2,3 millions d'euros sur deux ans. Elle dressera un bilan tous les six mois.",
        "Le collectif d'usagers, qui avait réuni 11 000 signatures, se dit soulagé mais prudent. « On nous a "
        "déjà promis la même chose », rappelle son porte-parole, Yann Le Goff.",
        "Le maire demande que le service de radiologie reste lui aussi ouvert.",
    ),
    ("Réouverture le 15 novembre", "Six médecins recrutés", "Un bilan tous les six mois"),
    (("Mois", "Passages", "Transferts"), ("Janvier", "1 240", "61"), ("Février", "1 180", "58"), ("Mars", "640", "130")),
    "L'entrée des urgences de l'hôpital de Montrel.",
    ("Le marché de Noël change de place", "Cinq idées de randonnée", "La piscine ferme pour travaux"),
)
BAHN = Story(
    "strecke-wieder-offen",
    "de",
    "Bahnstrecke nach Altenried ist wieder offen",
    "Jonas Reichelt",
    "Altenrieder Anzeiger",
    "www.altenrieder-anzeiger.example",
    date(2022, 10, 4),
    (
        "Die Bahnstrecke zwischen Langen und Altenried ist nach vierzehn Monaten wieder offen. Am Dienstag fuhr "
        "der erste Zug mit Fahrgästen über die neue Brücke, wie das Land mitteilte.",
        "Das Hochwasser vom Juli 2021 hatte drei Brücken und elf Kilometer Gleis zerstört. „So schnell haben wir "
        "noch nie gebaut“, sagte die Bauleiterin Miriam Kolb.",
        "Der Wiederaufbau kostete 86 Millionen Euro. Den größten Teil davon zahlt der Bund.",
    ),
    "Mehr Züge als früher",
    (
        "Künftig fahren die Züge alle dreißig Minuten statt wie bisher jede Stunde. Der letzte Zug verlässt "
        "Langen um 23.15 Uhr.",
        "Der Fahrgastverband lobt den neuen Takt, vermisst aber Aufzüge an zwei Bahnhöfen. Das Land will sie im "
        "kommenden Jahr nachrüsten.",
        "Zur Eröffnung kamen rund 2000 Menschen.",
    ),
    ("Züge alle dreißig Minuten", "Letzter Zug um 23.15 Uhr", "Drei neue Brücken"),
    (("Abschnitt", "Kilometer", "Kosten"), ("Langen–Furt", "4", "31"), ("Furt–Hohl", "3", "22"), ("Hohl–Altenried", "4", "33")),
    "Der erste Zug fährt über die neue Brücke bei Furt.",
    ("Stadtrat streitet über Radwege", "Das sind die schönsten Seen", "Neue Leitung im Museum"),
)
ESCOLA = Story(
    "escola-reabre-vila-serena",
    "pt",
    "Escola de Vila Serena reabre após incêndio",
    "Marina Tavares",
    "Jornal da Serra",
    "jornaldaserra.example",
    date(2024, 8, 12),
    (
        "A escola municipal de Vila Serena reabriu nesta segunda-feira, sete meses depois do incêndio que "
        "destruiu oito das suas vinte salas, informou a prefeitura.",
        "“As crianças estudaram em contêineres durante todo o inverno”, disse a diretora, Rosa Amaral. “Hoje "
        "elas voltaram para casa.”",
        "A obra custou 6,2 milhões de reais e foi paga pelo estado e por uma fundação.",
    ),
    "O que falta",
    (
        "A biblioteca e o ginásio só ficam prontos no ano que vem. Até lá, as aulas de educação física serão no "
        "clube da cidade.",
        "A perícia concluiu que o fogo começou em um quadro elétrico de 1987. O Ministério Público ainda não "
        "decidiu se vai denunciar alguém.",
        "A escola tem 640 alunos.",
    ),
    ("Vinte salas de aula prontas", "Biblioteca fica para o ano que vem", "Quadro elétrico novo"),
    (("Obra", "Custo", "Prazo"), ("Salas", "4,1", "pronta"), ("Telhado", "1,3", "pronta"), ("Ginásio", "0,8", "2025")),
    "Alunos entram na escola no primeiro dia de aula.",
    ("Prefeito anuncia nova ponte", "Receitas para o frio", "Time da cidade sobe de divisão"),
)
MUSEO = Story(
    "museo-dipinto-ritrovato",
    "it",
    "Ritrovato in soffitta un dipinto rubato nel 1974",
    "Paolo Derossi",
    "Il Corriere di Valmora",
    "corrierevalmora.example",
    date(2023, 2, 20),
    (
        "Un dipinto rubato nel 1974 dal museo di Valmora è stato ritrovato nella soffitta di una casa a soli tre "
        "chilometri di distanza, hanno detto lunedì i carabinieri.",
        "La tela, un paesaggio del Settecento, era avvolta in una coperta. «Non sapevamo che fosse lì», ha "
        "raccontato la proprietaria della casa, che l'aveva comprata nel 2009.",
        "Secondo la direttrice del museo, Elena Brandi, il quadro vale almeno 400 mila euro.",
    ),
    "Il restauro",
    (
        "Il dipinto tornerà al museo dopo un restauro di otto mesi. La tela è strappata in due punti, ma i "
        "colori sono intatti.",
        "I responsabili del furto non furono mai trovati. Il reato è prescritto da quasi trent'anni.",
        "Il museo prepara una mostra per l'autunno.",
    ),
    ("Restauro di otto mesi", "Valore di 400 mila euro", "Mostra in autunno"),
    (("Anno", "Visitatori", "Biglietto"), ("2019", "31.000", "6"), ("2021", "14.000", "6"), ("2022", "27.000", "7")),
    "La sala del museo da cui fu rubato il dipinto.",
    ("Chiude la libreria del centro", "Dove andare a sciare", "Nuovo parroco a Valmora"),
)
STORIES = (FERRY, DAM, HUELGA, HOPITAL, BAHN, ESCOLA, MUSEO)
