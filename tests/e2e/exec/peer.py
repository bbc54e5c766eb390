"""What stands on the peer for program.py: servers on the ports below, until they are killed."""
import hashlib
import os
import socket
import struct
import threading

ECHO, RESET, DIGEST, STALL = 7001, 7002, 7003, 7004


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def echo(s):
    while data := s.recv(65536):
        s.sendall(data)
    s.close()


def reset_after_one(s):
    s.recv(1)
    threading.Event().wait(0.1)  # the program is in its next call by then
    reset(s)


def digest(s):
    """Reads to the end, then answers: the program's half-close."""
    sha = hashlib.sha256()
    while data := s.recv(65536):
        sha.update(data)
    s.sendall(sha.hexdigest().encode())
    s.close()


def stall(s):
    """Sends all that goes into a window that the program does not open, tells how much, and the rest."""
    data = os.urandom(1 << 16) * 64
    s.setblocking(False)
    sent, last = 0, -1
    while sent != last:
        last = sent
        try:
            while sent < len(data):
                sent += s.send(data[sent:])
        except BlockingIOError:
            pass
        threading.Event().wait(0.3)
    s.setblocking(True)
    with open(os.environ["STALLED"], "w", encoding="ascii") as f:
        f.write(str(sent))
    s.sendall(data[sent:])
    s.close()


def serve(port, fn):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        s, _ = listener.accept()
        threading.Thread(target=fn, args=(s,), daemon=True).start()


for port, fn in ((RESET, reset_after_one), (DIGEST, digest), (STALL, stall)):
    threading.Thread(target=serve, args=(port, fn), daemon=True).start()
serve(ECHO, echo)
