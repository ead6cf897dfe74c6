"""A server's address is taken apart as people write it, and nothing that could be an option or shell text gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.machines import Server, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web1", (None, "web1", None)),
        ("deploy@web1.example.com:2222", ("deploy", "web1.example.com", 2222)),
        ("127.0.0.1:22", (None, "127.0.0.1", 22)),
        ("::1", (None, "::1", None)),
        ("root@[fe80::1%eth0]:22", ("root", "fe80::1%eth0", 22)),
        ("me@corp@web1", ("me@corp", "web1", None)),
    ],
)
def test_addresses_are_taken_apart(text: str, parts: tuple[str | None, str, int | None]):
    assert parse(text) == parts
    assert parse(Server(parts[1], parts[0], parts[2]).address) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "-oProxyCommand=x", "a b", "a;b", "a\nb", "$(x)", ".", "..", "a/b", "web1:", "web1:x", "web1:0",
        "web1:65536", "@web1", "-x@web1", "a'b@web1", "[::1]x", "web1:²",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(ValueError, match="is not a"):
        parse(text)


@given(st.text())
def test_no_text_becomes_a_host_that_looks_like_an_option_or_shell_text(text: str):
    try:
        user, host, _ = parse(text)
    except ValueError:
        return
    assert not host.startswith("-")
    assert not (user or "").startswith("-")
    assert set(host + (user or "")).isdisjoint(" ;&|<>$`'\"\\\n*?()~#=!")


def test_user_host_and_port_are_the_identity_and_nothing_else():
    one = Server("web1", "deploy", None, frozenset({"app"}), {"zone": "eu"})
    assert one == Server("web1", "deploy")
    assert one != Server("web1", "root")
