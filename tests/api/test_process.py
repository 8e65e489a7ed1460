"""The commands over real sockets: `serve` alone, `serve` as a part of `run`, and their ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.api.process import ENVIRONMENT, sweep
from tests.api.scene import scene_over


async def filled(address: str, count: int = 30) -> None:
    store = SqlStore(database_at(place_of(address)))
    async with scene_over(store) as scene:
        await scene.fill(count)
        await scene.rescore()
    await store.aclose()


async def test_serve_alone(address):
    await filled(address)
    with sweep("serve", "--database", address, "--port", "0") as served:
        url = served.await_cycle("serve")["url"]
        with httpx.Client(base_url=url) as client:
            page = client.get("/v1/opportunities", params={"limit": 20})
            assert len(page.json()["items"]) == 20
            assert page.headers["content-encoding"] == "gzip"
            head = client.head("/v1/opportunities")
            assert (head.status_code, head.content) == (200, b"")
            assert client.get("/readyz").json()["database"] == place_kind(address)
            again = client.get(
                "/v1/opportunities?limit=20", headers={"If-None-Match": page.headers["etag"]}
            )
            assert (again.status_code, again.content) == (304, b"")
            assert client.post("/v1/opportunities", content=b"x").status_code in (405, 413)
            assert client.get("/metrics").text.startswith("# HELP pm_api_requests_total")
        code, log = served.end(signal.SIGTERM)
    assert code == 0
    assert log[-1]["event"] == "api.closed"


def place_kind(address: str) -> str:
    return "sqlite" if address.startswith("sqlite") else "postgresql"


async def test_heads_that_are_too_long_or_make_no_sense(sqlite_migrated):
    with sweep("serve", "--database", f"sqlite:///{sqlite_migrated}", "--port", "0") as served:
        port = int(served.await_cycle("serve")["url"].rpartition(":")[2])
        for sent in (
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                assert not connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


async def test_whoever_wants_a_websocket_is_told_there_is_none(sqlite_migrated):
    wanted = (
        b" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with sweep("serve", "--database", f"sqlite:///{sqlite_migrated}", "--port", "0") as served:
        port = int(served.await_cycle("serve")["url"].rpartition(":")[2])
        for path in (b"/healthz", b"/v1/opportunities", b"/nowhere"):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(b"GET " + path + wanted)
                connection.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(partial(connection.recv, 1 << 16), b""))
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 404")
            assert b"application/problem+json" in head
            assert json.loads(body)["instance"] == path.decode()
        code, _ = served.end(signal.SIGTERM)
    assert code == 0


async def test_a_body_that_is_still_on_its_way_leaves_no_deaf_connection(sqlite_migrated):
    """It is answered at the head, and the connection is closed, whenever the body comes."""
    head = b"POST /v1/opportunities HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
    with sweep("serve", "--database", f"sqlite:///{sqlite_migrated}", "--port", "0") as served:
        port = int(served.await_cycle("serve")["url"].rpartition(":")[2])
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(head)
                answer = b"".join(iter(partial(connection.recv, 1 << 16), b""))
            assert answer.startswith(b"HTTP/1.1 413")
            assert b"connection: close" in answer.lower()


def test_run_fills_scores_and_serves(recording, tmp_path):
    words = ("--venue", "recorded", "--data", str(recording), "--database")
    with sweep("run", *words, f"sqlite:///{tmp_path}/run.sqlite3", "--port", "0") as served:
        url = served.await_cycle("serve")["url"]
        if not any(one["cycle"] == "score" for one in served.told):
            served.await_cycle("score")
        with httpx.Client(base_url=url) as client:
            wanted = "/v1/opportunities?limit=20"
            while not (items := client.get(wanted).json()["items"]):
                pass
            assert len(items) == 3
            assert items[0]["venue"] == "polymarket"
            assert client.get("/v1/config").json()["weights"]["velocity"] == 0.45
        code, log = served.end(signal.SIGTERM)
        assert code == 0
        events = [line["event"] for line in log]
        assert events[-1] == "services.closed"
        assert events.index("services.stopping") < events.index("api.closed")
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_settings_of_run_reach_the_server(recording, tmp_path):
    words = ("--venue", "recorded", "--data", str(recording), "--set", "weights.velocity=0.4")
    with sweep("run", *words, "--database", f"sqlite:///{tmp_path}/x", "--port", "0") as served:
        url = served.await_cycle("serve")["url"]
        assert httpx.get(f"{url}/v1/config").json()["weights"]["velocity"] == 0.4


def test_a_server_whose_parent_is_killed_does_not_stay(recording, tmp_path):
    words = ("--venue", "recorded", "--data", str(recording), "--port", "0", "--database")
    with sweep("run", *words, f"sqlite:///{tmp_path}/run.sqlite3") as served:
        url = served.await_cycle("serve")["url"]
        served.process.kill()
        # Its end of the pipe closes when the server is gone.
        served.process.stdout.read()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_a_server_that_dies_is_started_again(recording, tmp_path):
    words = ("--venue", "recorded", "--data", str(recording), "--port", "0", "--database")
    with sweep("run", *words, f"sqlite:///{tmp_path}/run.sqlite3") as served:
        served.await_cycle("serve")
        tasks = Path(f"/proc/{served.process.pid}/task").glob("*/children")
        (child,) = (pid for task in tasks for pid in task.read_text(encoding="ascii").split())
        os.kill(int(child), signal.SIGKILL)
        url = served.await_cycle("serve")["url"]
        assert httpx.get(f"{url}/healthz").status_code == 200
        code, log = served.end(signal.SIGTERM)
    assert code == 0
    assert [line["exit_code"] for line in log if line["event"] == "api.died"] == [-9]


@pytest.mark.parametrize("command", ["serve", "run"])
def test_a_port_in_use_is_refused(command, recording, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["--port", str(taken.getsockname()[1]), "--database", f"sqlite:///{tmp_path}/x"]
        if command == "run":
            words += ["--venue", "recorded", "--data", str(recording)]
        done = subprocess.run(
            [sys.executable, "-m", "pmapp.cli", "sweep", command, *words],
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert "Address already in use; choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


async def test_postgres_comes_and_goes_under_the_server(postgres_server, postgres_fresh):
    """The same process before, during and after the outage."""
    address = postgres_fresh()
    name = place_of(address).sqlalchemy_url.database
    from pmio.store.migrating import upgrade

    upgrade(place_of(address))
    await filled(address, 5)
    words = ("--database", address, "--port", "0", "--set", "serve.look_s=0.05")
    with sweep("serve", *words) as served, psycopg.connect(postgres_server, autocommit=True) as db:
        client = httpx.Client(base_url=served.await_cycle("serve")["url"])
        before = client.get("/v1/opportunities").json()
        db.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        assert client.get("/readyz").status_code == 503
        during = client.get("/v1/opportunities").json()
        assert [item["stale"] for item in during["items"]] == [True] * 5
        assert client.get("/v1/opportunities?sort=risk").status_code == 503
        db.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        while client.get("/readyz").status_code != 200:
            pass
        after = client.get("/v1/opportunities").json()
        client.close()
        assert [item["market_id"] for item in after["items"]] == [
            item["market_id"] for item in before["items"]
        ]
        code, _ = served.end(signal.SIGTERM)
        assert code == 0


async def test_explain_reads_the_database(address):
    await filled(address, 3)
    done = subprocess.run(
        [sys.executable, "-m", "pmapp.cli", "sweep", "explain", "0", "--json"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"PM_DATABASE_URL": address},
        check=False,
        timeout=60,
    )
    report = json.loads(done.stdout)
    assert "vague_source" in {flag["code"] for flag in report["flags"]}
    assert list(report) == ["definition_risk_score", "flags"]
