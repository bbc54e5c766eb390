#!/usr/bin/env python3
"""The programs whose packets linux-*.pcap hold. Run by make.sh in a network namespace of its own.

usage: traffic.py request|refused|abort|overflow|unanswered [ADDRESS]
       traffic.py loss|zero_window|simultaneous_open|simultaneous_close|keepalive client|server [MOMENT]

The second form is run twice, at both ends of wire.py; MOMENT (epoch seconds) is when both do the same.
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


def ends(port):
    """This end's socket of a connection between the two namespaces."""
    if sys.argv[2] == "server":
        return listener(port).accept()[0]
    time.sleep(0.3)
    return client(port)


def at_the_moment():
    time.sleep(max(0, float(sys.argv[3]) - time.time()))


def loss():
    """100,000 bytes over a wire that loses some of the packets."""
    s = ends(8090)
    if sys.argv[2] == "client":
        s.sendall(b"x" * 100000)
        s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass
    s.close()


def zero_window():
    """The server does not read for 3 s; its receive buffer is small."""
    if sys.argv[2] == "server":
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        listening.bind((SERVER, 8091))
        listening.listen(1)
        s, _ = listening.accept()
        time.sleep(3)
    else:
        s = ends(8091)
        s.sendall(b"x" * 20000)
        s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass
    s.close()


def simultaneous_open():
    """Both connect to each other's port at the same moment; the wire takes 100 ms."""
    me, other = ((CLIENT, 8092), (SERVER, 8093)) if sys.argv[2] == "client" else ((SERVER, 8093), (CLIENT, 8092))
    s = socket.socket()
    s.bind(me)
    at_the_moment()
    s.connect(other)
    s.sendall(b"hello")
    s.recv(10)
    if sys.argv[2] == "server":
        time.sleep(0.5)
    s.close()
    time.sleep(0.5)


def simultaneous_close():
    s = ends(8094)
    at_the_moment()
    s.close()
    time.sleep(0.5)


def keepalive():
    """Keepalives each second, over an idle connection."""
    s = ends(8095)
    if sys.argv[2] == "client":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        s.sendall(b"x")
        time.sleep(3.5)
    else:
        while s.recv(10):
            pass
    s.close()


try:
    globals()[sys.argv[1]]()
except OSError as error:
    print(f"{sys.argv[1]}: {error.strerror}")
