# The image of Tidegate, for every part of it: the first word of the command says which (deploy/image/entrypoint.sh).
ARG PYTHON_IMAGE=python:3.11-slim

# --- what compiles and fetches; nothing of it ships but what is copied from it below
FROM ${PYTHON_IMAGE} AS builder
ARG UV_VERSION=0.13.8
# Debian's own packages follow the base image; pinning them here would only break the build at each of its fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl g++ gcc postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# The locked packages first: they change seldom, the source with every build. Many carry what debuggers read: 45 MiB.
# psycopg's binaries were patched after they were linked, which strip may break.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --all-extras --no-install-project --python /usr/local/bin/python3 \
    && find .venv/lib -name '*.so' -not -path '*/psycopg_binary*' -exec strip --strip-unneeded {} +
COPY README.md LICENSE ./
COPY src src
# Laid out beside the environment, so that a change of the source makes a layer of its own.
RUN uv pip install --no-deps --python .venv/bin/python --prefix /built .
# pg_dump and pg_restore alone: Debian's package brings Perl with it.
RUN mkdir /postgresql && cp /usr/lib/postgresql/*/bin/pg_dump /usr/lib/postgresql/*/bin/pg_restore /postgresql/

# --- what ships
FROM ${PYTHON_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl libpq5 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && pip uninstall --yes --quiet --root-user-action=ignore pip \
    && rm -rf /usr/local/lib/python3*/ensurepip \
    && groupadd --gid 10001 appuser \
    && useradd --uid 10001 --gid appuser --no-create-home --home-dir /app --shell /usr/sbin/nologin appuser \
    && install --directory --owner appuser --group appuser --mode 0750 /app/data /app/log
COPY --from=builder /postgresql /usr/local/bin
COPY --from=builder /app/.venv /app/.venv
COPY --from=builder /built /app/.venv
COPY --chmod=0755 deploy/image/entrypoint.sh deploy/image/healthcheck.sh /usr/local/bin/

ARG VERSION=unversioned
ARG GIT_COMMIT=
LABEL org.opencontainers.image.title="Tidegate" \
      org.opencontainers.image.description="Decides whether a release may ship" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${GIT_COMMIT}"
# It listens to the outside of its container; SECRET_KEY_FILE has to be given. The C library would keep free memory apart
# for each of a dozen threads, which take turns in Python anyway: 5 MiB of each process.
ENV PATH=/app/.venv/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    FLASK_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/app/data \
    WORKER_HEARTBEAT_FILE=/dev/shm/tidegate-worker \
    GIT_COMMIT=${GIT_COMMIT}
WORKDIR /app
USER 10001:10001
# The two folders that stay writable under a read-only root.
VOLUME ["/app/data", "/app/log"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["healthcheck.sh"]
ENTRYPOINT ["tini", "--", "entrypoint.sh"]
CMD ["web"]
