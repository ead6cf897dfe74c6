"""The plugins of `examples/plugins` work together, as a project would use them."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.plugins.conftest import Nobody, Project, Sites

from capify.machines import Server
from capify.ports import Transport
from capify.recipe.plugged import TRANSPORTS, find
from capify.standard.archive import pack
from capify.testing import Repository
from capify.testing.conformance import TransportConformance

DOCKER = """\
#!/bin/sh
[ "$1 $2" = "exec -i" ] || exit 64
[ "$3" = shop-1 ] || { echo "Error: No such container: $3" >&2; exit 1; }
shift 3
exec "$@"
"""
CAPFILE = 'from capify import config, load\n\nload("deploy")\nconfig.application = "shop"\n'


@dataclass
class Room:
    """A chat room: an HTTP server on loopback that remembers what it is told."""

    url: str
    said: list[str] = field(default_factory=list)


@pytest.fixture
def room() -> Iterator[Room]:
    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.said.append(json.loads(body)["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        made = Room(f"http://127.0.0.1:{server.server_port}/hook")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def write_docker(folder: Path) -> Path:
    docker = folder / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return docker


def stage(tmp_path: Path, room: Room, repository: Repository, host: str) -> str:
    docker = write_docker(tmp_path)
    said = {
        "transport": "container", "container_program": str(docker), "reporters": ["chat"], "chat_url": room.url,
        "deploy_to": f"{tmp_path}/srv/shop", "deploy_via": "artifact", "artifact": f"{tmp_path}/{{revision}}.tar.gz",
        "repository": repository.url, "servers": {host: "app"},
    }  # fmt: skip
    return json.dumps(said, indent=2)


def test_a_stage_in_json_deploys_an_artifact_into_a_container_and_tells_the_room(
    sites: Sites, project: Project, tmp_path: Path, room: Room
):
    sites.example()
    (tmp_path / "srv").mkdir()
    repository = Repository.create(tmp_path / "repository")
    pack(repository.path / "config", tmp_path / f"{repository.head()}.tar.gz")
    project.write("capfile.py", CAPFILE)
    project.write("config/deploy/staging.json", stage(tmp_path, room, repository, "shop-1"))
    said = project.cap("staging", "deploy:setup", "deploy")
    assert "warning" not in said
    assert (tmp_path / "srv/shop/current/settings.txt").read_text() == "colour = blue\n"
    assert room.said == ["cap staging deploy:setup deploy: done"]

    repository.commit("not built")
    assert "there is no artifact" in project.cap("staging", "deploy", status=6)
    assert room.said[-1] == "cap staging deploy: failed with status 6"

    project.write("config/deploy/other.json", stage(tmp_path, room, repository, "shop-2"))
    assert "No such container: shop-2" in project.cap("other", "deploy:check", status=5)

    project.write("config/deploy/other.json", '{\n  "servers": {},\n}\n')
    wrong = "config/deploy/other.json:3: plugin `json` of capify-toolbox 1.0 (capify.readers): not valid JSON: "
    assert wrong in project.cap("other", "deploy:check", status=2)


class TestContainer(TransportConformance):
    """The example's transport is one, as any plugin's can be tested."""

    @pytest.fixture
    def transport(self, sites: Sites, tmp_path: Path) -> Callable[[], Transport]:
        sites.example()
        docker = write_docker(tmp_path)
        found = find(TRANSPORTS, "container", None)
        assert found is not None
        plugin = found.value
        return lambda: plugin.make({"container_program": docker}, Nobody())

    @pytest.fixture
    def server(self) -> Server:
        return Server("shop-1")
