# One image for every service of compose.yaml: the locked packages, and those of a cluster.
FROM python:3.12-slim
WORKDIR /srv/nerdx
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --no-deps -r requirements.lock
COPY nerdx_pipelines nerdx_pipelines
COPY deploy deploy
COPY dagster.yaml workspace.yaml ./
RUN pip install --no-cache-dir --editable '.[cluster]'
RUN useradd --create-home nerdx && mkdir -p /data/dagster \
    && cp deploy/dagster.yaml /data/dagster/ && chown -R nerdx /data
USER nerdx
ENV NERDX_DATA_DIR=/data DAGSTER_HOME=/data/dagster
VOLUME /data
