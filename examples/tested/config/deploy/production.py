"""Production: two web servers, and a database."""

from capify import server

server("web1", "web")
server("web2", "web")
server("db1", "db", primary=True)
