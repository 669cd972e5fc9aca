"""A report, the same event told by another author, and weather reports written by one template."""

FIRE = """\
A fire at the Abel Brandt plant in Lorne killed 7 people and injured 31 on 4 May, the mayor said. Flames broke out
shortly after noon in a hall where solvents are kept and spread to two neighbouring buildings within minutes.

It took 12 crews from four districts until the evening to bring the blaze under control. "Nobody should have to fear for
his life at his place of work," said mayor Irene Novak, who had come to the scene from a council meeting.

About 240 people work at the site, which makes paint for ships. Production will rest for at least 6 weeks, a spokeswoman
said, adding that wages would be paid in full. Residents were asked to keep their windows shut."""

OTHER_AUTHOR = """\
7 workers are dead after one of the worst industrial accidents that Lorne has known. Doctors were treating 31 more for
burns and smoke when night fell on 4 May.

What happened at Abel Brandt is only slowly becoming clear. Witnesses speak of a dull bang, then of thick black smoke
above the halls by the river. "Nobody should have to fear for his life at his place of work," Irene Novak said with
tears in her eyes.

The paint maker is the largest employer far and wide: 240 families live on it. The management reckons with an
interruption of 6 weeks. Its 12 competitors in the country have offered help."""


def weather(day: int) -> str:
    """Return the weather report of a day of May."""
    return (
        f"The weather in Lorne on {day} May: a mix of sun and cloud with a light breeze from the west. Temperatures reach "
        f"{day + 11} degrees in the afternoon and fall to {day + 3} degrees at night. The chance of rain is {day * 5} "
        f"percent. The sun rises at 6.{day + 20} and sets at 20.{day + 31}. Winds of up to {day + 40} "
        f"kilometres an hour are expected on "
        "the coast. The outlook for the next days is unsettled, with showers from the west and a little cooler."
    )
