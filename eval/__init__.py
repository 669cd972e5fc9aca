"""The eval harness: a gold set of questions with known answers, judge-free scores, and a gate against a baseline.

    harness.py  cli.py                   the whole flow on one page, and the commands of `rag eval`
    gold.py  corpus.py  lint.py          questions, the articles they are about, and the proof that the two fit
    profiles.py  run.py  records.py      questions -> assistant -> saved answers
    normalise.py  support.py  metrics/   saved answers -> scores; scores.py holds no NaN
    score.py  stage.py                   every score of every question, and why each miss was one
    baseline.py  compare.py  stats.py    the blessed results, and what moved since
    policy.py  gate.py  report.py        what is demanded, the verdict, and what people read
    page.py  charts.py  junit.py  annotations.py    the same as a page, for a CI, and at the lines of the gold file
    cache.py  cached_llm.py  memory.py   what earlier runs came by, so that a run repeats in seconds
    calibration.py  claims/              how far the check of support can be trusted
    draft.py  exchange.py  cli_gold.py   gold questions from the user's articles, and from and for other tools
    judge/  prices.py                    a model's second opinion as advice, and what it costs

It imports the engine, and nothing of the engine imports it.
"""
