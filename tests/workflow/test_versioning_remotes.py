"""An S3-compatible remote: a real server of that kind on this machine, which DVC pushes to and pulls from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from ruamel.yaml import YAML

from tests.support.project import AGREE, Project, commit, results, stages_run

BUCKET = "store"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Storage:
    """A bucket on a server of this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        self.client.create_bucket(Bucket=BUCKET)

    def objects(self) -> dict[str, datetime]:
        """When each object was last written, by its MD5."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        found = [entry for page in pages for entry in page.get("Contents", [])]
        return {"".join(entry["Key"].split("/")[-2:]): entry["LastModified"] for entry in found}


@pytest.fixture
def storage() -> Iterator[Storage]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield Storage(f"http://{host}:{port}")
    server.stop()


def test_push_clone_and_pull_and_no_shard_is_sent_twice(workspace, storage, tmp_path, monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    workspace.run("dvc", "remote", "add", "--default", "store", f"s3://{BUCKET}/reenact")
    workspace.run("dvc", "remote", "modify", "store", "endpointurl", storage.url)
    sent = pushed(workspace)
    first = storage.objects()
    assert sent == len(first)
    assert md5s_of_shards(workspace) <= first.keys()
    commit(workspace, "Name the remote")

    copy = Project(tmp_path / "copy")
    workspace.run("git", "clone", "--quiet", ".", str(copy.root))
    copy.run("dvc", "pull")
    assert results(copy) == results(workspace)
    assert AGREE in copy.run("reenact", "sync").stdout

    # One shard of three changes, and with it its ledger and the ledger of all shards.
    before = md5s_of_shards(workspace)
    clips = sorted(workspace.root.glob("data/corpus/*/dev/mp4/*/*/*.mp4"))
    clips[0].write_bytes(clips[1].read_bytes())
    workspace.run("reenact", "manifest")
    assert stages_run(workspace.run("dvc", "repro", "shards").stdout) == {"corpus", "shards"}
    changed = md5s_of_shards(workspace) - before
    assert len(changed) == 3
    sent = pushed(workspace, "shards")
    after = storage.objects()
    assert {name: after[name] for name in first} == first, "what lay there already was not sent again"
    assert changed < after.keys() - first.keys()
    assert sent == len(after.keys() - first.keys()) == len(changed) + 1, "the changed files and the list of the folder's files"


def pushed(project: Project, *stages: str) -> int:
    """Push; returns how many files DVC says that it sent."""
    return int(project.run("dvc", "push", *stages).stdout.split(" file")[0].split()[-1])


def md5s_of_shards(project: Project) -> set[str]:
    """The MD5 of each file below data/shards as DVC keeps it."""
    lock = YAML(typ="safe").load(project.root / "dvc.lock")
    (folder,) = (out["md5"] for out in lock["stages"]["shards"]["outs"])
    listed = Path(project.root, ".dvc/cache/files/md5", folder[:2], folder[2:])
    return {entry["md5"] for entry in json.loads(listed.read_text())}
