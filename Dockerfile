# The hub in one image; web, worker and migrate are commands of it (see docker-compose.yml).

FROM python:3.13-slim AS build
WORKDIR /srv/gaterhub
RUN python -m venv /srv/venv
# requirements-sso.lock has single sign-on and the second factor too (docs/people.md).
ARG LOCK=requirements.lock
COPY requirements.lock requirements-sso.lock ./
RUN /srv/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r ${LOCK}

FROM python:3.13-slim
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATERHUB_DATA_DIR=/srv/data
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gaterhub \
    && install -d -o gaterhub -g gaterhub /srv/data
WORKDIR /srv/gaterhub
COPY --from=build /srv/venv /srv/venv
COPY manage.py pyproject.toml LICENSE ./
COPY instances instances
COPY consumers consumers
COPY gaterhub gaterhub
COPY templates templates
COPY scripts/healthcheck scripts/healthcheck
USER gaterhub
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["scripts/healthcheck", "web"]
# SIGTERM drains: clients are told to reconnect elsewhere before their sockets close.
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000"]
