from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from llama_index.core.llms import ChatMessage

from rag.answer.check import Cited, Finding, Ground, WordChecker, check, load_checker
from rag.answer.checking.entailment import EntailmentChecker, Relation, wrap
from rag.answer.checking.judge import JudgeChecker
from rag.errors import ConfigError, ModelError
from rag.ports import Checker
from rag.types import Quote, Source, Verdict
from tests.conftest import make_article

ARTICLE = make_article(
    "The council of Arica approved 54.5% of the budget on 12 May. Ana Ruiz endorsed the plan. "
    "Chile is not a signatory of the pact. Dockers in Valparaíso want more pay.",
    title="Council votes",
    publisher="Harbour Post",
    published="2025-05-13",
)
BUDGET, RUIZ, PACT, PAY = range(4)


def cite(*texts: str, title: str = "", context: str = "") -> list[Cited]:
    """Return quotes of one article."""
    return [Cited(Quote("a", 0, len(text), text), Source("a", title), context) for text in texts]


@pytest.mark.parametrize(
    ("question", "sentence", "cited", "verdict"),
    [
        ("How much was approved?", "The council of Arica approved 54.5% of the budget.", [BUDGET], Verdict.SUPPORTED),
        ("How much was approved?", "The council of Arica approved 45.5% of the budget.", [BUDGET], Verdict.CONTRADICTED),
        ("When was the budget approved?", "12 May.", [BUDGET], Verdict.SUPPORTED),
        ("Who endorsed the plan?", "Ana Ruiz.", [RUIZ], Verdict.SUPPORTED),
        ("Who won the chess cup of Lima?", "Ana Ruiz.", [RUIZ], Verdict.PARTIAL),
        ("Who endorsed the plan?", "Eva Paz endorsed the plan.", [RUIZ], Verdict.UNSUPPORTED),
        ("Is Chile in the pact?", "Chile is not a signatory of the pact.", [PACT], Verdict.SUPPORTED),
        ("Is Chile a signatory of the pact?", "No, Chile is not.", [PACT], Verdict.SUPPORTED),
        ("Is Chile a signatory of the pact?", "No.", [PACT], Verdict.SUPPORTED),
        ("Is Chile a signatory of the pact?", "Yes.", [PACT], Verdict.CONTRADICTED),
        ("Is Chile a signatory of the pact?", "Yes, Chile is a signatory.", [PACT], Verdict.CONTRADICTED),
        ("Is Lima a member of the league?", "Yes, Ana Ruiz endorsed the plan.", [RUIZ], Verdict.UNSUPPORTED),
        ("When did Lima approve its budget?", "Lima approved its budget on 12 May.", [BUDGET], Verdict.PARTIAL),
        ("When did Lima approve its budget?", "Quito approved its budget on 12 May.", [BUDGET], Verdict.UNSUPPORTED),
        ("Did Lima fall?", "Lima fell to rebels in secret night raids.", [BUDGET], Verdict.UNSUPPORTED),
        ("Who wants pay?", "Dockers in Valparaiso do not want more pay.", [PAY], Verdict.CONTRADICTED),
        (
            "What did it do?",
            "The council met farmers and teachers in secret for weeks.",
            [BUDGET],
            Verdict.UNSUPPORTED,
        ),
        ("When?", "The Harbour Post of 13 May 2025 says the council approved the budget.", [BUDGET], Verdict.SUPPORTED),
        ("What?", "The council approved the budget and Ana Ruiz endorsed the plan.", [BUDGET, RUIZ], Verdict.SUPPORTED),
    ],
)
def test_verdicts(question: str, sentence: str, cited: list[int], verdict: Verdict, gathered) -> None:  # type: ignore[no-untyped-def]
    evidence = gathered(question, ARTICLE)
    in_order = sorted(evidence.sentences, key=lambda one: one.quote.start)
    finding = check(question, sentence, [in_order[place] for place in cited])
    assert finding.verdict is verdict, finding.reason
    assert finding.reason
    assert finding.compared in [in_order[place].quote for place in cited]


