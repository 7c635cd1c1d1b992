# The steps of the README in a container: docker build --tag reenact . && docker run --rm --volume "$PWD/data:/project/data" reenact make demo
FROM python:3.12-slim-trixie

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /project
# The environment first: it is made anew only where what it follows from changes.
COPY Makefile pyproject.toml requirements.lock LICENSE README.md ./
COPY reenact reenact
COPY pipeline pipeline
RUN make install
COPY . .

ENV PATH=/project/.venv/bin:$PATH
CMD ["make", "help"]
