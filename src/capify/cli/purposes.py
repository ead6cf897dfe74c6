"""What is known of a server, for people and for tools. Pure."""

from capify.machines import Server


def purpose(server: Server) -> str:
    """Say what a server is for, and what is known of it: `app web, primary, zone=eu`."""
    known = [name if value is True else f"{name}={value}" for name, value in server.properties.items() if value]
    return ", ".join(part for part in (" ".join(sorted(server.roles)), *known) if part)


def plain_server(server: Server) -> dict[str, object]:
    """Give a server as plain data for JSON."""
    return {
        "host": server.host, "user": server.user, "port": server.port,
        "roles": sorted(server.roles), "properties": dict(server.properties),
    }  # fmt: skip
