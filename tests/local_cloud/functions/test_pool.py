"""Functions are processes of their own: bounded in time and memory, and nothing is inherited."""

import asyncio
import json
import os
import textwrap

import pytest

from local_cloud.functions.function import Function
from local_cloud.functions.instance import Surroundings
from local_cloud.functions.pool import EventTooLarge, Pool
from local_cloud.functions.runtime_api import FunctionError

CODE = """
    import json, os, sys, time
    started = os.getpid()

    def echo(event, context):
        print("seen", event["n"])
        return {"n": event["n"], "pid": os.getpid(), "left_ms": context.get_remaining_time_in_millis()}

    def environment(event, context):
        return dict(os.environ)

    def fail(event, context):
        raise ValueError("no luck")

    def sleep(event, context):
        print("sleeping", os.getpid())
        time.sleep(60)

    def grow(event, context):
        return len(bytearray(event["mb"] * 2**20))

    def leave(event, context):
        os._exit(3)

    def large(event, context):
        return "x" * event["size"]
"""


@pytest.fixture
def with_pool(tmp_path, sessions, user_data):
    """Run a coroutine function on the pool of one handler; every process is ended afterwards."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "small.py").write_text(textwrap.dedent(CODE))
    lines = []

    def run(handler, work, **changes):
        settings = {
            "name": "small",
            "arn": "arn:aws:lambda:eu-west-1:111111111111:function:small",
            "handler": handler,
            "runtime": "python3.13",
            "role_arn": user_data.arn,
            "timeout_seconds": 5,
            "memory_mb": 256,
            "log_group": "/small",
            "json_logs": False,
            "vpc": None,
            "concurrency": None,
            "environment": {"TABLE": "t"},
            **changes,
        }
        surroundings = Surroundings(
            root=tmp_path / "code",
            region="eu-west-1",
            home=tmp_path,
            authority=tmp_path / "authority.pem",
            endpoint_of_vpc={None: "https://127.0.0.1:1", "vpc-1": "https://127.0.0.1:2"},
            proxy="http://127.0.0.1:3",
        )

        async def main():
            pool = Pool(
                Function(**settings),
                user_data,
                sessions=sessions,
                surroundings=surroundings,
                log=lambda function, stream, line: lines.append(line),
            )
            try:
                return await work(pool)
            finally:
                await pool.stop()

        return asyncio.run(main())

    run.lines = lines
    return run


async def ask(pool, **event):
    return json.loads(await pool.invoke(json.dumps(event).encode()))


def test_an_instance_is_used_again_and_its_output_is_kept(with_pool):
    async def work(pool):
        return [await ask(pool, n=n) for n in (1, 2)]

    first, second = with_pool("small.echo", work)
    assert (first["n"], second["n"]) == (1, 2)
    assert first["pid"] == second["pid"] != os.getpid()
    assert 0 < first["left_ms"] <= 5000
    assert with_pool.lines == ["seen 1", "seen 2"]


def test_two_events_at_once_run_in_two_processes(with_pool):
    async def work(pool):
        return await asyncio.gather(ask(pool, n=1), ask(pool, n=2))

    first, second = with_pool("small.echo", work)
    assert first["pid"] != second["pid"]


def test_nothing_of_our_own_environment_is_inherited(with_pool, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere")

    inside = with_pool("small.environment", ask, vpc="vpc-1")
    outside = with_pool("small.environment", ask)
    for environment in (inside, outside):
        assert "AWS_PROFILE" not in environment
        assert "SECRET_OF_THE_DEVELOPER" not in environment
        assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
        assert environment["TABLE"] == "t"
    assert inside["AWS_ENDPOINT_URL"] == "https://127.0.0.1:2"
    assert "HTTPS_PROXY" not in inside
    assert outside["HTTPS_PROXY"] == "http://127.0.0.1:3"
    assert inside["AWS_ACCESS_KEY_ID"] != outside["AWS_ACCESS_KEY_ID"]


def test_a_function_over_its_timeout_is_killed_and_the_next_event_gets_a_new_process(with_pool):
    async def work(pool):
        with pytest.raises(FunctionError) as error:
            await ask(pool)
        return error.value.kind

    assert with_pool("small.sleep", work, timeout_seconds=1) == "Sandbox.Timedout"
    slept, timed_out = with_pool.lines
    assert "Task timed out after 1.00 seconds" in timed_out
    with pytest.raises(ProcessLookupError):
        os.kill(int(slept.split()[1]), 0)


def test_a_function_cannot_take_more_memory_than_it_has(with_pool):
    async def work(pool):
        with pytest.raises(FunctionError) as error:
            await ask(pool, mb=400)
        return await ask(pool, mb=50), json.loads(error.value.document)["errorType"]

    assert with_pool("small.grow", work, memory_mb=256) == (50 * 2**20, "MemoryError")


def failure(with_pool, handler, **event):
    async def work(pool):
        with pytest.raises(FunctionError) as error:
            await ask(pool, **event)
        return error.value

    return with_pool(handler, work)


def test_an_exception_is_told_with_its_text(with_pool):
    error = failure(with_pool, "small.fail")
    assert (error.kind, error.message) == ("Unhandled", "no luck")


def test_a_process_that_ends_fails_its_event(with_pool):
    assert failure(with_pool, "small.leave").kind == "Runtime.ExitError"


def test_an_answer_over_6_mb_is_refused(with_pool):
    assert failure(with_pool, "small.large", size=6 * 2**20 + 1).kind == "Function.ResponseSizeTooLarge"


def test_an_event_over_6_mb_is_refused(with_pool):
    async def work(pool):
        with pytest.raises(EventTooLarge):
            await pool.invoke(b"x" * (6 * 2**20 + 1))
        return True

    assert with_pool("small.echo", work)


def test_a_handler_that_is_not_there_is_an_init_error_that_says_so(with_pool):
    async def work(pool):
        with pytest.raises(FunctionError) as error:
            await pool.warm()
        return error.value

    error = with_pool("absent.handle", work)
    assert error.kind == "Runtime.InitError"
    assert "Unable to import module 'absent'" in error.message