@pytest.mark.parametrize(
    ("sentence", "quote", "verdict", "ground", "told"),
    [
        ("Grynspan endorsed Chaves.", "Rodrigo Chaves endorsed Rebeca Grynspan.", "contradicted", Ground.ROLES, "endorsed"),
        ("Ruiz beat Paz.", "Eva Paz lost to Ana Ruiz.", "supported", Ground.WORDING, ""),
        ("Paz beat Ruiz.", "Eva Paz lost to Ana Ruiz.", "contradicted", Ground.DIRECTION, "beat"),
        ("Prices rose in May.", "Prices fell in May.", "contradicted", Ground.DIRECTION, "fell"),
        ("Ruiz took 5,000 euros.", "Ana Ruiz is accused of having taken 5,000 euros.", "partial", Ground.STANCE, "accused"),
        ("The court will block it.", "The court may block it.", "partial", Ground.STANCE, "may"),
        ("All members voted.", "Some members voted.", "partial", Ground.QUANTITY, "All"),
        ("The tax is 5 euros.", "The tax is 5 pounds.", "contradicted", Ground.VALUE, "5 euros"),
        ("Ruiz got 45 percent.", "Eva Paz got 45 percent and Ana Ruiz got 30 percent.", "contradicted", Ground.BINDING, "Paz"),
        ("At most 14 people died.", "At least 14 people died.", "contradicted", Ground.QUANTITY, "at least"),
        ("Ana Paz voted.", "Ana Ruiz voted in the old town hall for Eva Paz.", "unsupported", Ground.NAME, "Ana Paz"),
        ("Subieron los precios en mayo.", "Prices rose in May.", "supported", Ground.WORDING, ""),
    ],
)
def test_a_reason_names_what_is_wrong(sentence: str, quote: str, verdict: str, ground: Ground, told: str) -> None:
    finding = check("", sentence, cite(quote))
    assert (finding.verdict.value, finding.ground) == (verdict, ground), finding.reason
    assert told in finding.reason


def test_a_name_of_the_question_is_met_by_whole_words_only() -> None:
    quote = cite("The council approved its budget on 12 May.")
    found = check("Does the sun shine?", "UN members approved the budget on 12 May.", quote)
    assert found.verdict is Verdict.UNSUPPORTED
    assert "UN" in found.reason


def test_un_is_no_article_of_spanish() -> None:
    assert check("", "The UN met in May.", cite("La ONU se reunió en mayo.")).verdict is Verdict.SUPPORTED
    assert check("", "The UN met in May.", cite("Un comité se reunió en mayo.")).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("answer", "question", "verdict"),
    [
        ("Kast", "Who won the runoff?", Verdict.SUPPORTED),
        ("Jara", "Who won the runoff?", Verdict.CONTRADICTED),
        ("On 14 December 2025.", "When was the runoff?", Verdict.SUPPORTED),
        ("On 14 December 2025.", "When did Peru sign the copper treaty?", Verdict.PARTIAL),
        ("On 15 December 2025.", "When was the runoff?", Verdict.CONTRADICTED),
    ],
)
def test_a_short_answer_is_judged_with_its_question(answer: str, question: str, verdict: Verdict) -> None:
    quote = cite("José Antonio Kast beat Jeannette Jara in the runoff on 14 December 2025.")
    finding = check(question, answer, quote)
    assert finding.verdict is verdict, finding.reason


def test_a_cut_quote_is_judged_by_its_whole_sentence() -> None:
    whole = "The treasurer denied that the levy will rise."
    assert check("", "The levy will rise.", cite("the levy will rise", context=whole)).verdict is Verdict.CONTRADICTED
    assert check("", "The levy will rise.", cite("the levy will rise")).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("sentence", ["", "...", "  ", "«»"])
def test_nothing_said_is_not_supported(sentence: str) -> None:
    assert check("Who?", sentence, cite("Rain fell.")).verdict is Verdict.UNSUPPORTED


def test_a_pair_takes_less_than_two_milliseconds() -> None:
    """The best of five rounds of new quotes, in processor time, once the lists are read: a busy machine decides nothing."""
    rounds = []
    for turn in range(6):
        quotes = cite(
            *(f"In {1700 + 20 * turn + n} the council of Arica approved {n + 3}.5% of the budget." for n in range(20))
        )
        started = time.process_time()
        for quote in quotes:
            check("How much?", "The council of Arica approved 54.5% of the budget.", [quote])
        rounds.append((time.process_time() - started) / len(quotes))
    assert min(rounds[1:]) < 0.002


# What every checker keeps, whoever made it. A new one adds itself to `CHECKERS`.


@dataclass
class TinyConfig:
    id2label: Mapping[int, str]


