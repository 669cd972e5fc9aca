"""The eval harness: a gold set of questions with known answers, judge-free scores, and a gate against a baseline.

    harness.py  cli.py                   the whole flow on one page, and the commands of `rag eval`
    gold.py  corpus.py  lint.py          questions, the articles they are about, and the proof that the two fit
    profiles.py  run.py  records.py      questions -> assistant -> saved answers
    normalise.py  support.py  metrics/   saved answers -> scores; scores.py holds no NaN
    score.py  stage.py                   every score of every question, and why each miss was one
    baseline.py  compare.py  stats.py    the blessed results, and what moved since
    policy.py  gate.py  report.py        what is demanded, the verdict, and what people read

It imports the engine, and nothing of the engine imports it.
"""
