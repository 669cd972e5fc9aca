# newsrag in a container: the page and API, workers and every other `rag` command.
#
#   docker build --build-arg TORCH_INDEX=ADDRESS --tag newsrag .
#
# The weights of language models are not inside: they are fetched into a volume, or a model server has them. The embedding model
# comes with its Python package (90 MB).

ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build

# Where pip finds PyTorch's builds without CUDA; its install page names the address. Empty takes pip's usual index.
ARG TORCH_INDEX=""
ARG TORCH=2.13.0
ARG EXTRAS=all

ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/newsrag
ENV PATH=/opt/newsrag/bin:$PATH
WORKDIR /src

# A layer of its own: it is the largest, and changes least.
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "torch==${TORCH}" \
 && python -c "import torch; assert torch.version.cuda is None, 'this is a build with CUDA, gigabytes that are never used: name the index of the CPU builds with --build-arg TORCH_INDEX=ADDRESS'"

COPY pyproject.toml README.md LICENSE ./
COPY rag rag
COPY ui ui
COPY eval eval
COPY prompts prompts
COPY seeds seeds
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt ".[${EXTRAS}]"

FROM python:${PYTHON}-slim-bookworm

# OpenMP, which the runtimes of models share. A slim image has none; Debian keeps but one version of it.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 newsrag \
 && useradd --uid 10001 --gid newsrag --no-create-home --home-dir /var/lib/newsrag --shell /usr/sbin/nologin newsrag \
 && install --directory --owner=newsrag --group=newsrag --mode=0700 /var/lib/newsrag /var/cache/newsrag

COPY --from=build /opt/newsrag /opt/newsrag

# The library lies in /var/lib/newsrag/library and models in /var/cache/newsrag/models. In a container the page listens to all
# that reaches it, so it asks who is there: make an account with `rag auth add NAME`.
ENV PATH=/opt/newsrag/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/var/lib \
    XDG_CACHE_HOME=/var/cache \
    HF_HOME=/var/cache/newsrag/hub \
    NEWSRAG_PAGE_HOST=0.0.0.0 \
    NEWSRAG_PAGE_PORT=7860 \
    NEWSRAG_AUTH_REQUIRED=true \
    NEWSRAG_LOG_FORMAT=json \
    NEWSRAG_LOG_LEVEL=info

USER 10001:10001
WORKDIR /var/lib/newsrag
VOLUME ["/var/lib/newsrag", "/var/cache/newsrag"]
EXPOSE 7860
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; page = http.client.HTTPConnection('127.0.0.1', 7860, timeout=4); page.request('GET', '/healthz'); sys.exit(page.getresponse().status != 200)"]
ENTRYPOINT ["rag"]
CMD ["chat"]
