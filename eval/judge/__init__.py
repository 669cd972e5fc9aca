"""An optional second opinion: a language model says whether an answer is right. It is advice and never moves the gate.

It is asked three times at temperature 0 and the majority counts; where the three differ, that is shown. How often it agrees
with `labels.jsonl` is measured each time, and the share of right answers that it sees is corrected by what it gets wrong there
(prediction-powered inference). The labelled answers were made from gold questions (their words, another's, a changed number,
one half of two, a refusal), so that their labels are known, and read through by hand.
"""

from eval.judge.agreement import Labelled, Powered, powered, read_labels
from eval.judge.judge import Judge, Judged, Opinion, load_judge

__all__ = ["Judge", "Judged", "Labelled", "Opinion", "Powered", "load_judge", "powered", "read_labels"]
