# One image for every program of the agency; docker-compose.yml says which runs where.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/agency

# Before the code, so that a change of the code does not install everything anew.
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .

# The folder exists and is the user's before a volume is laid over it: the volume takes both from here.
RUN useradd --uid 10001 --home-dir /var/lib/agency --create-home --shell /usr/sbin/nologin agency
USER agency
ENV VAR_DIR=/var/lib/agency
EXPOSE 8000