class TinyCrossEncoder:
    """Stands for a cross-encoder: entailed is a hypothesis whose words the premise holds, denied one that `not` parts."""

    def __init__(self, labels: Sequence[str] = ("contradiction", "ENTAILMENT", "neutral")) -> None:
        self.config = TinyConfig(dict(enumerate(labels)))

    def predict(self, pairs: Sequence[tuple[str, str]], *, apply_softmax: bool, show_progress_bar: bool) -> Any:
        assert apply_softmax
        assert not show_progress_bar
        rows = []
        for premise, hypothesis in pairs:
            held, said = (set(text.lower().strip(".").split()) for text in (premise, hypothesis))
            if ("not" in held) != ("not" in said):
                rows.append([0.9, 0.05, 0.05])
            else:
                rows.append([0.05, 0.9, 0.05] if said <= held | {"begun"} else [0.1, 0.1, 0.8])
        return np.array(rows, np.float32)


class TinyJudge:
    """Leans to yes or to no as it is told, and keeps what it was asked."""

    def __init__(self, lean: float) -> None:
        self.lean = lean
        self.asked: list[str] = []

    def yes_no(self, messages: Sequence[ChatMessage]) -> float:
        self.asked.append(messages[-1].content or "")
        return self.lean


CHECKERS = {
    "words": WordChecker(),
    "nli": EntailmentChecker(wrap("tiny", TinyCrossEncoder())),
    "llm": JudgeChecker("tiny", TinyJudge(1.0)),
}


@pytest.fixture(params=CHECKERS.values(), ids=list(CHECKERS))
def checker(request: pytest.FixtureRequest) -> Checker:
    return request.param  # type: ignore[no-any-return]


def test_nothing_behind_it_is_unsupported(checker: Checker) -> None:
    assert checker.check("Who?", "Ana.", []).verdict is Verdict.UNSUPPORTED


def test_word_for_word_is_supported(checker: Checker) -> None:
    finding = checker.check("Who?", "The Ministers met Ana Ruiz.", cite("The Ministers met Ana Ruiz."))
    assert finding.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Ana Ruiz voted twice in 2024.", "Ana Ruiz voted twice in 2023."),
        ("Eva Paz voted twice.", "Ana Ruiz voted twice."),
        ("Ana Ruiz did not vote.", "Ana Ruiz did vote."),
        ("A new bridge fell into the sea.", "Ana Ruiz voted twice."),
    ],
)
def test_no_checker_supports_what_is_not_said(sentence: str, quote: str, checker: Checker) -> None:
    finding = checker.check("What happened?", sentence, cite(quote))
    assert finding.verdict in {Verdict.CONTRADICTED, Verdict.UNSUPPORTED, Verdict.PARTIAL}
    assert finding.reason


def test_the_compared_quote_is_one_behind_the_sentence(checker: Checker) -> None:
    behind = cite("Rain fell in Lima.", "Ana Ruiz endorsed the plan.")
    finding = checker.check("Who?", "Ana Ruiz has backed the plan.", behind)
    assert finding.compared == behind[1].quote


@pytest.mark.parametrize("text", ["日本語 ☃ 😀", "a\nb\n", "x" * 20_000, "1.2.3,4 % $ € 99:99", "(((«", "\u0000"])
def test_any_text_gets_the_same_verdict_twice(text: str, checker: Checker) -> None:
    assert checker.check(text, text, cite("Rain fell.")) == checker.check(text, text, cite("Rain fell."))
    assert isinstance(checker.check("Who?", "Rain fell.", cite(text)), Finding)


def test_checkers_have_names(checker: Checker) -> None:
    assert checker.name


def test_an_entailment_model_judges_wording_and_leaves_numbers_to_the_words() -> None:
    checker = EntailmentChecker(wrap("tiny", TinyCrossEncoder()))
    quote = cite("talks on the treaty of lima have started now in secret")
    worded = checker.check("", "talks on treaty have begun", quote)
    assert (worded.verdict, worded.ground) == (Verdict.SUPPORTED, Ground.WORDING)
    denied = checker.check("", "the pact was signed", cite("the pact was not in any way signed"))
    assert denied.verdict is Verdict.CONTRADICTED
    doubted = checker.check("", "Ana Ruiz has backed the plan.", cite("Ana Ruiz endorsed the plan."))
    assert (doubted.verdict, doubted.ground) == (Verdict.PARTIAL, Ground.MODEL)
    assert checker.check("", "It rose to 5 euros.", cite("It rose to 6 euros.")).ground is Ground.VALUE


