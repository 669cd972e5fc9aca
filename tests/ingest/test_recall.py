"""What the library holds just as it would be read again is not read again; whatever changed is."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from pathlib import Path
from random import Random

import pytest

from rag.config import IngestConfig
from rag.errors import NewsRagError
from rag.ingest import Sandbox, read_articles, readers
from rag.ingest import recall as recalls
from rag.ingest.pipeline import ingest
from rag.ingest.recall import Item, Recall, record_key
from rag.store.library import Library
from rag.testing import HashEmbedder
from rag.types import Action, IngestItem
from tests.conftest import ROOT
from tests.ingest.making import MORE, PAGE, STORY, docx, mail, warc, zipped

NOW = datetime(2026, 1, 10, tzinfo=UTC)

Row = dict[str, object]
Write = Callable[[Path, Sequence[Row]], Path]


@dataclass
class Run:
    """What one run over an input gave: how many records were known, read and rejected, and what became of them."""

    items: list[IngestItem]
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def actions(self) -> Counter[Action]:
        return Counter(item.action for item in self.items)


class Taking:
    """A library that takes input in, run after run."""

    def __init__(self, library: Library, sandbox: Sandbox) -> None:
        self.library = library
        self.sandbox = sandbox

    def __call__(self, *paths: Path, now: datetime = NOW, sandbox: Sandbox | None = None, is_recalling: bool = True) -> Run:
        run = Run([])

        def counted(items: Iterator[Item]) -> Iterator[Item]:
            for item in items:
                run.kinds[type(item).__name__] += 1
                yield item

        recall = Recall(self.library)
        if is_recalling:
            items = read_articles(paths, now=now, sandbox=sandbox or self.sandbox, recall=recall)
        else:
            items = read_articles(paths, now=now, sandbox=sandbox or self.sandbox)
        run.items = list(ingest(counted(items), self.library, HashEmbedder(), tokens=100))
        return run


@pytest.fixture
def take(library: Library, sandbox: Sandbox) -> Taking:
    return Taking(library, sandbox)


def rows(n: int, *, words: int = 8) -> list[Row]:
    more = " More was said." * words
    return [{"id": f"a{i:03}", "title": f"On {i}", "text": f"Story {i} tells of pier {i}.{more}"} for i in range(n)]


def jsonl(path: Path, made: Sequence[Row]) -> Path:
    path = path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def table(path: Path, made: Sequence[Row]) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(made[0]), dialect="excel-tab" if path.name == "tsv" else "excel")
    writer.writeheader()
    writer.writerows(made)
    path = path.with_suffix(".csv")
    path.write_text(out.getvalue())
    return path


def array(path: Path, made: Sequence[Row]) -> Path:
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"articles": made}))
    return path


def archive(path: Path, made: Sequence[Row]) -> Path:
    members: dict[str, bytes | str] = {f"{row['id']}.html": PAGE.replace(STORY, str(row["text"])) for row in made}
    members |= {f"{row['id']}.jsonl": json.dumps({**row, "id": f"in-{row['id']}"}) for row in made[:2]}
    path = path.with_suffix(".zip")
    path.write_bytes(zipped(members))
    return path


def folder(path: Path, made: Sequence[Row]) -> Path:
    path.mkdir(exist_ok=True)
    for row in made:
        text, n = str(row["text"]), int(str(row["id"])[1:])
        if n % 3 == 0:
            (path / f"{row['id']}.txt").write_text(text)
        elif n % 3 == 1:
            (path / f"{row['id']}.html").write_text(PAGE.replace(STORY, text))
        elif not (path / f"{row['id']}.docx").exists():  # an archive bears the time at which it was made
            (path / f"{row['id']}.docx").write_bytes(docx(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"))
    return path


def web(path: Path, made: Sequence[Row]) -> Path:
    path = path.with_suffix(".warc")
    path.write_bytes(warc(*((f"https://a.example/{row['id']}", PAGE.replace(STORY, str(row["text"]))) for row in made)))
    return path


WRITERS = [jsonl, table, array, archive, folder, web]


@pytest.mark.parametrize("write", WRITERS)
def test_what_did_not_change_is_not_read_again(tmp_path: Path, take: Taking, write: Write) -> None:
    path = write(tmp_path / "news", rows(9))
    first = take(path)
    assert first.kinds.keys() == {"Article"}
    assert first.actions == {Action.ADDED: first.kinds["Article"]}
    before = take.library.records(take.library.article_ids())

    again = take(path)
    assert again.kinds == {"Known": len(first.items)}
    assert again.items == [replace(item, action=Action.UNCHANGED) for item in first.items]
    assert take.library.records(take.library.article_ids()) == before


@pytest.mark.parametrize("write", WRITERS)
def test_of_what_changed_and_came_only_that_is_read(tmp_path: Path, take: Taking, write: Write) -> None:
    made = rows(9)
    take(write(tmp_path / "news", made))
    made[4] = {**made[4], "text": f"Story 4 is told anew: {MORE}"}
    run = take(write(tmp_path / "news", [*rows(11)[10:], *made]))  # moved by one line, too
    assert run.kinds["Known"] >= 5
    assert 2 <= run.kinds["Article"] <= 4
    assert run.actions[Action.UPDATED] >= 1
    assert run.actions[Action.ADDED] >= 1
    assert any("told anew" in take.library.article(item.article_id).text for item in run.items)
    assert take(write(tmp_path / "news", [*rows(11)[10:], *made])).kinds.keys() == {"Known"}


def test_a_large_file_of_lines_is_asked_for_by_all_processes(tmp_path: Path, take: Taking) -> None:
    made = rows(75, words=600)  # three blocks
    path = jsonl(tmp_path / "news", made)
    assert path.stat().st_size > 600_000
    first = take(path)
    assert take(path).items == [replace(item, action=Action.UNCHANGED) for item in first.items]
    made[50] = {**made[50], "text": "Story 50 is told anew."}
    run = take(jsonl(path, made))
    assert run.kinds == {"Known": 74, "Article": 1}
    assert take.library.article("a050").text == "Story 50 is told anew."


def test_what_was_removed_from_the_library_is_read_again(tmp_path: Path, take: Taking) -> None:
    path = jsonl(tmp_path / "news", rows(6))
    take(path)
    take.library.remove("a002")
    assert take(path).kinds == {"Known": 5, "Article": 1}
    assert take.library.count() == 6


def test_other_readers_read_all_again_once(tmp_path: Path, take: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    path = jsonl(tmp_path / "news", rows(6))
    take(path)
    monkeypatch.setattr(recalls, "fingerprint", lambda: "another version")
    run = take(path)
    assert (run.kinds, run.actions) == ({"Article": 6}, {Action.UNCHANGED: 6})
    assert take(path).kinds == {"Known": 6}, "although nothing was stored anew"
    monkeypatch.undo()
    assert take(path).kinds == {"Article": 6}


def test_other_settings_read_all_again_unless_they_shape_nothing(tmp_path: Path, take: Taking) -> None:
    path = jsonl(tmp_path / "news", rows(6))
    take(path)
    with Sandbox(IngestConfig(workers=3, queue=True)) as same, Sandbox(IngestConfig(pages=7)) as other:
        assert take(path, sandbox=same).kinds == {"Known": 6}
        assert take(path, sandbox=other).kinds == {"Article": 6}


def test_what_the_manifest_says_anew_is_read(tmp_path: Path, take: Taking) -> None:
    folder(tmp_path / "news", rows(3))
    take(tmp_path / "news")
    (tmp_path / "news" / "manifest.toml").write_text('[[article]]\nfile = "a000.txt"\ntitle = "Strike"\n')
    run = take(tmp_path / "news")
    assert run.kinds == {"Known": 2, "Article": 1}
    assert take.library.article(run.items[0].article_id).title == "Strike"


def test_what_another_file_changed_is_read_again(tmp_path: Path, take: Taking) -> None:
    one, other = jsonl(tmp_path / "one", rows(3)), jsonl(tmp_path / "other", [{"id": "a001", "text": "Otherwise."}])
    take(one)
    take(other)
    assert take(one).kinds == {"Known": 2, "Article": 1}
    assert take.library.article("a001").text.startswith("Story 1")
    assert take(other, one).kinds == {"Article": 2, "Known": 2}
    assert take.library.article("a001").text.startswith("Story 1"), "one was known when it was asked for, and no longer"


def test_a_file_that_became_what_it_was_is_read_again(tmp_path: Path, take: Taking) -> None:
    """What it says has an id of its text, and stands in another file too: it is there, but not here."""
    news = tmp_path / "news"
    news.mkdir()
    for name in ("here", "there"):
        (news / f"{name}.txt").write_text(STORY)
    take(news)
    (news / "here.txt").write_text(MORE)
    take(news)
    assert take.library.count() == 2
    (news / "here.txt").write_text(STORY)
    assert take(news).kinds == {"Known": 1, "Article": 1}
    (record,) = take.library.records(take.library.article_ids())
    assert [Path(origin).name for origin in record.origins] == ["here.txt", "there.txt"]


@pytest.mark.parametrize("words", [2, 1800])
def test_of_two_lines_with_one_id_the_later_one_stays(tmp_path: Path, take: Taking, words: int) -> None:
    """Within one piece of a file and, where the lines are long, in two pieces that are read at once."""
    first, second = rows(1, words=words)[0], {**rows(1, words=words)[0], "title": "Later"}
    others = [{**row, "id": f"b{row['id']}"} for row in rows(10, words=words)]
    path = jsonl(tmp_path / "news", [first, *others, second, second])
    for _ in range(3):
        run = take(path)
        assert take.library.article("a000").title == "Later"
    assert run.kinds["Known"] >= 10
    jsonl(tmp_path / "news", [first, *others])
    take(path)
    assert take.library.article("a000").title == "On 0"


@pytest.mark.timeout(60)
def test_reading_again_waits_for_no_reader_that_waits_for_it(tmp_path: Path, library: Library) -> None:
    """The one process has read on, and waits until its articles are taken."""
    made: list[Row] = [{"id": f"a{n}", "text": f"Pier {n}."} for n in range(300)]
    long = {"id": "long", "text": "Pier.", "author": "x" * 220_000}  # makes the file one that a process of its own reads
    with Sandbox(IngestConfig(workers=1)) as one:
        take = Taking(library, one)
        take(jsonl(tmp_path / "news", [*made, long]))
        run = take(jsonl(tmp_path / "news", [{"id": "a7", "text": "Anew."}, *made, long]))
    assert run.kinds == {"Known": 300, "Article": 2}
    assert run.actions == {Action.UNCHANGED: 300, Action.UPDATED: 2}
    assert library.article("a7").text == "Pier 7."


def test_a_day_that_is_still_to_come_is_read_until_it_came(tmp_path: Path, take: Taking) -> None:
    day = NOW + timedelta(days=10)
    path = jsonl(tmp_path / "news", [{"id": "a", "text": STORY, "date": day.date().isoformat()}, *rows(2)])
    assert take(path).kinds == {"Article": 3}
    assert take.library.article("a").published is None
    assert take(path).kinds == {"Article": 1, "Known": 2}
    assert take(path, now=day).kinds == {"Article": 1, "Known": 2}
    assert take.library.article("a").published == day.date()
    assert take(path, now=day).kinds == {"Known": 3}


def test_what_is_rejected_is_told_each_time(tmp_path: Path, take: Taking) -> None:
    path = jsonl(tmp_path / "news", [*rows(2), {"id": "x", "text": ""}, {"id": "y"}])
    first = take(path)
    assert first.actions[Action.REJECTED] == 2
    again = take(path)
    assert [item for item in again.items if item.action is Action.REJECTED] == [
        item for item in first.items if item.action is Action.REJECTED
    ]
    assert again.kinds["Known"] == 2


def test_what_a_mail_in_an_archive_says_is_not_taken_for_the_record_before_it(tmp_path: Path, take: Taking) -> None:
    """A reader of mails does not ask."""
    path = tmp_path / "news.zip"
    path.write_bytes(zipped({"a.jsonl": '{"id": "x", "text": ""}\n', "b.eml": mail(Subject="Strike").as_bytes()}))
    for _ in range(2):
        run = take(path)
        assert run.kinds == {"Rejected": 1, "Article": 1}
    origins = take.library.database.rows("SELECT origin, reading FROM origins")
    assert origins == [(f"{path}#b.eml", None)]


def test_who_does_not_ask_reads_all(tmp_path: Path, take: Taking) -> None:
    path = jsonl(tmp_path / "news", rows(3))
    take(path, is_recalling=False)
    assert take(path).kinds == {"Article": 3}
    assert take(path, is_recalling=False).kinds == {"Article": 3}
    assert take(path).kinds == {"Known": 3}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_the_library_ends_as_if_all_were_read(tmp_path: Path, sandbox: Sandbox, seed: int) -> None:
    random = Random(seed)
    names = ["one", "two", "three"]
    held: dict[str, list[Row]] = {name: [] for name in names}
    known = 0
    with Library.in_memory(model="hash") as asked, Library.in_memory(model="hash") as plain:
        for _ in range(12):
            name = random.choice(names)
            for _ in range(random.randrange(4)):
                made: Row = {"text": f"Text {random.randrange(4)} of all. {STORY}"}
                made |= {"id": f"i{random.randrange(6)}"} if random.random() < 0.6 else {}
                held[name].insert(random.randrange(len(held[name]) + 1), made)
            if held[name] and random.random() < 0.4:
                held[name].pop(random.randrange(len(held[name])))
            for each in names:
                if held[each]:
                    random.choice([jsonl, array])(tmp_path / each, held[each])
            if random.random() < 0.3 and (ids := asked.article_ids()):
                gone = random.choice(ids)
                asked.remove(gone)
                plain.remove(gone)
            paths = sorted(tmp_path.iterdir())
            random.shuffle(paths)
            known += Taking(asked, sandbox)(*paths).kinds["Known"]
            Taking(plain, sandbox)(*paths, is_recalling=False)
            assert asked.records(asked.article_ids()) == plain.records(plain.article_ids())
    assert known > 20


def test_the_fingerprint_covers_all_that_readers_import() -> None:
    covered = readers.code()
    pending, seen = [name for name in covered if name.endswith(".py")], set(covered)
    while pending:
        for module in _imported(ast.parse((ROOT / "rag" / pending.pop()).read_text())):
            path = module.removeprefix("rag.").replace(".", "/")
            found = f"{path}.py" if (ROOT / "rag" / f"{path}.py").is_file() else f"{path}/__init__.py"
            if found not in seen:
                seen.add(found)
                pending.append(found)
    assert {"ingest/formats/pdf.py", "fold.py", "answer/injection/cues.py"} <= seen
    assert sorted(seen - set(covered) - set(readers.APART)) == []


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield the modules of ours that run when code runs."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rag."):
        yield node.module or ""
    for child in ast.iter_child_nodes(node):
        yield from _imported(child)


def test_the_fingerprint_names_the_parsers_of_others() -> None:
    by_module = packages_distributions()
    found = set()
    for name, data in readers.code().items():
        for node in ast.walk(ast.parse(data)) if name.endswith(".py") else ():
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {(name, dist) for module in modules for dist in by_module.get(module.partition(".")[0], ())}
    used = {dist for _, dist in found} - {"newsrag", "pydantic", "pydantic_core"}
    assert used <= set(readers.PARSERS), found


def test_the_fingerprint_follows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    found = readers.code()
    prints = []
    for more in (b"", b"", b"\n"):
        changed = {**found, "ingest/clean.py": found["ingest/clean.py"] + more}
        monkeypatch.setattr(readers, "code", lambda changed=changed: changed)
        prints.append(readers.fingerprint.__wrapped__())
    assert prints[0] == prints[1] != prints[2]


def test_a_reader_cannot_say_what_another_files_record_is_known_by(library: Library) -> None:
    recall = Recall(library)
    ours, theirs = (recall.records(shaping, lambda _records: iter(())) for shaping in (b"one", b"other"))
    key = record_key("jsonl", "/in/a.jsonl", b"{}")
    (made, other) = (replace(article(), reading="f" * 32) for _ in range(2))
    assert (ours.ask(key), theirs.ask(key)) == (None, None)
    assert ours.named(made).reading == "", "what it says itself counts for nothing"  # type: ignore[union-attr]
    ours.ask(key)
    one, two = ours.named(article()), theirs.named(replace(other, reading=""))
    assert one.reading != two.reading  # type: ignore[union-attr]
    assert ours.named(article()).reading == "", "only the first after it was asked"  # type: ignore[union-attr]
    ours.ask(key)
    ours.begin()
    assert ours.named(article()).reading == "", "its reader died, and another part was begun"  # type: ignore[union-attr]


def article():  # type: ignore[no-untyped-def]
    from tests.conftest import make_article

    return make_article("Text.")


N_KILLED = 300


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file, and a library whose `rag ingest` of that file was killed half-way."""
    readers.fingerprint.cache_clear()  # so that it is of the code that the other process runs
    at = tmp_path_factory.mktemp("killed")
    path, place = jsonl(at / "news", rows(N_KILLED, words=4)), at / "library"
    command = [sys.executable, "-c", "from rag.cli import main; main()", "ingest", str(path), "--library", str(place)]
    environment = {**os.environ, "NEWSRAG_EMBED_MODEL": "hash", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    held, until = 0, time.monotonic() + 60
    while held == 0 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.02)
        if (place / "library.db").is_file():
            with suppress(NewsRagError), Library.open(place) as reader:
                held = reader.count()
    process.kill()
    said = process.communicate()[1]
    assert process.returncode == -signal.SIGKILL, said
    return path, place


