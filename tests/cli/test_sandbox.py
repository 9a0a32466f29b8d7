"""`showup sandbox`: the carrier alone."""

from pathlib import Path

import httpx

from tests.cli.conftest import Command, Start


def test_it_prints_where_it_is_and_what_opens_it_and_ends_when_asked(start: Start) -> None:
    sandbox = start("sandbox")
    url = sandbox.said(r"sandbox: (http://127\.0\.0\.1:\d+)\n")[1]
    token = sandbox.said(r"control_token: (\S+)\n")[1]
    answer = httpx.post(f"{url}/sandbox/accounts", json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    ended = sandbox.stop()
    assert (ended.code, ended.err) == (0, "")


def test_a_ledger_is_gone_on_from(start: Start, folder: Path) -> None:
    sid = "AC" + "1" * 32
    for expected in ([], [{"sid": sid}]):
        sandbox = start("sandbox", "--ledger", "ledger.jsonl")
        url, token = sandbox.said(r"sandbox: (\S+)\n")[1], sandbox.said(r"control_token: (\S+)\n")[1]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
            assert client.get("/sandbox/accounts").json()["data"] == expected
            client.post("/sandbox/accounts", json={"sid": sid})
        assert sandbox.stop().code == 0
    assert (folder / "ledger.jsonl").exists()


def test_a_taken_port_is_one_line(start: Start, showup: Command) -> None:
    port = start("sandbox").said(r"sandbox: \S+:(\d+)\n")[1]
    ended = showup("sandbox", "--port", port)
    assert (ended.code, ended.out, ended.err) == (1, "", f"showup: --port {port}: Address already in use\n")


def test_a_file_that_is_no_ledger_is_one_line_and_stays_as_it_is(showup: Command, folder: Path) -> None:
    (folder / "notes.txt").write_text("milk\nbread\n")
    ended = showup("sandbox", "--ledger", "notes.txt")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("showup: --ledger notes.txt: ")
    assert ended.err.count("\n") == 1
    assert (folder / "notes.txt").read_text() == "milk\nbread\n"


def test_a_ledger_that_cannot_be_written_is_one_line(showup: Command) -> None:
    ended = showup("sandbox", "--ledger", "missing/ledger.jsonl")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "showup: --ledger missing/ledger.jsonl: No such file or directory\n"