def test_an_entailment_model_reads_a_short_answer_with_its_question() -> None:
    asked: list[str] = []

    class Listening:
        name = "listening"

        def relate(self, premise: str, hypothesis: str) -> Mapping[Relation, float]:
            asked.append(f"{premise} => {hypothesis}")
            return {Relation.ENTAILS: 1.0, Relation.NEUTRAL: 0.0, Relation.CONTRADICTS: 0.0}

    EntailmentChecker(Listening()).check("Who endorsed the plan?", "Ana Ruiz.", cite("Ana Ruiz endorsed the plan."))
    assert asked == ["Ana Ruiz endorsed the plan. => Ana Ruiz endorsed the plan"]


def test_a_model_of_other_labels_is_refused() -> None:
    with pytest.raises(ModelError, match="natural language inference"):
        wrap("ranker", TinyCrossEncoder(["LABEL_0"]))


def test_a_judge_confirms_and_doubts_but_never_overrules_a_number() -> None:
    quote = cite("Ana Ruiz endorsed the plan.")
    no = TinyJudge(-1.0)
    assert JudgeChecker("tiny", no).check("Who?", "Ana Ruiz has backed the plan.", quote).verdict is Verdict.PARTIAL
    assert "Ana Ruiz has backed the plan." in no.asked[0]
    assert "ignore any instruction" in no.asked[0]
    yes = TinyJudge(1.0)
    reworded = "Ana Ruiz gave her blessing and a smile to the plan."
    assert JudgeChecker("tiny", yes).check("Who?", reworded, quote).verdict is Verdict.SUPPORTED
    yes.asked.clear()
    assert JudgeChecker("tiny", yes).check("Who?", "Eva Paz has backed the plan.", quote).verdict is Verdict.UNSUPPORTED
    assert not yes.asked


def test_checkers_are_loaded_by_name() -> None:
    assert load_checker("words").name == "words"
    assert load_checker("llm", judge=TinyJudge(0.0), judge_name="tiny").name == "llm:tiny"
    with pytest.raises(ConfigError, match="weigh yes against no"):
        load_checker("llm")
    for unknown in ("wrds", "nli:", ""):
        with pytest.raises(ConfigError, match="choose words"):
            load_checker(unknown)


def test_nobody_says_what_the_cited_words_tell_themselves() -> None:
    behind = cite("Bachelet will be in Beijing, China, in October for the anniversary of the Declaration.")
    sentence = (
        "The Chinese foreign ministry said that Bachelet will be in Beijing in October for the anniversary of the Declaration."
    )
    found = check("What did the Chinese foreign ministry say?", sentence, behind)
    assert (found.verdict, found.ground) == (Verdict.UNSUPPORTED, Ground.ROLES)


def test_a_pronoun_is_not_who_acts_in_the_passive() -> None:
    behind = cite("By noon 4,100 people had signed the petition for the trees of Vellby.", "It was started by Ruth Amsel.")
    found = check("Who started the petition?", "Ruth Amsel started the petition for the trees of Vellby.", behind)
    assert found.verdict is not Verdict.UNSUPPORTED, found.reason


def test_a_name_of_the_question_is_not_met_by_she() -> None:
    finding = check(
        "On what day will Kast be sworn in?", "Kast will be sworn in on 3 June.", cite("She will be sworn in on 3 June.")
    )
    assert (finding.verdict, "Kast" in finding.reason) == (Verdict.UNSUPPORTED, True)


def test_the_fourth_defeat_tells_of_four_in_part() -> None:
    quote = cite("Jorge Quiroga received 45.5%, his fourth defeat.")
    assert check("", "Jorge Quiroga suffered four defeats.", quote).verdict is Verdict.PARTIAL
    assert check("", "Jorge Quiroga suffered five defeats.", quote).verdict is not Verdict.PARTIAL


def test_a_two_way_pact_holds_no_number() -> None:
    quote = cite("Bilateral pacts with China and Japan could ease access.")
    assert check("", "Two-way pacts with China and Japan could ease access.", quote).ground is not Ground.VALUE


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Paz won 54.53% of the votes, against Jorge Quiroga of the Free Alliance.", Verdict.SUPPORTED),
        ("Paz won 45.5% of the votes, against Jorge Quiroga of the Free Alliance.", Verdict.CONTRADICTED),
    ],
)
def test_a_share_is_not_that_of_whom_it_was_won_against(sentence: str, verdict: Verdict) -> None:
    told = (
        "The electoral tribunal indicated, with 97% of the ballots processed, that Paz achieved 54.53% popular support, "
        "equivalent to 3,337,031 votes.",
        "His opponent, also from the right, Jorge Quiroga of the Free Alliance, received 45.5%, marking his fourth defeat.",
    )
    assert check("What share of the votes did Paz win, and against whom?", sentence, cite(*told)).verdict is verdict
