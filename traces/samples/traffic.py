#!/usr/bin/env python3
"""The programs whose packets linux-*.pcap hold. Run by make.sh in a network namespace of its own.

usage: traffic.py request|refused|abort|overflow|unanswered [ADDRESS]
"""
import socket
import struct
import sys
import time

CLIENT, SERVER = "192.0.2.1", "192.0.2.2"


def listener(port, backlog=5):
    s = socket.socket()
    s.bind((SERVER, port))
    s.listen(backlog)
    return s


def client(port, address=SERVER):
    c = socket.socket()
    c.bind((CLIENT, 0))
    c.connect((address, port))
    return c


def request():
    """100 bytes, 5000 back, then the client closes its half first and the server has a last word."""
    listening = listener(8080)
    c = client(8080)
    s, _ = listening.accept()
    c.sendall(b"GET /" + b"x" * 95)
    s.recv(1000)
    s.sendall(b"y" * 5000)
    got = 0
    while got < 5000:
        got += len(c.recv(10000))
    time.sleep(0.01)
    c.shutdown(socket.SHUT_WR)
    s.recv(10)
    s.sendall(b"late")
    s.close()
    c.recv(10)
    c.close()
    time.sleep(0.1)


def refused():
    client(9)


def abort():
    """SO_LINGER with 0: close() sends a RST."""
    listening = listener(8081)
    c = client(8081)
    s, _ = listening.accept()
    c.sendall(b"z" * 100)
    time.sleep(0.05)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
    time.sleep(0.1)


def overflow():
    """A backlog of 1, four clients, and a server that takes one of them after 3.4 s and then ends."""
    listening = listener(8082, 1)
    clients = []
    for _ in range(4):
        c = socket.socket()
        c.bind((CLIENT, 0))
        c.setblocking(False)
        c.connect_ex((SERVER, 8082))
        clients.append(c)
        time.sleep(0.05)
    time.sleep(3.4)
    listening.accept()
    time.sleep(4)


def unanswered():
    client(80, sys.argv[2])


try:
    globals()[sys.argv[1]]()
except OSError as error:
    print(f"{sys.argv[1]}: {error.strerror}")
