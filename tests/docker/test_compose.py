"""The files for containers name what exists: settings, commands, files. Running them is `make check-docker`, where a container engine is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from coach.cli.main import COMMANDS
from web.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
OURS = [name for name, service in COMPOSE["services"].items() if str(service["image"]).startswith("racing-coach")]


def known_variables() -> set[str]:
    names = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names |= {choice.upper() for choice in getattr(alias, "choices", ())} or {f"{PREFIX}{name.upper()}"}
    return names


def test_every_setting_that_the_compose_file_sets_exists():
    for name in OURS:
        assert set(COMPOSE["services"][name]["environment"]) <= known_variables()


def test_every_setting_that_the_image_sets_exists():
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(rf"\b({PREFIX}[A-Z_]+)=", text)) <= known_variables()


def test_every_variable_of_the_compose_file_stands_in_the_example():
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", (DOCKER / "compose.yaml").read_text(encoding="utf-8"))) - {"RACING_COACH_TAG"}
    offered = set(re.findall(r"^([A-Z0-9_]+)=", (DOCKER / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert used == offered


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_they_need_not(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    command = [*service.get("entrypoint", ["racing-coach"]), *service["command"]]
    assert command[0] == "racing-coach"
    assert command[1] in COMMANDS


@pytest.mark.parametrize("name", OURS)
def test_temporary_files_lie_on_the_volume_and_memory_for_them_is_bounded(name):
    """The programs put them into the data folder (web/temporary.py) unless TMPDIR says otherwise."""
    service, image = COMPOSE["services"][name], (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    data = re.search(r"\bRACING_COACH_DATA=(\S+)", image)
    assert data
    assert f"files:{data.group(1)}" in service["volumes"]
    assert "TMPDIR" not in service["environment"]
    assert not re.search(r"\bTMPDIR=", image)
    assert all("size=" in memory for memory in service["tmpfs"])


def test_no_secret_has_a_default():
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    for name in ("POSTGRES_PASSWORD", "RACING_COACH_SECRET"):
        assert not re.search(rf"\$\{{{name}:-", text)
        assert re.search(rf"\$\{{{name}:\?", text)


def test_the_image_runs_as_nobody_in_particular():
    assert re.search(r"^USER 10001:10001$", (DOCKER / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


def test_what_is_mounted_is_there_or_has_an_example():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DOCKER / source).exists() or (DOCKER / f"{source}.example").exists() or source == "./metrics-token"


@pytest.mark.parametrize("script", ["backup.sh", "restore.sh"])
def test_scripts_are_plain_shell(script):
    subprocess.run(["sh", "-n", str(DOCKER / script)], check=True)


def test_the_service_believes_the_proxy_and_nobody_who_might_have_its_address():
    proxy, web = COMPOSE["services"]["proxy"], COMPOSE["services"]["web"]
    address = proxy["networks"]["inside"]["ipv4_address"]
    assert web["environment"]["RACING_COACH_TRUSTED_PROXIES"] == address
    assert int(address.rpartition(".")[2]) > 10 + len(COMPOSE["services"])  # addresses are given out from .2 on
    assert proxy["environment"]["UPSTREAM"].removesuffix(":8000") in web["networks"]["inside"]["aliases"]
    assert web["networks"]["outside"] == {}