@pytest.mark.parametrize("since", ["nothing", "content", "readers", "settings", "removed", "another file"])
def test_a_killed_ingest_goes_on_where_it_was_and_skips_nothing_that_changed_since(
    killed: tuple[Path, Path], since: str, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, place = killed
    shutil.copytree(place, tmp_path / "library")
    made = rows(N_KILLED, words=4)
    jsonl(path, made)
    with Library.open(tmp_path / "library", model=HashEmbedder.name) as library, Sandbox(IngestConfig(pages=7)) as other:
        held = library.article_ids()
        assert 0 < len(held) < N_KILLED
        take = Taking(library, other if since == "settings" else sandbox)
        read_again: list[str] = []
        match since:
            case "content":
                read_again = held[3:5]
                for row in made[3:5]:
                    row["text"] = f"Corrected: {row['text']}"
                jsonl(path, made)
            case "readers":
                read_again = held
                monkeypatch.setattr(recalls, "fingerprint", lambda: "another version")
            case "settings":
                read_again = held
            case "removed":
                read_again = held[:2]
                library.remove(*read_again)
            case "another file":
                read_again = held[:1]
                take(jsonl(tmp_path / "other", [{"id": held[0], "text": "Otherwise."}]))
        run = take(path)
        assert run.kinds == Counter(Known=len(held) - len(read_again), Article=N_KILLED - len(held) + len(read_again))
        n_changed = len(read_again) if since in ("content", "another file") else 0
        assert run.actions[Action.UPDATED] == n_changed
        assert {row["id"]: row["text"] for row in made} == {id_: library.article(id_).text for id_ in library.article_ids()}
        assert take(path).kinds == {"Known": N_KILLED}
