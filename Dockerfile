# syntax=docker/dockerfile:1

# --- The browser's libraries ----------------------------------------------------------------------
FROM node:22-slim AS browser-files
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY scripts/set_up_browser_files.sh scripts/
RUN NODE_ENV=production scripts/set_up_browser_files.sh

# --- The program as a wheel -----------------------------------------------------------------------
FROM python:3.11-slim AS wheel
WORKDIR /build
COPY scripts/build.lock ./
RUN python -m venv /builder \
 && /builder/bin/pip install --no-cache-dir --require-hashes -r build.lock
COPY pyproject.toml LICENSE ./
COPY pathway_engine pathway_engine
COPY pathways pathways
COPY adapters adapters
COPY simulations simulations
COPY --from=browser-files /build/pathway_engine/web/static/vendor pathway_engine/web/static/vendor
RUN /builder/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

# --- The libraries and the program ----------------------------------------------------------------
FROM python:3.11-slim AS installed
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=wheel /wheel /wheel
RUN /app/bin/pip install --no-cache-dir --no-deps /wheel/*.whl

# --- What runs ------------------------------------------------------------------------------------
FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/pathway --create-home pathway
COPY --from=installed /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER pathway
WORKDIR /var/lib/pathway
# 8080: pages and the JSON API. 2575: HL7 v2 over MLLP.
EXPOSE 8080 2575
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["pathway", "doctor"]
ENTRYPOINT ["pathway"]
CMD ["serve"]
