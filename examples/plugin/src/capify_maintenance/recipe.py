"""Tell visitors that somebody is working: the web server shows this page while it is there."""

from capify import config, namespace, put, run, shared_path

config.setdefault(maintenance_text="Back soon.\n")

maintenance = namespace("maintenance")


@maintenance.task(roles="web")
def on():
    """Show the maintenance page."""
    put(config.maintenance_text, shared_path / "maintenance.html")


@maintenance.task(roles="web")
def off():
    """Take the maintenance page away."""
    run(["rm", "-f", shared_path / "maintenance.html"])
