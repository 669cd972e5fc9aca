"""The eval harness: a gold set of questions with known answers, judge-free scores, and a gate against a baseline.

gold.py  corpus.py  lint.py          questions, the articles they are about, and the proof that the two fit
run.py  records.py  profiles.py      questions -> assistant -> saved answers
normalise.py  support.py  metrics/   saved answers -> scores; scores.py holds no NaN
score.py  stage.py                   every score of every question, and why each miss was one
stats.py  gate.py  baseline.py       this run against the blessed one
report.py  cli.py                    what people read and type
"""
