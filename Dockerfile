# The README's steps in a container: docker build --tag reenact . && docker run --name demo reenact make demo && docker cp demo:/project/results .
FROM python:3.12-slim-trixie

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /project
# The environment first, with empty packages in place of the code, so that a change of the code does not install it again.
COPY Makefile pyproject.toml requirements.lock LICENSE README.md ./
RUN mkdir reenact pipeline \
    && touch reenact/__init__.py pipeline/__init__.py \
    && make install
COPY . .

ENV PATH=/project/.venv/bin:$PATH
CMD ["make", "help"]
