"""What ssh runs to ask a question: hands it to the waiting `cap`, and prints the answer.

Rule: it is run by its path, alone, for every question; so it imports next to nothing, and nothing of Capify.
"""

import os
import socket
import sys


def main() -> int:
    """Ask over the socket in `CAPIFY_ASKPASS`; no answer is a refusal."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(os.environ["CAPIFY_ASKPASS"])
        kind = os.environ.get("SSH_ASKPASS_PROMPT", "secret")
        link.sendall(f"{os.getppid()} {kind}\n{' '.join(sys.argv[1:])}".encode("utf-8", "surrogateescape"))
        link.shutdown(socket.SHUT_WR)
        answer = b""
        while data := link.recv(4096):
            answer += data
    sys.stdout.buffer.write(answer)
    return 0 if answer else 1


if __name__ == "__main__":
    sys.exit(main())
