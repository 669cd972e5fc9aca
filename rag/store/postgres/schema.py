"""The tables of a library in PostgreSQL, and the steps that bring them up to date.

Only the texts of articles are partitioned by the month of publication: they are most of the bytes and are read by key, a month
can be moved, frozen or detached without touching another, and who reads one article opens one partition. The rest is not, for
two reasons. An id must be unique over all months, and PostgreSQL can promise that only for a key that holds the month, which is
what a correction changes. And nearest neighbours and words are sought over all months at once: an index for each month would be
asked a hundred times for what one index answers. So `articles` holds what filters look at in short rows, `passages`, `words`
and `vectors` what is searched, and `texts` what is read at the end.
"""

from __future__ import annotations

from rag.store.postgres.terms import LANGUAGES, PLAIN

# Words of the library's own make are compared byte by byte, whatever the database's own order is.
_C = 'text COLLATE "C"'

_LIBRARY = f"""
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE newsrag.state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), commits bigint NOT NULL DEFAULT 0, embedder text NOT NULL DEFAULT '',
    passages bigint NOT NULL DEFAULT 0, terms bigint NOT NULL DEFAULT 0
);
INSERT INTO newsrag.state DEFAULT VALUES;

CREATE TABLE newsrag.models (
    number smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name {_C} NOT NULL UNIQUE, dimensions integer NOT NULL
);

CREATE TABLE newsrag.articles (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id {_C} NOT NULL UNIQUE, month date NOT NULL, title {_C} NOT NULL,
    url text NOT NULL, publisher {_C} NOT NULL, author text NOT NULL, published date, published_from text,
    language text NOT NULL, fetched_at text, flags text NOT NULL, content_hash text NOT NULL, section text NOT NULL,
    canonical_url text NOT NULL, updated date, provenance text NOT NULL, n_bytes integer NOT NULL, marks bytea NOT NULL
);
CREATE INDEX articles_publisher ON newsrag.articles (publisher);
CREATE INDEX articles_published ON newsrag.articles (published);

CREATE TABLE newsrag.texts (
    month date NOT NULL, number bigint NOT NULL REFERENCES newsrag.articles ON DELETE CASCADE, text text NOT NULL,
    PRIMARY KEY (month, number)
) PARTITION BY RANGE (month);

CREATE TABLE newsrag.origins (
    key text PRIMARY KEY, origin {_C} NOT NULL, article bigint NOT NULL REFERENCES newsrag.articles ON DELETE CASCADE
);
CREATE INDEX origins_article ON newsrag.origins (article);

CREATE TABLE newsrag.removed (number bigint PRIMARY KEY REFERENCES newsrag.articles ON DELETE CASCADE, pieces text NOT NULL);
CREATE TABLE newsrag.versions (
    number bigint NOT NULL REFERENCES newsrag.articles ON DELETE CASCADE, version integer NOT NULL, title text NOT NULL,
    published date, updated date, content_hash text NOT NULL, replaced_at text, text text NOT NULL,
    PRIMARY KEY (number, version)
);

CREATE TABLE newsrag.marks (mark bigint NOT NULL, number bigint NOT NULL, PRIMARY KEY (mark, number));
CREATE INDEX marks_number ON newsrag.marks (number);
CREATE TABLE newsrag.copies (
    number bigint PRIMARY KEY REFERENCES newsrag.articles ON DELETE CASCADE,
    canonical bigint NOT NULL REFERENCES newsrag.articles ON DELETE CASCADE
);
CREATE INDEX copies_canonical ON newsrag.copies (canonical);

CREATE TABLE newsrag.passages (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id {_C} NOT NULL UNIQUE,
    article bigint NOT NULL REFERENCES newsrag.articles ON DELETE CASCADE, start integer NOT NULL, "end" integer NOT NULL,
    heading text NOT NULL, text_hash text NOT NULL
);
CREATE INDEX passages_article ON newsrag.passages (article, start);
CREATE INDEX passages_text ON newsrag.passages (text_hash);

CREATE TABLE newsrag.words (
    number bigint PRIMARY KEY REFERENCES newsrag.passages ON DELETE CASCADE, terms integer NOT NULL, words tsvector NOT NULL
);
CREATE INDEX words_words ON newsrag.words USING gin (words) WITH (fastupdate = off);

CREATE TABLE newsrag.configurations (name text PRIMARY KEY);
CREATE TABLE newsrag.frequencies (term {_C} PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE newsrag.changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terms text[] NOT NULL, counts integer[] NOT NULL
);

CREATE TABLE newsrag.vectors (
    text_hash text NOT NULL, model smallint NOT NULL REFERENCES newsrag.models, vector vector NOT NULL,
    PRIMARY KEY (text_hash, model)
);
"""

# Stop words stay in: a quoted phrase may consist of them, and what a question leaves out is decided elsewhere.
_CONFIGURATIONS = f"""
DO $$
DECLARE
    language text;
BEGIN
    CREATE TEXT SEARCH CONFIGURATION newsrag.{PLAIN} (COPY = pg_catalog.simple);
    FOREACH language IN ARRAY ARRAY[{", ".join(f"'{name}'" for name in sorted(set(LANGUAGES.values())))}] LOOP
        EXECUTE format('CREATE TEXT SEARCH DICTIONARY newsrag.%I (TEMPLATE = snowball, LANGUAGE = %s)', language, language);
        EXECUTE format('CREATE TEXT SEARCH CONFIGURATION newsrag.%I (COPY = newsrag.{PLAIN})', language);
        EXECUTE format(
            'ALTER TEXT SEARCH CONFIGURATION newsrag.%1$I ALTER MAPPING REPLACE pg_catalog.simple WITH newsrag.%1$I', language
        );
    END LOOP;
END $$;
"""

# What the article was read from at an origin, as long as reading that would change nothing.
_READINGS = """
ALTER TABLE newsrag.origins ADD reading text;
CREATE INDEX origins_reading ON newsrag.origins (reading) WHERE reading IS NOT NULL;
"""

STEPS = (_LIBRARY, _CONFIGURATIONS, _READINGS)
"""The n-th takes version n - 1 to version n."""

PART = "library"
