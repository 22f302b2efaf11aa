"""A local cloud starts from templates alone, says what is wrong, and leaves nothing behind."""

import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from local_cloud import state
from local_cloud.client import LocalCloud
from local_cloud.errors import LocalCloudError
from local_cloud.servers import listen
from local_cloud.up import main

CODE = """
    import os

    def authorize(event, context):
        allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
        return {"principalId": "alice", "policyDocument": {"Statement": [allow]}, "context": {"user": "a"}}

    def echo(event, context):
        return {"statusCode": 200, "body": str(os.getpid())}
"""
CHILD_SECONDS = 20


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("code")
    (root / "small.py").write_text(textwrap.dedent(CODE))
    return root


@pytest.fixture
def small_cloud(small_assembly, code, tmp_path):
    return LocalCloud(assembly=small_assembly, function_root=code, log=tmp_path / "log")


@pytest.fixture(scope="module")
def running(small_assembly, code, tmp_path_factory):
    """One that the tests which only look can share."""
    log = tmp_path_factory.mktemp("log") / "log"
    with LocalCloud(assembly=small_assembly, function_root=code, log=log) as cloud:
        yield cloud


def descendants(pid: int) -> set[int]:
    """Every process below this one."""
    found = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in found.splitlines())}
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below - {pid}


def wait_until_gone(pids: set[int]) -> None:
    """Wait on the processes themselves, bounded; fails when one stays."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([handle], [], [], CHILD_SECONDS)
        os.close(handle)
        assert ended, f"process {pid} is still there"


def test_the_small_environment_answers_through_its_function(running):
    assert running.sign_in("alice@example.org").count(".") == 2
    with running.api("good") as api:
        answer, absent = api.get("/things/7"), api.get("/other")
    assert (answer.status_code, absent.status_code) == (200, 403)
    assert int(answer.text) in descendants(running.state.pid)
    assert any(place.startswith("logs:///small/") for place, _ in running.stored_bytes())


def test_the_directory_of_a_run_is_private(running):
    assert Path(running.state.authority).parent.stat().st_mode & 0o777 == 0o700


def test_data_keys_are_not_to_be_had_unless_they_are_tapped(running):
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        running.data_keys()


def test_everything_listens_on_loopback_only(running):
    inodes = set()
    for pid in descendants(running.state.pid) | {running.state.pid}:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(handle) if handle.is_symlink() else ""
            inodes |= {target[8:-1]} if target.startswith("socket:[") else set()
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.add(fields[1].partition(":")[0])
    assert listening == {"0100007F"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_the_inspection_endpoint_asks_for_the_key_of_the_run(headers, running):
    tls = ssl.create_default_context(cafile=running.state.authority)
    answer = httpx.get(f"{running.state.inspection_url}/stored", headers=headers, verify=tls)
    assert answer.status_code == 401


def test_the_end_of_a_local_cloud_leaves_no_process_and_no_file(small_cloud):
    with small_cloud as cloud:
        directory = Path(cloud.state.authority).parent
        processes = descendants(cloud.state.pid) | {cloud.state.pid}
    assert len(processes) == 4  # itself, the identity provider, two functions
    wait_until_gone(processes)
    assert not directory.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_a_local_cloud_that_is_ended(number, small_assembly, code, tmp_path):
    killed = LocalCloud(assembly=small_assembly, function_root=code, log=tmp_path / "log", decided=False)
    with killed as cloud:
        processes = descendants(cloud.state.pid) | {cloud.state.pid}
        os.kill(cloud.state.pid, number)
        wait_until_gone(processes)


def test_a_function_that_cannot_start_is_one_clear_message(small_assembly, tmp_path):
    (tmp_path / "small.py").write_text("import nothing_of_that_name")
    cloud = LocalCloud(assembly=small_assembly, function_root=tmp_path, log=tmp_path / "log")
    with pytest.raises(LocalCloudError, match=r"function \S+ did not start: .*nothing_of_that_name"):
        cloud.__enter__()


def test_a_template_that_is_missing_is_one_clear_message(write_assembly, tmp_path):
    assembly = write_assembly(Small={"Resources": {}})
    next(assembly.rglob("Small.template.json")).unlink()
    with pytest.raises(LocalCloudError, match=r"Small\.template\.json is missing"):
        LocalCloud(assembly=assembly, log=tmp_path / "log").__enter__()


def test_answers_do_not_wait_for_nagle():
    with listen() as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_busy_port_is_one_clear_message_before_any_work():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            LocalCloudError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"
        ):
            listen(port)
        command = [
            sys.executable,
            "-c",
            f"from local_cloud.up import main; raise SystemExit(main(port={port}))",
        ]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_SECONDS)
    assert ended.returncode == 2
    assert ended.stdout.strip().splitlines() == [f"cannot listen on 127.0.0.1:{port}: Address already in use"]


@pytest.fixture
def state_file(tmp_path, monkeypatch):
    file = tmp_path / "cache" / "local_cloud.json"
    monkeypatch.setattr(state.read, "__defaults__", (file,))
    return file


def example_state(pid: int) -> state.State:
    return state.State(
        pid=pid,
        environment="development",
        assembly="cdk.out",
        api_url="https://127.0.0.1:1",
        issuer="https://people.eu.auth0.com/",
        issuer_url="https://127.0.0.1:2",
        audience="https://api",
        client_id="app",
        inspection_url="https://127.0.0.1:3",
        inspection_key="key",
        authority="authority.pem",
    )


def test_the_state_file_is_ours_alone_and_is_read_back(state_file):
    state.write(example_state(os.getpid()), state_file)
    assert state_file.stat().st_mode & 0o777 == 0o600
    assert state.read(state_file) == example_state(os.getpid())
    assert "inspection_key" not in repr(state.read(state_file))


def test_the_state_of_a_dead_run_is_removed(state_file):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    state.write(example_state(int(ended.stdout)), state_file)
    assert state.read(state_file) is None
    assert not state_file.exists()


def test_a_state_file_of_another_shape_is_removed(state_file):
    state_file.parent.mkdir()
    state_file.write_text(json.dumps({"pid": os.getpid()}))
    assert state.read(state_file) is None


def test_a_second_up_says_that_one_is_running(state_file, capsys):
    state.write(example_state(os.getpid()), state_file)
    assert main() == 2
    assert "a local cloud is running already" in capsys.readouterr().out
